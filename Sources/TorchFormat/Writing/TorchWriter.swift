package import ByteIO
package import ModelCore
internal import ZIPArchive

/// Writes state dicts as `torch.save` does from 1.6 on, the same bytes for the same tensors always: a ZIP archive of stored entries, of which
/// each begins at a multiple of 64 bytes.
///
/// | entry | content |
/// |---|---|
/// | `archive/data.pkl` | the pickle of an `OrderedDict` of tensors by name |
/// | `archive/byteorder` | `little` |
/// | `archive/data/0`, `archive/data/1`, ... | the elements of each tensor, row-major |
/// | `archive/version` | `3` |
package enum TorchWriter {
    /// Writes all tensors, their elements in pieces as they come.
    ///
    /// - Parameters:
    ///   - tensors: in the order of the dictionary. Each gets a storage of its own.
    ///   - output: a file to which nothing has been written.
    ///   - progress: called with the number of bytes of elements that were written so far.
    /// - Returns: the output, complete and not committed.
    /// - Throws: `torch.name` for a name that repeats; `weight.length` and whatever else sources throw; `output.write-failed`.
    package static func write(
        _ tensors: [(name: String, source: WeightSource)], to output: consuming AtomicOutput, progress: ((Int) -> Void)? = nil
    ) throws(ModelError) -> AtomicOutput {
        var names = Set<String>()
        for (name, _) in tensors where !names.insert(name).inserted {
            throw ModelError(Problem("torch.name", "\(name.excerpt) is the name of two tensors", kind: .fault))
        }
        var writer = ZIPWriter(output)
        try writer.add("archive/data.pkl", PickleText.stateDict(tensors))
        try writer.add("archive/byteorder", Array("little".utf8))
        var written = 0
        for (position, tensor) in tensors.enumerated() {
            try writer.begin("archive/data/\(position)", size: tensor.source.byteCount)
            try tensor.source.streamWhole { piece throws(ModelError) in try writer.append(piece) }
            try writer.end()
            written += tensor.source.byteCount
            progress?(written)
        }
        try writer.add("archive/version", Array("3\n".utf8))
        return try writer.finish()
    }
}
