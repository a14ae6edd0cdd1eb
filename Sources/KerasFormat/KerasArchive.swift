package import ByteIO
import HDF5
package import ModelCore
package import ZIPArchive

/// A `.keras` file: a ZIP archive of `config.json`, `metadata.json` and `model.weights.h5`, which Keras 2.12 and later write.
///
/// Nothing is extracted. The weights of an archive as Keras writes it are stored, and are read where they are; deflated ones of more than
/// 64 MiB are inflated into a temporary file that has no name. Other entries, such as `assets/`, are never looked at.
package enum KerasArchive {
    private static let configuration = "config.json"
    private static let metadata = "metadata.json"
    private static let weights = "model.weights.h5"
    /// What is read as text is this large at most.
    private static let textLimit = 64 << 20

    /// Whether an archive is one of Keras, complete or not.
    package static func recognises(_ archive: ZIPReader) -> Bool {
        archive.entry(named: configuration) != nil || archive.entry(named: weights) != nil
    }

    /// Reads the architecture and lists the weights, none of whose elements are read.
    ///
    /// - Throws: everything that is wrong with the archive at once: `keras.missing-member`, `keras.config`, `keras.metadata`,
    ///   `keras.weights-layout`, `keras.variables`; codes of `ZIPReader`, `JSON` and `HDF5File`.
    package static func read(_ file: MappedFile) throws(ModelError) -> KerasModel {
        do throws(ModelError) {
            let archive = try ZIPReader(file)
            var problems = ProblemCollector()
            let architecture = problems.collect { () throws(ModelError) in try Self.architecture(archive) }
            let layers = problems.collect { () throws(ModelError) in try Self.layers(archive) }
            try problems.throwAll()
            return KerasModel(
                container: .archive, configuration: architecture?.configuration, configurationPath: configuration,
                kerasVersion: architecture?.kerasVersion, backend: nil, layers: layers ?? [], addressing: .paths)
        } catch {
            throw error.locating(file: file.path)
        }
    }

    /// The architecture alone.
    static func architecture(_ archive: ZIPReader) throws(ModelError) -> KerasArchitecture {
        let text = try member(configuration, of: archive)
        let value = try archive.content(of: text, limit: textLimit).withBytes { bytes throws(ModelError) in
            try KerasConfiguration.parse([UInt8](bytes), at: configuration)
        }
        let version = try archive.content(of: try member(metadata, of: archive), limit: textLimit).withBytes { bytes throws(ModelError) in
            try Self.version(bytes)
        }
        return KerasArchitecture(
            configuration: value, kerasVersion: version, backend: nil, file: archive.file.path, path: configuration)
    }

    private static func version(_ metadata: UnsafeRawBufferPointer) throws(ModelError) -> String {
        let value: JSONValue
        do throws(ModelError) { value = try JSON.parse(metadata) } catch { throw error.below(Self.metadata) }
        guard let version = value["keras_version"]?.string else {
            throw ModelError(Problem("keras.metadata", "does not say which version of Keras wrote it", at: Location(path: Self.metadata)))
        }
        return version
    }

    private static func layers(_ archive: ZIPReader) throws(ModelError) -> [KerasLayerWeights] {
        let entry = try member(weights, of: archive)
        let file = try HDF5File(try archive.content(of: entry), path: archive.file.path, place: weights)
        guard try KerasVariables.isKind(of: file) else {
            throw ModelError(Problem("keras.weights-layout", "holds no layers", at: Location(path: weights)))
        }
        return try KerasVariables(file).objects()
    }

    private static func member(_ name: String, of archive: ZIPReader) throws(ModelError) -> ZIPEntry {
        guard let entry = archive.entry(named: name) else {
            let hasNumPy = name == weights && archive.entry(named: "model.weights.npz") != nil
            throw ModelError(
                Problem(
                    "keras.missing-member", "the archive has no \(name)\(hasNumPy ? ", but a model.weights.npz, which is not read" : "")",
                    at: Location(path: name), hint: "save the model again with model.save(\"model.keras\")"))
        }
        return entry
    }
}
