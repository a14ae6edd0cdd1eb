import CKernels
import Testing

@testable import InferenceEngine

@Suite struct ElementKernelTests {
    private static let special: [Float] = [
        0, -0.0, 1, -1, 2.5, -2.5, 6, 7, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .greatestFiniteMagnitude,
    ]

    /// All pairs of special numbers, so that vector and remainder loops see each.
    private static let left = special.flatMap { x in special.map { _ in x } }
    private static let right = special.flatMap { _ in special }

    /// Equal bits, any NaN for any NaN.
    private func same(_ a: [Float], _ b: [Float]) -> Bool {
        a.count == b.count && zip(a, b).allSatisfy { $0.bitPattern == $1.bitPattern || ($0.isNaN && $1.isNaN) }
    }

    private func check(
        _ kernel: (Int, UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void, _ definition: (Float, Float) -> Float,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for start in [0, 1, 5, 100] {
            for count in 0...70 {
                let (x, y) = (Array(Self.left[start..<start + count]), Array(Self.right[start..<start + count]))
                var result = [Float](repeating: -7, count: count + 1)
                kernel(count, x, y, &result)
                #expect(same(result, zip(x, y).map(definition) + [-7]), sourceLocation: sourceLocation)
            }
        }
        var inPlace = Self.left
        inPlace.withUnsafeMutableBufferPointer { buffer in
            if let base = buffer.baseAddress { kernel(buffer.count, base, Self.right, base) }
        }
        #expect(same(inPlace, zip(Self.left, Self.right).map(definition)), "in place, left", sourceLocation: sourceLocation)
    }

    private func maximum(_ x: Float, _ y: Float) -> Float {
        if x.isNaN || y.isNaN { return .nan }
        return x == y ? (x.sign == .plus ? x : y) : x > y ? x : y
    }

    @Test(arguments: Kernels.all.indices) func pairs(variant: Int) {
        let kernels = Kernels.all[variant]
        check(kernels.add, +)
        check(kernels.subtract, -)
        check(kernels.multiply_elements, *)
        check(kernels.divide, /)
        check(kernels.maximum, maximum)
        check(kernels.minimum) { -maximum(-$0, -$1) }
    }

    @Test(arguments: Kernels.all.indices) func single(variant: Int) {
        let kernels = Kernels.all[variant]
        check({ kernels.relu($0, $1, .infinity, $3) }, { x, _ in x.isNaN ? x : x > 0 ? x : 0 })
        check({ kernels.relu($0, $1, 6, $3) }, { x, _ in x.isNaN ? x : x > 6 ? 6 : x > 0 ? x : 0 })
        check({ kernels.leaky_relu($0, $1, 0.25, $3) }, { x, _ in x > 0 ? x : 0 - 0.25 * (0 - x) })
        check({ kernels.divide_by($0, $1, 3, $3) }, { x, _ in x / 3 })
    }

    @Test(arguments: Kernels.all.indices) func products(variant: Int) {
        let kernels = Kernels.all[variant]
        for channels in 1...40 {
            var numbers = WholeNumbers(seed: channels)
            let rows = 3
            let x = numbers.array(rows * channels)
            let (mean, scale, shift) = (numbers.array(channels), numbers.array(channels), numbers.array(channels))
            var normal = [Float](repeating: 0, count: rows * channels)
            kernels.normalize(rows, channels, x, mean, scale, shift, &normal)
            #expect(normal == x.indices.map { (x[$0] - mean[$0 % channels]) * scale[$0 % channels] + shift[$0 % channels] })
            var mixed = [Float](repeating: 0, count: channels)
            kernels.blend(channels, mean, scale, 0.25, &mixed)
            #expect(mixed == mean.indices.map { mean[$0] + (scale[$0] - mean[$0]) * 0.25 })
            kernels.normalize_run(channels, shift, 2, 3, 4, &mixed)
            #expect(mixed == shift.map { ($0 - 2) * 3 + 4 })
        }
    }

    @Test(arguments: Kernels.all.indices) func reductions(variant: Int) {
        let kernels = Kernels.all[variant]
        #expect(kernels.greatest(0, [1]) == -.infinity)
        for start in [0, 1, 5, 100] {
            for count in 1...70 {
                let x = Array(Self.right[start..<start + count])
                let finite = x.map { $0.isNaN ? 0 : $0 }
                for row in [x, finite] {
                    #expect(same([kernels.greatest(count, row)], [row.reduce(-.infinity, maximum)]))
                    let matrix = row + row.reversed() + row
                    var result = [Float](repeating: 5, count: count)
                    kernels.column_maxima(2, count - 1, matrix, count, &result)
                    #expect(same(result, (0..<count - 1).map { maximum(row[$0], row[count - 1 - $0]) } + [5]))
                }
                var numbers = WholeNumbers(seed: count)
                let matrix = numbers.array(4 * count)
                var sums = [Float](repeating: 5, count: count)
                kernels.column_sums(4, count - 1, matrix, count, &sums)
                #expect(sums == (0..<count - 1).map { column in (0..<4).reduce(0) { $0 + matrix[$1 * count + column] } } + [5])
                let centres = numbers.array(count)
                kernels.column_squares(4, count - 1, matrix, count, centres, &sums)
                let differences = matrix.indices.map { matrix[$0] - centres[$0 % count] }
                #expect(sums == (0..<count - 1).map { column in (0..<4).reduce(0) { $0 + differences[$1 * count + column].squared } } + [5])
                #expect(kernels.sum(count, matrix) == matrix.prefix(count).reduce(0, +))
                #expect(kernels.squares(count, matrix, 2) == matrix.prefix(count).reduce(0) { $0 + ($1 - 2).squared })
            }
        }
    }
}

extension Float {
    fileprivate var squared: Float { self * self }
}
