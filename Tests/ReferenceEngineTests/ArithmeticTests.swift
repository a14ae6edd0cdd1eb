import ModelCore
import ModelGraph
import ReferenceEngine
import Testing

@Suite struct ArithmeticTests {
    struct MergeCase: Sendable {
        let kind: MergeKind
        let result: [Float]
    }

    @Test(arguments: [
        MergeCase(kind: .add, result: [5, -1]), MergeCase(kind: .subtract, result: [3, 5]), MergeCase(kind: .multiply, result: [4, -6]),
        MergeCase(kind: .divide, result: [4, -2 / 3]), MergeCase(kind: .average, result: [2.5, -0.5]), MergeCase(kind: .maximum, result: [4, 2]),
        MergeCase(kind: .minimum, result: [1, -3]),
    ])
    func mergeOfTwo(_ example: MergeCase) throws {
        #expect(try evaluate(Merge(example.kind), tensor([1, 2], [4, 2]), tensor([1, 2], [1, -3])).scalars == example.result)
    }

    @Test func mergeOfManyGoesFirstToLast() throws {
        let tiny = try tensor([1], [0x1p-24])
        let one = try tensor([1], [1])
        #expect(try evaluate(Merge(.add), one, tiny, tiny).scalars == [1])
        #expect(try evaluate(Merge(.add), tiny, tiny, one).scalars == [1 + 0x1p-23])
        #expect(try evaluate(Merge(.average), tensor([1], [1]), tensor([1], [2]), tensor([1], [6])).scalars == [3])
        #expect(try evaluate(Merge(.multiply), one).scalars == [1])
    }

    @Test func mergeStretchesSizesOfOne() throws {
        let x = integers([2, 3, 4], seed: 1)
        let gate = try tensor([2, 1, 4], [1, 2, 3, 4, 5, 6, 7, 8])
        let expected = x.scalars.enumerated().map { $1 * Float($0 / 12 * 4 + $0 % 4 + 1) }
        #expect(try evaluate(Merge(.multiply), x, gate).scalars == expected)
        #expect(try evaluate(Merge(.multiply), gate, x).scalars == expected)
        #expect(try evaluate(Merge(.add), tensor([2, 1], [10, 20]), tensor([3], [1, 2, 3])) == tensor([2, 3], [11, 12, 13, 21, 22, 23]))
    }

    @Test func extremesKeepNaN() throws {
        for kind in [MergeKind.maximum, .minimum] {
            #expect(try evaluate(Merge(kind), tensor([1], [.nan]), tensor([1], [1])).scalars[0].isNaN)
            #expect(try evaluate(Merge(kind), tensor([1], [1]), tensor([1], [.nan])).scalars[0].isNaN)
        }
    }

    @Test func batchNormalizationOfEachChannel() throws {
        let x = try tensor([1, 2, 2], [3, 8, 5, 0])
        var weights = ["mean": try vector([1, 4]), "variance": try vector([3, 15])]
        #expect(try evaluate(BatchNormalization(axis: 2, epsilon: 1), x, weights: weights).scalars == [1, 1, 2, -1])
        #expect(try evaluate(BatchNormalization(axis: 1, epsilon: 1), x, weights: weights).scalars == [1, 3.5, 0.25, -1])
        weights["gamma"] = try vector([2, 4])
        weights["beta"] = try vector([10, 20])
        #expect(try evaluate(BatchNormalization(axis: 2, epsilon: 1), x, weights: weights).scalars == [12, 24, 14, 16])
    }

    @Test func batchNormalizationInBothLayouts() throws {
        let x = fractions([2, 3, 4, 5], seed: 2)
        let weights = try ["gamma", "beta", "mean", "variance"].reduce(into: [String: ReferenceWeight]()) {
            $0[$1] = try vector(fractions([5], seed: $0.count).scalars.map(abs))
        }
        let last = try evaluate(BatchNormalization(axis: 3, epsilon: 1e-3), x, weights: weights)
        let first = try evaluate(BatchNormalization(axis: 1, epsilon: 1e-3), x.transposed([0, 3, 1, 2]), weights: weights)
        #expect(first.bits == last.transposed([0, 3, 1, 2]).bits)
    }

    @Test func epsilonIsThatOfFloat32() throws {
        let weights = ["mean": try vector([0]), "variance": try vector([0])]
        let y = try evaluateWidely(BatchNormalization(axis: 1, epsilon: 1e-3), tensor([1, 1], [1]), weights: weights)
        #expect(y.scalars == [1 / Double(Float(1e-3)).squareRoot()])
    }

    @Test func rescaling() throws {
        let x = try tensor([1, 2, 2], [1, 2, 3, 4])
        #expect(try evaluate(Rescaling(scale: [2], offset: [1]), x).scalars == [3, 5, 7, 9])
        #expect(try evaluate(Rescaling(scale: [2], offset: [1, -1]), x).scalars == [3, 3, 7, 7])
        #expect(try evaluate(Rescaling(scale: [2, 10], offset: [0]), x).scalars == [2, 20, 6, 40])
        #expect(try evaluateWidely(Rescaling(scale: [0.1], offset: [0]), x).scalars[0] == Double(Float(0.1)))
    }

    @Test func dense() throws {
        let x = try tensor([2, 2], [1, 2, 3, 4])
        let k = try tensor([2, 3], [1, 10, 100, 2, 20, 200])
        var weights = ["kernel": ReferenceWeight(values: k, layout: .io), "bias": try vector([0.5, 0, 0])]
        let expected = try tensor([2, 3], [5.5, 50, 500, 11.5, 110, 1100])
        #expect(try evaluate(Dense(), x, weights: weights) == expected)
        weights["kernel"] = ReferenceWeight(values: k.transposed([1, 0]), layout: .oi)
        #expect(try evaluate(Dense(), x, weights: weights) == expected)
    }

    @Test func denseIsAConvolutionOfOneCell() throws {
        let x = fractions([2, 3, 4, 5], seed: 3)
        let k = fractions([5, 6], seed: 4)
        let y = try evaluate(Dense(), x, weights: ["kernel": ReferenceWeight(values: k, layout: .io)])
        let one = Convolution(layout: .nhwc, strides: [1, 1], dilations: [1, 1], groups: 1, padding: .valid)
        let window = ReferenceWeight(values: try #require(k.reshaped([1, 1, 5, 6])), layout: .hwio)
        #expect(try evaluate(one, x, weights: ["kernel": window]).bits == y.bits)
    }

    /// A bias is added after all products.
    @Test func theBiasComesLast() throws {
        let weights = ["kernel": ReferenceWeight(values: try tensor([2, 1], [0x1p-24, 0x1p-24]), layout: .io), "bias": try vector([1])]
        #expect(try evaluate(Dense(), tensor([1, 2], [1, 1]), weights: weights).scalars == [1 + 0x1p-23])
    }
}
