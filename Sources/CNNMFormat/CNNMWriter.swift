package import ByteIO
package import ModelCore
package import ModelGraph

/// Writes `.cnnm` files.
package enum CNNMWriter {
    /// Writes all of `document` to `output`, to which nothing was written before, and does not commit it: the file can be opened
    /// and checked at `output.temporaryPath` first.
    ///
    /// Weights are streamed, each once, in pieces as they come. The same document gives the same bytes always.
    ///
    /// - Parameters:
    ///   - progress: called with the number of bytes of weights that were read so far.
    ///   - fingerprint: called when all weights are written, with the graph whose weights are read from there, and with their entries. What it
    ///     returns takes the place of the document's fingerprints, and must not have a longer text.
    /// - Returns: the tensors in the order of the header. Their digests are of the bytes that the sources gave.
    /// - Throws: before anything is written `cnnm.name`, `cnnm.layout`, `cnnm.tensor-shape`, `cnnm.preprocessing`, `cnnm.header-length`,
    ///   `graph.*`; then `weight.length` where a source gives more or fewer bytes than its shape needs, what sources throw, and `output.write-failed`.
    @discardableResult
    package static func write(
        _ document: CNNMDocument, to output: inout AtomicOutput, progress: ((Int) -> Void)? = nil, fingerprint: Fingerprinting? = nil
    ) throws(ModelError) -> [TensorEntry] {
        guard output.byteCount == 0 else {
            throw ModelError(Problem("cnnm.output-used", "the output has \(output.byteCount) bytes already", kind: .fault))
        }
        let plan = try HeaderPlan(document)
        var header = plan.header
        var store = TensorStore(headerEnd: Prologue.byteCount + plan.length, progress: progress)
        for index in header.tensors.indices {
            guard let source = document.graph.weights[header.tensors[index].name]?.source else { continue }
            (header.tensors[index].offset, header.tensors[index].digest) = try store.add(source, to: &output)
        }
        if let fingerprint {
            header.document.fingerprints = try fingerprint(try written(document.graph, header.tensors, in: output.temporaryPath), header.tensors)
        }
        let bytes = try plan.bytes(of: header)
        // Past the end of the file there may be the last of a tensor that turned out to be there already.
        let fileLength = store.end
        if output.byteCount > fileLength { try output.truncate(to: fileLength) }
        try output.write(bytes, at: Prologue.byteCount)
        let digest = bytes.withUnsafeBytes { Digest256(hashing: $0) }
        let prologue = Prologue(headerLength: bytes.count, fileLength: fileLength, headerDigest: digest)
        try output.write(prologue.bytes, at: 0)
        return header.tensors
    }

    /// Makes fingerprints of a graph and of the entries of its weights.
    package typealias Fingerprinting = (Graph, [TensorEntry]) throws(ModelError) -> Fingerprints?

    /// The graph with the weights of an unfinished file.
    private static func written(_ graph: Graph, _ tensors: [TensorEntry], in path: String) throws(ModelError) -> Graph {
        guard !tensors.isEmpty else { return graph }
        let file = try MappedFile(path: path)
        var graph = graph
        for entry in tensors { graph.weights[entry.name]?.source = WeightSource(entry, in: file) }
        return graph
    }
}

/// The tensors of a file that is being written.
private struct TensorStore {
    /// The end of everything so far.
    private(set) var end: Int
    private var isEmpty = true
    private var offsets: [Digest256: Int] = [:]
    private var byteCount = 0
    private let progress: ((Int) -> Void)?

    init(headerEnd: Int, progress: ((Int) -> Void)?) {
        end = headerEnd
        self.progress = progress
    }

    /// Writes a tensor to the next place, where the one after it goes again if these bytes are in the file already.
    mutating func add(_ source: WeightSource, to output: inout AtomicOutput) throws(ModelError) -> (offset: Int, digest: Digest256) {
        let alignment = isEmpty ? FormatLimits.pageAlignment : FormatLimits.tensorAlignment
        guard let start = end.roundedUp(toMultipleOf: alignment), let limit = start.adding(source.byteCount) else {
            throw ModelError(Problem("cnnm.tensor-shape", "\(source.origin) is larger than any file"))
        }
        // Written, not skipped: a tensor that was there already may have left its bytes here.
        if !isEmpty { try output.write([UInt8](repeating: 0, count: start - end), at: end) }
        var hasher = SHA256Hasher()
        var position = start
        try source.stream { piece throws(ModelError) in
            guard piece.count <= limit - position else { throw Self.wrongLength(source, "more than") }
            hasher.update(piece)
            try output.write(piece, at: position)
            position += piece.count
            byteCount += piece.count
            progress?(byteCount)
        }
        guard position == limit else { throw Self.wrongLength(source, "\(position - start) of") }
        let digest = hasher.finalize()
        if let offset = offsets[digest] { return (offset, digest) }
        offsets[digest] = start
        isEmpty = false
        end = limit
        return (start, digest)
    }

    private static func wrongLength(_ source: WeightSource, _ count: String) -> ModelError {
        ModelError(
            Problem(
                "weight.length", "\(source.origin) gave \(count) the \(source.byteCount) bytes of \(source.dtype.rawValue) \(source.shape)",
                kind: .fault))
    }
}

extension AtomicOutput {
    fileprivate mutating func write(_ bytes: [UInt8], at offset: Int) throws(ModelError) {
        try bytes.withUnsafeBufferPointer { buffer throws(ModelError) in try write(UnsafeRawBufferPointer(buffer), at: offset) }
    }
}
