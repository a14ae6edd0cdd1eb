package import ByteIO
package import ModelCore

/// Writes `.safetensors` files, the same bytes for the same tensors always.
package enum SafetensorsWriter {
    /// Writes all tensors, their elements in pieces as they come. Their order is that of the format's own library: wider types first, so that
    /// every element is aligned, then by name.
    ///
    /// - Parameters:
    ///   - metadata: whatever else there is to say.
    ///   - output: a file to which nothing has been written.
    ///   - progress: called with the number of bytes of elements that were written so far.
    /// - Returns: the output, complete and not committed.
    /// - Throws: `safetensors.name` for a name that repeats or is no tensor's; `safetensors.header-length`; `weight.length` and whatever
    ///   else sources throw; `output.write-failed`.
    package static func write(
        _ tensors: [(name: String, source: WeightSource)], metadata: [String: String] = [:],
        to output: consuming AtomicOutput, progress: ((Int) -> Void)? = nil
    ) throws(ModelError) -> AtomicOutput {
        let tensors = tensors.sorted { key(of: $0) < key(of: $1) }
        try output.append(try header(tensors, metadata))
        var written = 0
        for (_, source) in tensors {
            try source.streamWhole { piece throws(ModelError) in try output.append(piece) }
            written += source.byteCount
            progress?(written)
        }
        return output
    }

    private static func key(of tensor: (name: String, source: WeightSource)) -> (Int, String) {
        (-SafetensorsType.rank(of: StoredType(tensor.source.dtype)), tensor.name)
    }

    /// The length and the header, padded so that the elements begin at a multiple of 8.
    private static func header(
        _ tensors: [(name: String, source: WeightSource)], _ metadata: [String: String]
    ) throws(ModelError) -> [UInt8] {
        var header = JSONObject()
        if !metadata.isEmpty {
            var members = JSONObject()
            for (key, value) in metadata.sorted(by: { $0.key < $1.key }) { members[key] = .string(value) }
            header[SafetensorsFile.metadataKey] = .object(members)
        }
        var end = 0
        for (name, source) in tensors {
            guard name != SafetensorsFile.metadataKey, header[name] == nil else {
                throw safetensorsProblem("name", "\(name.excerpt) is the name of two tensors, or of none", kind: .fault)
            }
            let start = end
            end += source.byteCount
            header[name] = [
                "dtype": .string(SafetensorsType.name(of: StoredType(source.dtype))),
                "shape": .array(source.shape.map(JSONValue.integer)), "data_offsets": .array([.integer(start), .integer(end)]),
            ]
        }
        var text = try JSON.serialize(.object(header))
        text += repeatElement(0x20, count: (8 - text.count % 8) % 8)
        guard text.count <= SafetensorsFile.headerLimit else {
            throw safetensorsProblem("header-length", "a header of \(text.count) bytes, the limit is \(SafetensorsFile.headerLimit)")
        }
        return stride(from: 0, to: 64, by: 8).map { UInt8(truncatingIfNeeded: text.count >> $0) } + text
    }
}
