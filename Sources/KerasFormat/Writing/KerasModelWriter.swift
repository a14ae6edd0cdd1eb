package import ByteIO
internal import HDF5
package import ModelCore

/// Writes a whole model as the `.h5` file that `model.save("x.h5")` makes.
package enum KerasModelWriter {
    /// The most bytes that Keras lets a list of names have, each as long as the longest.
    private static let greatestListByteCount = 64_512

    /// Writes all of `model`, its weights in pieces as they come.
    ///
    /// - Parameter output: a file to which nothing has been written.
    /// - Returns: the output, complete and not committed.
    /// - Throws: `keras.no-architecture`; `hdf5.name` for names that HDF5 cannot have; what sources throw; `output.write-failed`.
    package static func write(
        _ model: KerasModel, to output: consuming AtomicOutput, progress: ((Int) -> Void)? = nil
    ) throws(ModelError) -> AtomicOutput {
        let configuration = try JSON.serialize(try model.architecture())
        var writer = try HDF5Writer(output)
        try writer.setAttribute("keras_version", of: "/", .text(model.kerasVersion ?? ""))
        try writer.setAttribute("backend", of: "/", .text(model.backend ?? ""))
        try writer.setAttribute("model_config", of: "/", .text(String(decoding: configuration, as: UTF8.self)))
        let group = "/model_weights"
        try setNames("layer_names", of: group, model.layers.map(\.name), &writer)
        try writer.setAttribute("backend", of: group, .text(model.backend ?? ""))
        try writer.setAttribute("keras_version", of: group, .text(model.kerasVersion ?? ""))
        var count = 0
        for layer in model.layers {
            let path = "\(group)/\(layer.name)"
            try setNames("weight_names", of: path, layer.weights.map(\.name), &writer)
            for weight in layer.weights {
                try writer.addDataset("\(path)/\(weight.name)", weight.source)
                count += weight.source.byteCount
                progress?(count)
            }
        }
        try setNames("weight_names", of: group + "/top_level_model_weights", [], &writer)
        return try writer.finish()
    }

    /// A list of names, which Keras splits where it is too long for one attribute: `layer_names0`, `layer_names1` and so on.
    private static func setNames(_ name: String, of path: String, _ names: [String], _ writer: inout HDF5Writer) throws(ModelError) {
        let longest = names.map(\.utf8.count).max() ?? 0
        let perPart = max(greatestListByteCount / max(longest, 16), 1)
        let parts = (names.count + perPart - 1) / perPart
        guard parts > 1 else { return try writer.setAttribute(name, of: path, .texts(names)) }
        for part in 0..<parts {
            let range = part * names.count / parts..<(part + 1) * names.count / parts
            try writer.setAttribute("\(name)\(part)", of: path, .texts(Array(names[range])))
        }
    }
}
