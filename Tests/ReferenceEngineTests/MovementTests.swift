import ModelCore
import ModelGraph
import ReferenceEngine
import Testing

/// Operators that move elements and compute nothing.
@Suite struct MovementTests {
    @Test func flattenReshapeAndIdentityKeepTheOrder() throws {
        let x = fractions([2, 3, 4, 5], seed: 1)
        #expect(try evaluate(Flatten(), x) == #require(x.reshaped([2, 60])))
        #expect(try evaluate(Reshape(sizes: [5, -1, 2]), x) == #require(x.reshaped([2, 5, 6, 2])))
        #expect(try evaluate(Identity(), x) == x)
    }

    @Test func everyPermutationOfFourAxes() throws {
        let x = integers([2, 3, 4, 5], seed: 2)
        for code in 0..<256 {
            let permutation = [code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6 & 3]
            guard Set(permutation).count == 4 else { continue }
            let y = try evaluate(Transpose(permutation: permutation), x)
            #expect(y == x.transposed(permutation))
            #expect(try evaluate(Transpose(permutation: RowMajor.inverse(of: permutation)), y) == x)
        }
    }

    struct PadCase: Sendable {
        let mode: PaddingMode
        let row: [Float]
    }

    @Test(arguments: [
        PadCase(mode: .constant, row: [9, 9, 1, 2, 3, 9, 9]), PadCase(mode: .reflect, row: [3, 2, 1, 2, 3, 2, 1]),
        PadCase(mode: .symmetric, row: [2, 1, 1, 2, 3, 3, 2]), PadCase(mode: .replicate, row: [1, 1, 1, 2, 3, 3, 3]),
        PadCase(mode: .circular, row: [2, 3, 1, 2, 3, 1, 2]),
    ])
    func padding(_ example: PadCase) throws {
        let x = try tensor([1, 3], [1, 2, 3])
        #expect(try evaluate(Pad(before: [0, 2], after: [0, 2], mode: example.mode, value: 9), x) == tensor([1, 7], example.row))
        let column = try tensor([3, 1], [1, 2, 3])
        #expect(try evaluate(Pad(before: [2, 0], after: [2, 0], mode: example.mode, value: 9), column) == tensor([7, 1], example.row))
    }

    @Test(arguments: PaddingMode.allCases)
    func croppingUndoesPadding(mode: PaddingMode) throws {
        let x = fractions([2, 3, 4], seed: 3)
        let padded = try evaluate(Pad(before: [1, 2, 0], after: [1, 1, 3], mode: mode), x)
        #expect(padded.shape == [4, 6, 7])
        #expect(try evaluate(Crop(before: [1, 2, 0], after: [1, 1, 3]), padded) == x)
    }

    @Test func croppingWithSteps() throws {
        let x = try tensor([2, 3, 5], (0..<30).map(Float.init))
        #expect(
            try evaluate(Crop(before: [0, 0, 1], after: [0, 0, 0], steps: [1, 2, 3]), x) == tensor([2, 2, 2], [1, 4, 11, 14, 16, 19, 26, 29]))
        #expect(try evaluate(Crop(before: [0, 1, 0], after: [0, 0, 1], steps: [2, 2, 4]), x) == tensor([1, 1, 1], [5]))
        #expect(try evaluate(Crop(before: [0, 1, 0], after: [0, 0, 0], steps: [1, 9, 9]), x) == tensor([2, 1, 1], [5, 20]))
        #expect(Crop(before: [0, 1], after: [0, 0], steps: [1, 1]) == Crop(before: [0, 1], after: [0, 0]))
        for steps in [[1, 2], [1, 0, 1], [1, -1, 1]] {
            #expect(throws: ModelError.self) { try evaluate(Crop(before: [0, 0, 0], after: [0, 0, 0], steps: steps), x) }
        }
    }

    @Test func flipping() throws {
        let x = try tensor([1, 2, 3], [1, 2, 3, 4, 5, 6])
        #expect(try evaluate(Flip(axes: [1]), x) == tensor([1, 2, 3], [4, 5, 6, 1, 2, 3]))
        #expect(try evaluate(Flip(axes: [2]), x) == tensor([1, 2, 3], [3, 2, 1, 6, 5, 4]))
        #expect(try evaluate(Flip(axes: [1, 2]), x) == tensor([1, 2, 3], [6, 5, 4, 3, 2, 1]))
        for axes in [[], [0], [2, 1], [1, 1], [3]] {
            #expect(throws: ModelError.self) { try evaluate(Flip(axes: axes), x) }
        }
    }

    @Test func cumulativeSums() throws {
        let x = try tensor([1, 2, 3], [1, 2, 3, 4, 5, 6])
        #expect(try evaluate(CumulativeSum(axis: 1), x) == tensor([1, 2, 3], [1, 2, 3, 5, 7, 9]))
        #expect(try evaluate(CumulativeSum(axis: 2), x) == tensor([1, 2, 3], [1, 3, 6, 4, 9, 15]))
        #expect(try evaluate(CumulativeSum(axis: 2, isExclusive: true), x) == tensor([1, 2, 3], [0, 1, 3, 0, 4, 9]))
        #expect(try evaluate(CumulativeSum(axis: 2, isReverse: true), x) == tensor([1, 2, 3], [6, 5, 3, 15, 11, 6]))
        #expect(try evaluate(CumulativeSum(axis: 2, isExclusive: true, isReverse: true), x) == tensor([1, 2, 3], [5, 3, 0, 11, 6, 0]))
        for axis in [-1, 0, 3] {
            #expect(throws: ModelError.self) { try evaluate(CumulativeSum(axis: axis), x) }
        }
    }

    @Test(arguments: 0...2)
    func concatenationUndoesCutting(axis: Int) throws {
        let x = fractions([6, 7, 8], seed: 4)
        let size = x.shape[axis]
        let parts = [x.part(0..<1, axis: axis), x.part(1..<4, axis: axis), x.part(4..<size, axis: axis)]
        #expect(try Reference.evaluate(.concatenate(Concatenate(axis: axis)), inputs: parts, weights: [:]) == x)
    }

    @Test func concatenationOfOne() throws {
        let x = fractions([2, 3], seed: 5)
        #expect(try evaluate(Concatenate(axis: 1), x) == x)
    }

    @Test func bitsAreKept() throws {
        let payload = Float(bitPattern: 0x7FC0_1234)
        let x = try tensor([1, 4], [-0.0, payload, .leastNonzeroMagnitude, -.infinity])
        for operation in [Identity(), Flatten(), Reshape(sizes: [4]), Transpose(permutation: [0, 1]), Crop(before: [0, 0], after: [0, 0])]
            as [any OperatorDefinition]
        {
            #expect(try evaluate(operation, x).bits == x.bits)
        }
    }
}
