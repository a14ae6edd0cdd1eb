internal import ByteIO
internal import HDF5
package import ModelCore

/// HDF5 files that Keras 1, 2 and 3 make: `model.save("x.h5")`, `model.save_weights("x.h5")`, `model.save_weights("x.weights.h5")`.
package enum KerasFile {
    /// Whether a file that begins with these bytes may be a Keras `.h5` file.
    package static func recognises(prefix: some Collection<UInt8>) -> Bool {
        HDF5File.recognises(prefix: prefix)
    }

    /// Reads the architecture, if there is one, and lists the weights, none of whose elements are read. Optimizer weights are ignored.
    ///
    /// - Throws: everything that is wrong with the file at once: `keras.config`, `keras.layer-names`, `keras.missing-layer`,
    ///   `keras.weight-names`, `keras.missing-weight`, `keras.variables`, `keras.no-weights`, `keras.not-a-model`, codes of `JSON` at
    ///   `/model_config`, codes of `HDF5File`.
    package static func read(path: String) throws(ModelError) -> KerasModel {
        let file = try HDF5File(path: path)
        do throws(ModelError) { return try read(file) } catch { throw error.locating(file: path) }
    }

    private static func read(_ file: HDF5File) throws(ModelError) -> KerasModel {
        let configurationText = try file.splitBytes(ofAttribute: "model_config", of: "/")
        guard let group = try weightGroup(of: file, hasConfiguration: configurationText != nil) else {
            return KerasModel(
                container: .variables, configuration: nil, kerasVersion: nil, backend: nil, layers: try KerasVariables(file).objects(),
                addressing: .paths)
        }
        var problems = ProblemCollector()
        let configuration = problems.collect { () throws(ModelError) in
            try configurationText.map { text throws(ModelError) in
                try KerasConfiguration.parse(Array(text.joined()), at: KerasConfiguration.path)
            }
        }
        let version = problems.collect { () throws(ModelError) in try file.text(ofAttribute: "keras_version", of: ["/", group]) }
        let backend = problems.collect { () throws(ModelError) in try file.text(ofAttribute: "backend", of: ["/", group]) }
        var reader = KerasWeightReader(file: file, group: group)
        let layers = problems.collect { () throws(ModelError) in try reader.layers() }
        try problems.throwAll()
        return KerasModel(
            container: configurationText == nil ? .weights : .model, configuration: configuration ?? nil, kerasVersion: version ?? nil,
            backend: backend ?? nil, layers: layers ?? [], addressing: configurationText == nil ? .namesOrOrder : .names)
    }

    /// The group of the layers. A full model has it beside the optimizer's weights; a file of weights only is that group itself, unless
    /// it was made of a full model by leaving the architecture out. `nil` where variables are named by class.
    private static func weightGroup(of file: HDF5File, hasConfiguration: Bool) throws(ModelError) -> String? {
        if !hasConfiguration, try file.hasSplitAttribute("layer_names", of: "/") { return "/" }
        if try file.kind(of: "/model_weights") == .group { return "/model_weights" }
        if hasConfiguration {
            throw ModelError(Problem("keras.no-weights", "holds an architecture and no weights", at: Location(path: "/")))
        }
        if try KerasVariables.isKind(of: file) { return nil }
        throw ModelError(Problem("keras.not-a-model", "is an HDF5 file without a Keras model: it has neither model_config nor layer_names"))
    }
}
