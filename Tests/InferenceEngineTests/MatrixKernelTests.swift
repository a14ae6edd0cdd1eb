import CKernels
import ModelCore
import Testing

@testable import InferenceEngine

@Suite struct MatrixKernelTests {
    /// The product by its definition.
    private func product(_ a: [Float], _ b: [Float], rows: Int, columns: Int, depth: Int, start: (Int, Int) -> Float) -> [Float] {
        var c: [Float] = []
        for row in 0..<rows {
            for column in 0..<columns {
                c.append((0..<depth).reduce(start(row, column)) { $0 + a[row * depth + $1] * b[$1 * columns + column] })
            }
        }
        return c
    }

    private func multiply(
        _ kernels: Kernels, rows: Int, columns: Int, depth: Int, bias: Bool, accumulate: Bool, numbers: inout WholeNumbers,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let (aStride, cStride) = (depth + 3, columns + 2)
        let panel = kernels.tile_columns
        let a = numbers.array(rows * aStride)
        let b = numbers.array(depth * columns)
        let before = numbers.array(rows * cStride)
        let biases = numbers.array((columns + panel - 1) / panel * panel)
        var packed = [Float](repeating: .nan, count: ck_packed_count(panel, depth, columns))
        ck_pack(panel, depth, columns, b, columns, 1, &packed)
        var c = before
        kernels.multiply(rows, columns, depth, a, aStride, packed, &c, cStride, bias ? biases : nil, accumulate ? 1 : 0)

        let compact = (0..<rows).flatMap { a[$0 * aStride..<$0 * aStride + depth] }
        let expected = product(compact, b, rows: rows, columns: columns, depth: depth) { row, column in
            bias ? biases[column] : accumulate ? before[row * cStride + column] : 0
        }
        var whole = before
        for row in 0..<rows { whole.replaceSubrange(row * cStride..<row * cStride + columns, with: expected[row * columns..<(row + 1) * columns]) }
        #expect(c == whole, "\(rows) x \(columns) x \(depth), bias \(bias), accumulate \(accumulate)", sourceLocation: sourceLocation)
    }

    @Test(arguments: Kernels.all.indices) func everySmallProductIsExact(variant: Int) {
        let kernels = Kernels.all[variant]
        var numbers = WholeNumbers(seed: 1)
        for rows in 1...20 {
            for columns in 1...20 {
                for depth in 1...20 {
                    let mode = (rows + columns + depth) % 3
                    multiply(kernels, rows: rows, columns: columns, depth: depth, bias: mode == 1, accumulate: mode == 2, numbers: &numbers)
                }
            }
        }
    }

    @Test(arguments: Kernels.all.indices) func largerOddProductsAreExact(variant: Int) {
        let kernels = Kernels.all[variant]
        var numbers = WholeNumbers(seed: 2)
        let sizes = [(25, 31, 255), (13, 33, 256), (37, 65, 7), (12, 32, 64), (24, 64, 33), (61, 47, 29), (1, 100, 256), (100, 1, 3)]
        for (rows, columns, depth) in sizes {
            for mode in 0..<3 {
                multiply(kernels, rows: rows, columns: columns, depth: depth, bias: mode == 1, accumulate: mode == 2, numbers: &numbers)
            }
        }
    }

    @Test(arguments: Kernels.all.indices) func anEmptySumIsItsStart(variant: Int) {
        var numbers = WholeNumbers(seed: 3)
        multiply(Kernels.all[variant], rows: 5, columns: 7, depth: 0, bias: true, accumulate: false, numbers: &numbers)
        multiply(Kernels.all[variant], rows: 5, columns: 7, depth: 0, bias: false, accumulate: false, numbers: &numbers)
    }

    @Test(arguments: [1, 255, 256, 257, 512, 600], [false, true]) func packedMatricesOfAnyDepthMultiply(depth: Int, isTransposed: Bool) throws {
        for kernels in Kernels.all {
            var numbers = WholeNumbers(seed: depth)
            let (rows, columns) = (14, 37)
            let a = numbers.array(rows * depth)
            let b = numbers.array(depth * columns)
            let bias = numbers.array(columns)
            let stored = isTransposed ? (0..<columns * depth).map { b[$0 % depth * columns + $0 / depth] } : b
            let matrix = try PackedMatrix(
                depth: depth, columns: columns, source: stored, rowStride: isTransposed ? 1 : columns, columnStride: isTransposed ? depth : 1,
                bias: bias, kernels: kernels)
            var c = [Float](repeating: .nan, count: rows * columns)
            try c.withUnsafeMutableBufferPointer { c in
                try a.withUnsafeBufferPointer { a in
                    let context = RunContext(team: WorkerTeam(count: 3), kernels: kernels, pool: StoragePool())
                    let left = StoredRows(
                        floats: Floats(base: UnsafeMutablePointer(mutating: try #require(a.baseAddress))), stride: depth, groupStride: 0)
                    let result = Floats(base: try #require(c.baseAddress))
                    try MatrixProduct(rowCount: rows, left: left, matrices: [matrix], result: result).run(context)
                }
            }
            #expect(c == product(a, b, rows: rows, columns: columns, depth: depth) { bias[$1] })
        }
    }

    @Test func piecesOfWorkCoverEachElementOnce() {
        for kernels in Kernels.all {
            let cases = [(1, 1, 1, 1), (49, 512, 1, 2), (1, 1000, 1, 3), (500, 70, 3, 2), (97, 33, 1, 7), (96, 32, 5, 16)]
            for (rows, columns, groups, threads) in cases {
                let tiling = Tiling(rows: rows, columns: columns, groups: groups, kernels: kernels, threads: threads)
                var seen = [Int](repeating: 0, count: rows * columns * groups)
                for piece in 0..<tiling.pieces {
                    let (group, rowRange, columnRange) = tiling[piece]
                    #expect(rowRange.count <= tiling.rowsPerBlock && columnRange.lowerBound % kernels.tile_columns == 0)
                    for row in rowRange {
                        for column in columnRange { seen[(group * rows + row) * columns + column] += 1 }
                    }
                }
                #expect(seen.allSatisfy { $0 == 1 })
            }
        }
    }
}
