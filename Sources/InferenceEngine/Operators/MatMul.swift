import CKernels
import ModelCore
import ModelGraph

/// Products of matrices of two values. The right ones are packed for the kernel as the network runs.
struct MatMulStep: Step {
    private let definition: MatMul

    init(_ definition: MatMul) { self.definition = definition }

    func run(_ inputs: inout [Value], shape: [Int], _ context: RunContext) throws(ModelError) -> Value {
        let output = try context.make(shape)
        let rank = shape.count
        let (left, right) = (inputs[0], inputs[1])
        let (rows, columns) = (shape[rank - 2], shape[rank - 1])
        let depth = left.shape[definition.leftAxes(rank).sum]
        let layout = try PanelLayout(depth: depth, columns: columns, kernels: context.kernels)
        let packed = try packed(right, layout, context)
        let lefts = Self.matrices(left.shape, output: shape)
        let rights = Self.matrices(right.shape, output: shape)
        let products = shape.dropLast(2).reduce(1, *)
        let tiling = Tiling(rows: rows, columns: columns, groups: products, kernels: context.kernels, threads: context.team.count)
        let scratchCount = definition.transposesLeft ? tiling.rowsPerBlock * PanelLayout.blockDepth : 0
        let scratch = try context.pool.take(scratchCount * min(context.team.count, tiling.pieces))
        let (source, panels, target, kernels) = (left.floats, packed.floats, output.floats, context.kernels)
        let isTransposed = definition.transposesLeft
        context.team.share(pieces: tiling.pieces) { worker, piece in
            let (product, rowRange, columnRange) = tiling[piece]
            let matrix = source + lefts.start(product) * rows * depth
            let packed = panels + rights.start(product) * layout.count
            let result = target + ((product * rows + rowRange.lowerBound) * columns + columnRange.lowerBound)
            for block in layout.blocks {
                let terms = layout.rows(ofBlock: block)
                var (base, step) = (UnsafePointer(matrix + (rowRange.lowerBound * depth + block)), depth)
                if isTransposed {
                    let lines = scratch.floats + worker * scratchCount
                    ck_transpose(terms.count, rowRange.count, matrix + (block * rows + rowRange.lowerBound), rows, lines, terms.count)
                    (base, step) = (UnsafePointer(lines), terms.count)
                }
                kernels.multiply(
                    rowRange.count, columnRange.count, terms.count, base, step, packed + layout.place(block: block, column: columnRange.lowerBound),
                    result, columns, nil, block > 0 ? 1 : 0)
            }
        }
        return output
    }

    /// Each matrix of the right input once, one after the other.
    private func packed(_ right: Value, _ layout: PanelLayout, _ context: RunContext) throws(ModelError) -> Storage {
        let count = right.shape.dropLast(2).reduce(1, *)
        let packed = try context.scratch([count, layout.count])
        let (depth, columns) = (layout.depth, layout.columns)
        let (rowStride, columnStride) = definition.transposesRight ? (1, depth) : (columns, 1)
        let (source, target) = (right.floats, packed.floats)
        context.team.split(count, cost: layout.count) { range in
            for matrix in range {
                layout.pack(
                    source + matrix * depth * columns, rowStride: rowStride, columnStride: columnStride, into: target + matrix * layout.count)
            }
        }
        return packed
    }

    /// Which matrix of an input goes into each product: the same one for all products along an axis that is stretched.
    private static func matrices(_ input: [Int], output: [Int]) -> SteppedRows {
        let own = Array(input.dropLast(2))
        let strides = RowMajor.strides(own)
        return SteppedRows(sizes: output.dropLast(2), steps: own.indices.map { own[$0] == 1 ? 0 : strides[$0] })
    }
}
