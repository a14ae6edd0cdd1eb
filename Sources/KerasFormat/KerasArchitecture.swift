package import ByteIO
import HDF5
package import ModelCore
import ZIPArchive

/// An architecture that comes apart from the weights.
package struct KerasArchitecture: Sendable {
    /// An object with `class_name` and `config`.
    package let configuration: JSONValue
    /// The version that wrote it, as far as it says or shows: `2.15.0`, or `3` alone.
    package let kerasVersion: String?
    package let backend: String?
    /// The file that it is in.
    package let file: String
    /// What of the file it is: `config.json`, `/model_config`, or nothing for all of it.
    package let path: String

    private static let byteLimit = 64 << 20

    /// Reads what `model.to_json()` gives, a `config.json`, or the architecture of a `.keras` or `.h5` file.
    ///
    /// - Throws: `keras.config` for anything else; codes of `JSON`, `ZIPReader` and `HDF5File`.
    package static func read(_ file: MappedFile) throws(ModelError) -> KerasArchitecture {
        do throws(ModelError) {
            if file.withBytes({ ZIPReader.isArchive($0) }) { return try KerasArchive.architecture(try ZIPReader(file)) }
            if HDF5File.recognises(prefix: file.bytes.prefix(520)) { return try architecture(of: try HDF5File(path: file.path), file.path) }
            guard file.size <= byteLimit else {
                throw ModelError(Problem("keras.config", "has \(file.size) bytes, more than any architecture"))
            }
            var value = try KerasConfiguration.value([UInt8](file.bytes), at: "")
            // The text that model.to_json() gives, written with a program that writes JSON.
            if let text = value.string { value = try KerasConfiguration.value(Array(text.utf8), at: "") }
            try KerasConfiguration.check(value, at: "")
            return KerasArchitecture(
                configuration: value, kerasVersion: value["keras_version"]?.string ?? generation(of: value), backend: value["backend"]?.string,
                file: file.path, path: "")
        } catch {
            throw error.locating(file: file.path)
        }
    }

    private static func architecture(of file: HDF5File, _ path: String) throws(ModelError) -> KerasArchitecture {
        guard let text = try file.splitBytes(ofAttribute: "model_config", of: "/") else {
            throw ModelError(Problem("keras.config", "holds no architecture either", at: Location(file: path)))
        }
        return KerasArchitecture(
            configuration: try KerasConfiguration.parse(text.flatMap(\.self), at: KerasConfiguration.path),
            kerasVersion: try file.text(ofAttribute: "keras_version", of: ["/", "/model_weights"]),
            backend: try file.text(ofAttribute: "backend", of: ["/", "/model_weights"]), file: path, path: KerasConfiguration.path)
    }

    /// The generation of Keras that wrote a configuration which does not say so. Keras 3 names an input's shape `batch_shape`, and calls of
    /// layers are objects; Keras 1 and 2 have `batch_input_shape`, and lists. Keras 1 named most settings otherwise, and its 1.0.0 to 1.0.3 are the
    /// only versions whose `to_json()` does not say the version.
    private static func generation(of configuration: JSONValue) -> String? {
        var found: String?
        var pending = [configuration]
        while let value = pending.popLast() {
            switch value {
            case .array(let array): pending += array
            case .object(let object):
                if object["nb_filter"] != nil || object["border_mode"] != nil || object["W_regularizer"] != nil { return "1" }
                if object["batch_input_shape"]?.array != nil { found = found ?? "2" }
                if object["batch_shape"]?.array != nil { return "3" }
                pending += object.map(\.value)
            default: break
            }
        }
        return found
    }
}

extension KerasModel {
    /// A network by name, or as a graph, for a file that has an architecture.
    /// - Parameter option: the option that gave it.
    package static func architectureTwice(option: String) -> ModelError {
        ModelError(Problem("keras.architecture-twice", "the file has an architecture of its own", kind: .usage, hint: "leave \(option) out"))
    }

    /// These weights with an architecture of the catalogue, which is in the words of Keras 3 whatever wrote the weights.
    package func adopting(catalogued configuration: JSONValue, named name: String) -> KerasModel {
        KerasModel(
            container: container, configuration: configuration, configurationPath: name, configurationVersion: "3", kerasVersion: kerasVersion,
            backend: backend, layers: layers, addressing: addressing)
    }

    /// These weights with an architecture from elsewhere, in place of the file's own if it has one.
    ///
    /// - Throws: `keras.version-mismatch` for weights that are stored in a way which the architecture's version never meant.
    package func adopting(_ architecture: KerasArchitecture) throws(ModelError) -> KerasModel {
        var meant = architecture.kerasVersion ?? kerasVersion
        // An edited architecture may have lost all but its words, and the file knows better.
        if configuration != nil, let kerasVersion, meant?.contains(".") != true, meant?.first == kerasVersion.first { meant = kerasVersion }
        let isOlder = kerasVersion?.first == "1" && meant?.first != "1"
        guard !isOlder, backend != "theano" || meant?.first != "3" else {
            throw ModelError(
                Problem(
                    "keras.version-mismatch",
                    "the weights were written by \(framework), whose kernels may be stored in another order than in Keras \(meant ?? "2")",
                    hint: "give an architecture that the same version wrote"))
        }
        return KerasModel(
            container: container, configuration: architecture.configuration, configurationPath: architecture.path,
            configurationFile: architecture.file, kerasVersion: meant, backend: backend ?? architecture.backend, layers: layers,
            addressing: addressing == .names ? .namesOrOrder : addressing)
    }
}
