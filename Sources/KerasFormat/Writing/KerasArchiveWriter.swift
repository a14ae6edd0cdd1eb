package import ByteIO
package import ModelCore
internal import ZIPArchive

/// Writes a whole model as the `.keras` archive that `model.save("x.keras")` of Keras 3 makes.
package enum KerasArchiveWriter {
    /// - Parameters:
    ///   - configuration: what `config.json` is to hold.
    ///   - variables: the path of a finished `.weights.h5` file.
    ///   - output: a file to which nothing has been written.
    /// - Returns: the output, complete and not committed. The same model gives the same bytes: the archive holds no time.
    /// - Throws: `file.*`, `json.non-finite`, `output.write-failed`.
    package static func write(
        configuration: JSONValue, kerasVersion: String, variables: String, to output: consuming AtomicOutput
    ) throws(ModelError) -> AtomicOutput {
        let text = try JSON.serialize(configuration)
        let metadata = try JSON.serialize(["keras_version": .string(kerasVersion)])
        let file = try MappedFile(path: variables)
        var writer = ZIPWriter(output)
        try writer.add("metadata.json", metadata)
        try writer.add("config.json", text)
        try writer.begin("model.weights.h5", size: file.size)
        let pieceByteCount = 4 << 20
        var start = 0
        while start < file.size {
            let end = min(start + pieceByteCount, file.size)
            try file.withBytes { bytes throws(ModelError) in try writer.append(UnsafeRawBufferPointer(rebasing: bytes[start..<end])) }
            start = end
        }
        try writer.end()
        return try writer.finish()
    }
}

extension KerasArchiveWriter {
    /// Reads an archive back that was written of `variables`, which has been found right.
    ///
    /// - Returns: its configuration.
    /// - Throws: `zip.*`, codes of `JSON`, `verify.archive` where an entry is not what was written.
    package static func configuration(inArchive path: String, variables: String) throws(ModelError) -> JSONValue {
        let reader = try ZIPReader(try MappedFile(path: path))
        guard let text = reader.entry(named: "config.json"), let weights = reader.entry(named: "model.weights.h5") else {
            throw ModelError(Problem("verify.archive", "the archive has lost an entry", kind: .different))
        }
        let written = try reader.content(of: weights)
        let isEqual = try MappedFile(path: variables).withBytes { Digest256(hashing: $0) } == Digest256(hashing: written.bytes)
        guard isEqual else {
            throw ModelError(Problem("verify.archive", "the weights in the archive are not those that were written", kind: .different))
        }
        return try JSON.parse(Array(try reader.content(of: text).bytes))
    }
}
