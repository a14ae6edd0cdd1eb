import ModelCore
import ModelGraph
import ReferenceEngine
import Testing

@Suite struct SoftmaxTests {
    @Test func equalElementsShareEqually() throws {
        #expect(try evaluate(Softmax(axes: [1]), tensor([2, 4], [1, 1, 1, 1, -5, -5, -5, -5])).scalars == Array(repeating: 0.25, count: 8))
    }

    @Test func axisOfTheRow() throws {
        let x = try tensor([1, 2, 2], [0, -.infinity, 0, 5])
        #expect(try evaluate(Softmax(axes: [1]), x).scalars == [0.5, 0, 0.5, 1])
    }

    @Test func neitherOverflowsNorLosesAll() throws {
        let x = try tensor([1, 3], [1e30, 1e30, -1e30])
        #expect(try evaluate(Softmax(axes: [1]), x).scalars == [0.5, 0.5, 0])
        let logarithms = try evaluate(Softmax(kind: .logSoftmax, axes: [1]), tensor([1, 2], [0, 1000])).scalars
        #expect(logarithms == [-1000, 0])
    }

    @Test(arguments: SoftmaxKind.allCases)
    func severalAxesAreOneRow(kind: SoftmaxKind) throws {
        let x = fractions([2, 3, 4, 5], seed: 1)
        let joint = try evaluate(Softmax(kind: kind, axes: [1, 3]), x)
        // Axes 1 and 3 last, as one.
        let moved = try #require(x.transposed([0, 2, 1, 3]).reshaped([8, 15]))
        let flat = try #require(evaluate(Softmax(kind: kind, axes: [1]), moved).reshaped([2, 4, 3, 5]))
        #expect(joint.bits == flat.transposed([0, 2, 1, 3]).bits)
    }

    @Test(arguments: SoftmaxKind.allCases)
    func nanSpoilsItsRowOnly(kind: SoftmaxKind) throws {
        let y = try evaluate(Softmax(kind: kind, axes: [1]), tensor([2, 2], [1, .nan, 1, 1])).scalars
        #expect(y[0].isNaN && y[1].isNaN && !y[2].isNaN && !y[3].isNaN)
    }

    @Test func logarithmOfSoftmaxInFloat64() throws {
        let y = try evaluateWidely(Softmax(kind: .logSoftmax, axes: [1]), tensor([1, 3], [1, 2, 3])).scalars
        for (value, expected) in zip(y, [-2.4076059644443804, -1.4076059644443804, -0.4076059644443804]) {
            #expect(abs(value - expected) < 1e-15)
        }
    }

    @Test func sparsemaxAsKerasComputesIt() throws {
        // One element in the support: c = 3, tau = (3 - 1) / 1.
        #expect(try evaluate(Softmax(kind: .sparsemaxKeras, axes: [1]), tensor([1, 3], [0, 3, 1])).scalars == [0, 1, 0])
        // Two: c = 1, 1.5; tau = (2.5 - 1) / 2 = 0.75 where the paper has (1.5 - 1) / 2.
        #expect(try evaluate(Softmax(kind: .sparsemaxKeras, axes: [1]), tensor([1, 3], [0.5, -2, 1])).scalars == [0, 0, 0.25])
    }
}
