import CNNMFormat
import ModelCore
import ModelGraph

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// A written file against the graph that it was written from.
enum WeightComparison {
    /// Every byte of the file, every node and every weight.
    /// - Throws: `cnnm.*` where the file is damaged, `verify.structure` where the network differs, `verify.weight` for the first weight that is not
    ///   its source bit for bit.
    static func compare(_ file: CNNMFile, with graph: Graph, progress: ((Double) -> Void)? = nil) throws(ModelError) {
        try file.checkIntegrity()
        let written = file.document.graph
        guard written.nodes == graph.nodes, written.inputs == graph.inputs, written.outputs == graph.outputs else {
            throw ModelError(Problem("verify.structure", "the network in the file is not the one that was given", kind: .different))
        }
        let order = graph.weightOrder
        for (position, name) in order.enumerated() {
            guard let source = graph.weights[name], let stored = written.weights[name] else {
                throw ModelError(Problem("verify.weight", "weight '\(name)' is missing", kind: .different))
            }
            guard source.source.dtype == stored.source.dtype, source.source.shape == stored.source.shape, source.layout == stored.layout else {
                throw ModelError(
                    Problem("verify.weight", "weight '\(name)' has another type, shape or layout than its source", kind: .different))
            }
            guard try areEqual(source.source, stored.source) else {
                throw ModelError(
                    Problem(
                        "verify.weight", "weight '\(name)' differs from its source \(source.source.origin)", kind: .different,
                        at: Location(path: source.source.origin)))
            }
            progress?(Double(position + 1) / Double(order.count))
        }
    }

    /// Whether two weights of one type and shape have the same bits.
    static func areEqual(_ left: WeightSource, _ right: WeightSource) throws(ModelError) -> Bool {
        var start = 0
        var areEqual = true
        try left.stream { piece throws(ModelError) in
            let end = start + piece.count / left.dtype.byteCount
            areEqual = areEqual && end <= right.count
            guard areEqual else { return }
            var offset = 0
            try right.stream(start..<end) { other in
                areEqual = areEqual && offset + other.count <= piece.count
                guard areEqual else { return }
                areEqual = Self.areEqual(UnsafeRawBufferPointer(rebasing: piece[offset..<offset + other.count]), other)
                offset += other.count
            }
            areEqual = areEqual && offset == piece.count
            start = end
        }
        return areEqual && start == left.count
    }

    private static func areEqual(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        guard let a = left.baseAddress, let b = right.baseAddress else { return left.count == right.count }
        return left.count == right.count && memcmp(a, b, left.count) == 0
    }
}
