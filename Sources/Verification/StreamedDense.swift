import ModelCore
import ModelGraph

/// A dense layer that is applied to one row, and whose kernel lies row by row: each of its numbers is read once, in order, and not kept.
struct StreamedDense: Sendable {
    private let kernel: WeightSource
    private let bias: WeightSource?
    let outputs: Int

    /// - Parameter shape: that of the input.
    /// - Returns: `nil` for any other node.
    init?(_ node: Node, of graph: Graph, input shape: [Int]?) {
        let weights = graph.weights(of: node)
        guard case .dense = node.operation, let kernel = weights["kernel"], kernel.layout == .io, kernel.source.shape.count == 2,
            shape?.checkedProduct == kernel.source.shape[0], kernel.source.shape[1] > 0
        else { return nil }
        self.kernel = kernel.source
        bias = weights["bias"]?.source
        outputs = kernel.source.shape[1]
    }

    /// Calls `body` for one range of features after the other with their rows of the kernel.
    func forEachPart(_ body: (_ features: Range<Int>, _ rows: UnsafeBufferPointer<Float>) throws(ModelError) -> Void) throws(ModelError) {
        var first = 0
        try kernel.streamFloats(max(Self.partLimit / outputs, 1) * outputs) { rows throws(ModelError) in
            let range = first..<first + rows.count / outputs
            try body(range, rows)
            first = range.upperBound
        }
    }

    /// The terms of each output's sum.
    var terms: Double { Double(kernel.shape[0]) + (bias == nil ? 0 : 1) }

    func loadBias() throws(ModelError) -> [Float]? { try bias?.tensor().scalars }

    /// The numbers of a part: few enough for a second-level cache.
    private static let partLimit = 1 << 18
}
