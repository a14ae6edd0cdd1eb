import CKernels
import ModelCore

/// How the right side of a matrix product lies in memory for the kernel: blocks of rows, in each panels of columns, the last one filled up.
struct PanelLayout: Sendable {
    let depth: Int
    let columns: Int
    /// The columns filled up to whole panels.
    private let paddedColumns: Int
    private let panelColumns: Int

    /// How many rows of the matrix one call of the kernel takes at most.
    static let blockDepth = Int(CK_DEPTH_BLOCK)

    /// The numbers of a packed matrix.
    let count: Int

    /// - Throws: `run.too-large`.
    init(depth: Int, columns: Int, kernels: Kernels) throws(ModelError) {
        self.depth = depth
        self.columns = columns
        panelColumns = kernels.tile_columns
        guard let padded = columns.roundedUp(toMultipleOf: panelColumns), let count = padded.multiplied(by: depth) else {
            throw ModelError(Problem("run.too-large", "a matrix of \(depth) x \(columns) has more elements than can be counted"))
        }
        paddedColumns = padded
        self.count = count
    }

    /// The first row of each block.
    var blocks: StrideTo<Int> { stride(from: 0, to: depth, by: Self.blockDepth) }

    /// The rows of the block that begins with this one.
    func rows(ofBlock block: Int) -> Range<Int> { block..<min(block + Self.blockDepth, depth) }

    /// Packs the matrix whose element (k, n) is at `source[k * rowStride + n * columnStride]`.
    func pack(_ source: UnsafePointer<Float>, rowStride: Int, columnStride: Int, into panels: UnsafeMutablePointer<Float>) {
        for block in blocks {
            ck_pack(
                panelColumns, rows(ofBlock: block).count, columns, source + block * rowStride, rowStride, columnStride,
                panels + block * paddedColumns)
        }
    }

    /// Where in a packed matrix the part begins that a call of the kernel reads.
    /// - Parameter column: the first of a panel.
    func place(block: Int, column: Int) -> Int { block * paddedColumns + column * rows(ofBlock: block).count }

    /// Numbers for the columns filled up to whole panels with zeros.
    func vector(_ source: UnsafePointer<Float>) throws(ModelError) -> Storage {
        let storage = try Storage(count: paddedColumns)
        storage.floats.base.update(from: source, count: columns)
        (storage.floats + columns).update(repeating: 0, count: paddedColumns - columns)
        return storage
    }
}
