import ModelCore
import ModelGraph
import ReferenceEngine

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
            shape?.checkedProduct == kernel.source.shape[0], kernel.source.shape[1] > 0,
            weights["bias"].map({ $0.source.shape == [kernel.source.shape[1]] }) ?? true
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

    /// What the layer makes of a row.
    /// - Parameter alongside: also called for each part.
    func elements(
        of row: [Float], threads: Int, eta: Double = ErrorBound.eta, alongside: (Range<Int>, UnsafeBufferPointer<Float>) -> Void = { _, _ in }
    ) throws(ModelError) -> [Definition.Element] {
        var sums = [CertifiedSum](repeating: .zero, count: outputs)
        try forEachPart { features, rows throws(ModelError) in
            Reference.add(row[features], times: rows, to: &sums, threads: threads)
            alongside(features, rows)
        }
        if let bias = try loadBias() { for output in bias.indices { sums[output].add(bias: bias[output]) } }
        let terms = Double(kernel.shape[0]) + (bias == nil ? 0 : 1)
        return sums.map { Definition.element($0, terms: terms, eta: eta) }
    }

    /// A number for each output, if there is a bias.
    func loadBias() throws(ModelError) -> [Float]? { try bias?.tensor().scalars }

    /// The numbers of a part: few enough for a second-level cache.
    private static let partLimit = 1 << 18
}
