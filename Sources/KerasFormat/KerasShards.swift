package import ByteIO
import HDF5
package import ModelCore

/// Weights in several files: an index `NAME.weights.json`, and beside it the `.weights.h5` files that it names. Keras 3.10 and later write
/// them with `model.save_weights("NAME.weights.json", max_shard_size=...)`.
package enum KerasShards {
    /// What an index may have.
    private static let byteLimit = 64 << 20
    private static let fileLimit = 10_000

    /// Whether a file seems to be an index.
    package static func recognises(_ file: MappedFile) -> Bool {
        guard file.size <= byteLimit, file.bytes.first(where: { !" \t\r\n".utf8.contains($0) }) == UInt8(ascii: "{") else { return false }
        return (try? JSON.parse(file.bytes))?["weight_map"] != nil
    }

    /// Lists the weights of all files, none of whose elements are read.
    ///
    /// - Throws: everything that is wrong at once: `keras.shards` for an index that is none, and for groups in a file that the index does not
    ///   have there or not at all; `keras.variables`; codes of `JSON`, `SiblingFile` and `HDF5File`.
    package static func read(_ file: MappedFile) throws(ModelError) -> KerasModel {
        do throws(ModelError) {
            let places = try places(file.withBytes { bytes throws(ModelError) in try JSON.parse(bytes) })
            let names = Set(places.flatMap(\.files)).sorted()
            guard names.count <= fileLimit else { throw problem("names \(names.count) files, at most \(fileLimit) are read") }
            var problems = ProblemCollector()
            var shards: [String: KerasVariables] = [:]
            for name in names {
                shards[name] = problems.collect { () throws(ModelError) in try shard(name, beside: file.path) }
            }
            try problems.throwAll()
            return KerasModel(
                container: .shards(names.count), configuration: nil, kerasVersion: nil, backend: nil,
                layers: try merge(shards, places).objects(), addressing: .paths)
        } catch {
            throw error.locating(file: file.path)
        }
    }

    private static func shard(_ name: String, beside index: String) throws(ModelError) -> KerasVariables {
        let path = try SiblingFile.path(of: name, beside: index)
        do throws(ModelError) { return try KerasVariables(try HDF5File(path: path)) } catch { throw error.locating(file: path) }
    }

    /// The objects of the index, `layers/conv2d`, each with the files that have its variables.
    private static func places(_ index: JSONValue) throws(ModelError) -> [(object: String, files: [String])] {
        guard let map = index["weight_map"]?.object else { throw problem("has no weight_map") }
        var places: [(String, [String])] = []
        for (key, value) in map {
            let files = value.string.map { [$0] } ?? value.array?.compactMap(\.string) ?? []
            guard !files.isEmpty, files.count == value.array?.count ?? 1, Set(files).count == files.count else {
                throw problem("does not name the files of \(key.excerpt)")
            }
            let parts = key.split(separator: "/").map(String.init)
            guard parts.last == "vars" else { throw problem("has the key \(key.excerpt), which is no group of variables") }
            places.append((parts.dropLast().joined(separator: "/"), files))
        }
        return places
    }

    private static func merge(
        _ shards: [String: KerasVariables], _ places: [(object: String, files: [String])]
    ) throws(ModelError) -> KerasVariables {
        var all = KerasVariables()
        var listed: [String: Set<String>] = [:]
        for (object, files) in places {
            // Optimizers are of no interest.
            guard let first = object.split(separator: "/").first, KerasVariables.containers.contains(String(first)) else { continue }
            for file in files {
                guard let weights = shards[file]?.weights[object] else { throw problem("says that '\(file)' has '\(object)', which it has not") }
                listed[file, default: []].insert(object)
                try all.add(weights, of: object)
            }
        }
        for (file, shard) in shards.sorted(by: { $0.key < $1.key }) {
            all.add(labels: shard.labels)
            let unknown = shard.weights.filter { !$0.value.isEmpty && listed[file]?.contains($0.key) != true }.keys.sorted()
            if let object = unknown.first { throw problem("does not say that '\(file)' has '\(object)'") }
        }
        return all
    }

    private static func problem(_ what: String) -> ModelError {
        ModelError(Problem("keras.shards", "the index of the weights \(what)", at: Location(path: "/weight_map")))
    }
}
