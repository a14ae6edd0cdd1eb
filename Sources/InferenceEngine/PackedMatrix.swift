import CKernels
import ModelCore

/// The right side of a matrix product, arranged for the kernel once: blocks of rows, in each panels of columns, and the bias of each column.
struct PackedMatrix: Sendable {
    let depth: Int
    let columns: Int
    let panelColumns: Int
    private let panels: Storage
    private let bias: Storage?
    /// Whether the product is added to what the result is already, for a matrix whose rows go on where those of another end.
    private let isContinuation: Bool

    /// Packs the matrix whose element (k, n) is at `source[k * rowStride + n * columnStride]`.
    /// - Throws: `run.too-large`.
    init(
        depth: Int, columns: Int, source: UnsafePointer<Float>, rowStride: Int, columnStride: Int, bias: UnsafePointer<Float>?, kernels: Kernels,
        memory: WeightMemory = WeightMemory(), isContinuation: Bool = false
    ) throws(ModelError) {
        self.depth = depth
        self.columns = columns
        panelColumns = kernels.tile_columns
        guard let padded = columns.roundedUp(toMultipleOf: panelColumns), let count = padded.multiplied(by: depth) else {
            throw ModelError(Problem("run.too-large", "a matrix of \(depth) x \(columns) has more elements than can be counted"))
        }
        self.isContinuation = isContinuation
        panels = try memory.take(count)
        for block in stride(from: 0, to: depth, by: Self.blockDepth) {
            ck_pack(
                panelColumns, min(Self.blockDepth, depth - block), columns, source + block * rowStride, rowStride, columnStride,
                panels.floats + block * padded)
        }
        guard let bias else {
            self.bias = nil
            return
        }
        let storage = try Storage(count: padded)
        storage.floats.base.update(from: bias, count: columns)
        (storage.floats + columns).update(repeating: 0, count: padded - columns)
        self.bias = storage
    }

    /// How many rows of the matrix one call of `multiply` takes at most.
    static let blockDepth = Int(CK_DEPTH_BLOCK)

    /// Adds to `result` the product of `rows` rows of `left`, which hold the elements `block..<block + blockDepth` of the sum, with columns
    /// `first..<last`, of which `first` starts a panel. The first block starts from the bias.
    func multiply(
        rows: Int, left: UnsafePointer<Float>, leftStride: Int, block: Int, columns: Range<Int>, into result: UnsafeMutablePointer<Float>,
        resultStride: Int, kernels: Kernels
    ) {
        let blockDepth = min(Self.blockDepth, depth - block)
        let paddedColumns = (self.columns + panelColumns - 1) / panelColumns * panelColumns
        let right = panels.floats + (block * paddedColumns + columns.lowerBound * blockDepth)
        let start = block == 0 ? bias.map { UnsafePointer($0.floats + columns.lowerBound) } : nil
        kernels.multiply(
            rows, columns.count, blockDepth, left, leftStride, right, result + columns.lowerBound, resultStride, start,
            block > 0 || isContinuation ? 1 : 0)
    }
}
