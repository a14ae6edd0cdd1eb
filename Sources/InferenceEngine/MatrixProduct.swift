import CKernels
import ModelCore

/// Where the rows of a product's left side come from.
protocol RowSource: Sendable {
    /// Numbers that a thread needs to hold the rows of one block, 0 if they can be read where they are.
    func scratchCount(rows: Int) -> Int

    /// Elements `columns` of rows `rows` of the left side of product `group`: in place, or copied to `scratch`.
    func rows(_ rows: Range<Int>, columns: Range<Int>, group: Int, scratch: UnsafeMutablePointer<Float>) -> (base: UnsafePointer<Float>, stride: Int)
}

/// Rows that lie in memory, those of all groups side by side.
struct StoredRows: RowSource {
    let floats: Floats
    /// From one row to the next.
    let stride: Int
    /// From one group to the next.
    let groupStride: Int

    func scratchCount(rows: Int) -> Int { 0 }

    func rows(_ rows: Range<Int>, columns: Range<Int>, group: Int, scratch: UnsafeMutablePointer<Float>) -> (
        base: UnsafePointer<Float>, stride: Int
    ) {
        (UnsafePointer(floats + (rows.lowerBound * stride + group * groupStride + columns.lowerBound)), stride)
    }
}

/// `result[row, group, column] = bias[group, column] + left[group][row] * matrices[group]`, one product for each group, all of the same sizes.
struct MatrixProduct<Left: RowSource>: Sendable {
    let rowCount: Int
    let left: Left
    let matrices: [PackedMatrix]
    let result: Floats

    /// Splits the product into blocks of rows and columns, for threads to take as they come.
    func run(_ context: RunContext) throws(ModelError) {
        guard let first = matrices.first, rowCount > 0 else { return }
        let tiling = Tiling(rows: rowCount, columns: first.columns, groups: matrices.count, kernels: context.kernels, threads: context.team.count)
        let scratchCount = left.scratchCount(rows: tiling.rowsPerBlock)
        let scratch = try context.pool.take(scratchCount * min(context.team.count, tiling.pieces))
        let kernels = context.kernels
        let stride = first.columns * matrices.count
        context.team.share(pieces: tiling.pieces) { worker, piece in
            let (group, rows, columns) = tiling[piece]
            let matrix = matrices[group]
            let target = result + (rows.lowerBound * stride + group * matrix.columns)
            for block in matrix.blocks {
                let (base, leftStride) = left.rows(
                    rows, columns: matrix.rows(ofBlock: block), group: group, scratch: scratch.floats + worker * scratchCount)
                matrix.multiply(
                    rows: rows.count, left: base, leftStride: leftStride, block: block, columns: columns, into: target, resultStride: stride,
                    kernels: kernels)
            }
        }
    }
}

/// How a product is cut into pieces of work.
struct Tiling: Sendable {
    let rowsPerBlock: Int
    private let rows: Int
    private let columns: Int
    private let groups: Int
    private let columnsPerBlock: Int
    private let rowBlocks: Int
    private let columnBlocks: Int

    init(rows: Int, columns: Int, groups: Int, kernels: Kernels, threads: Int) {
        self.rows = rows
        self.columns = columns
        self.groups = groups
        let blocks = (rows + Self.targetRows - 1) / Self.targetRows
        let tileRows = kernels.tile_rows
        rowsPerBlock = ((rows + blocks - 1) / blocks + tileRows - 1) / tileRows * tileRows
        rowBlocks = (rows + rowsPerBlock - 1) / rowsPerBlock
        let panels = (columns + kernels.tile_columns - 1) / kernels.tile_columns
        // Columns are cut only where rows do not keep all threads busy: each piece gathers its rows anew.
        let wanted = threads == 1 ? 1 : (2 * threads + rowBlocks * groups - 1) / (rowBlocks * groups)
        let panelsPerBlock = (panels + wanted - 1) / wanted
        columnsPerBlock = panelsPerBlock * kernels.tile_columns
        columnBlocks = (columns + columnsPerBlock - 1) / columnsPerBlock
    }

    var pieces: Int { groups * rowBlocks * columnBlocks }

    subscript(piece: Int) -> (group: Int, rows: Range<Int>, columns: Range<Int>) {
        let (rest, columnBlock) = piece.quotientAndRemainder(dividingBy: columnBlocks)
        let (rowBlock, group) = rest.quotientAndRemainder(dividingBy: groups)
        let row = rowBlock * rowsPerBlock
        let column = columnBlock * columnsPerBlock
        return (group, row..<min(row + rowsPerBlock, rows), column..<min(column + columnsPerBlock, columns))
    }

    /// Rows whose part of a block of depth fills a fair part of a second-level cache, with the panel that they meet in the first level.
    private static let targetRows = 96
}
