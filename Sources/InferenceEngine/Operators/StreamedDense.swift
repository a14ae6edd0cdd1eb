import CKernels
import ModelCore
import ModelGraph

/// A matrix product over the last axis, whose matrix is read when it runs, some rows after the others: in the order in which they lie.
struct StreamedDenseStep: Step {
    private let kernel: WeightSource
    private let bias: Weight?
    private let kernels: Kernels

    /// The numbers in the rows that are packed together: few enough for a second-level cache.
    private static let partLimit = 1 << 18

    /// - Returns: `nil` for other nodes, and where a row of the file is a column of the matrix.
    init?(_ node: Node, of graph: Graph, _ options: InferenceOptions) {
        let weights = graph.weights(of: node)
        guard case .dense = node.operation, let kernel = weights["kernel"], kernel.layout == .io, kernel.source.count > 0 else { return nil }
        self.kernel = kernel.source
        bias = weights["bias"]
        kernels = options.kernels
    }

    func run(_ inputs: inout [Value], shape: [Int], _ context: RunContext) throws(ModelError) -> Value {
        let (depth, columns) = (kernel.shape[0], kernel.shape[1])
        let output = try context.make(shape)
        let bias = try bias.map { weight throws(ModelError) in try LoadedWeight(weight.source, layout: weight.layout) }
        var first = 0
        try kernel.streamFloats(max(Self.partLimit / columns, 1) * columns) { rows throws(ModelError) in
            guard let base = rows.baseAddress else { return }
            let matrix = try PackedMatrix(
                depth: rows.count / columns, columns: columns, source: base, rowStride: columns, columnStride: 1,
                bias: first == 0 ? bias.map { UnsafePointer($0.floats.base) } : nil, kernels: kernels, memory: WeightMemory(pool: context.pool),
                isContinuation: first > 0)
            let left = StoredRows(floats: Floats(base: inputs[0].floats + first), stride: depth, groupStride: 0)
            try MatrixProduct(rowCount: inputs[0].count / depth, left: left, matrices: [matrix], result: output.floats).run(context)
            first += matrix.depth
        }
        return output
    }
}
