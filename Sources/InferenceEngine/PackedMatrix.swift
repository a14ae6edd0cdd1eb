import CKernels
import ModelCore

/// The right side of a matrix product, arranged for the kernel once, and the bias of each column.
struct PackedMatrix: Sendable {
    private let layout: PanelLayout
    private let panels: Storage
    private let bias: Storage?
    /// Whether the product is added to what the result is already, for a matrix whose rows go on where those of another end.
    private let isContinuation: Bool

    var depth: Int { layout.depth }
    var columns: Int { layout.columns }
    /// The first row of each block.
    var blocks: StrideTo<Int> { layout.blocks }

    /// Packs the matrix whose element (k, n) is at `source[k * rowStride + n * columnStride]`.
    /// - Throws: `run.too-large`.
    init(
        depth: Int, columns: Int, source: UnsafePointer<Float>, rowStride: Int, columnStride: Int, bias: UnsafePointer<Float>?, kernels: Kernels,
        memory: WeightMemory = WeightMemory(), isContinuation: Bool = false
    ) throws(ModelError) {
        layout = try PanelLayout(depth: depth, columns: columns, kernels: kernels)
        self.isContinuation = isContinuation
        panels = try memory.take(layout.count)
        layout.pack(source, rowStride: rowStride, columnStride: columnStride, into: panels.floats.base)
        self.bias = if let bias { try layout.vector(bias) } else { nil }
    }

    /// The rows of the block that begins with this one.
    func rows(ofBlock block: Int) -> Range<Int> { layout.rows(ofBlock: block) }

    /// Adds to `result` the product of `rows` rows of `left`, which hold the elements of the sum in `rows(ofBlock: block)`, with `columns`, of which the
    /// first starts a panel. The first block starts from the bias.
    func multiply(
        rows: Int, left: UnsafePointer<Float>, leftStride: Int, block: Int, columns: Range<Int>, into result: UnsafeMutablePointer<Float>,
        resultStride: Int, kernels: Kernels
    ) {
        let start = block == 0 ? bias.map { UnsafePointer($0.floats + columns.lowerBound) } : nil
        kernels.multiply(
            rows, columns.count, layout.rows(ofBlock: block).count, left, leftStride,
            panels.floats + layout.place(block: block, column: columns.lowerBound), result + columns.lowerBound, resultStride, start,
            block > 0 || isContinuation ? 1 : 0)
    }
}
