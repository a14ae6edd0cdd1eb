package import ByteIO
package import ModelCore
internal import ZIPArchive

/// Writes a whole model as the `.keras` archive that `model.save("x.keras")` of Keras 3 makes.
package enum KerasArchiveWriter {
    /// - Parameters:
    ///   - configuration: what `config.json` is to hold.
    ///   - variables: a finished `.weights.h5` file, which is not to stay.
    ///   - output: a file to which nothing has been written.
    /// - Returns: the output, complete and not committed. The same model gives the same bytes: the archive holds no time.
    /// - Throws: `file.*`, `json.non-finite`, `output.write-failed`.
    package static func write(
        configuration: JSONValue, kerasVersion: String, variables: consuming AtomicOutput, to output: consuming AtomicOutput
    ) throws(ModelError) -> AtomicOutput {
        let text = try JSON.serialize(configuration)
        let metadata = try JSON.serialize(["keras_version": .string(kerasVersion)])
        let file = try MappedFile(path: variables.temporaryPath)
        var writer = ZIPWriter(output)
        try writer.add("metadata.json", metadata)
        try writer.add("config.json", text)
        try writer.begin("model.weights.h5", size: file.size)
        try file.stream(0..<file.size) { piece throws(ModelError) in try writer.append(piece) }
        try writer.end()
        return try writer.finish()
    }
}
