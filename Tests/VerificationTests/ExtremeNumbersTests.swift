import ModelCore
import ModelGraph
import ReferenceEngine
import Testing

@testable import Verification

/// Where products underflow or sums overflow on the way to an ordinary result, no admissible execution is called different.
@Suite struct ExtremeNumbersTests {
    /// What the verifier says of an output; without one, of the reference's own, which was called different once.
    private func verdict(
        _ operation: Operator, _ inputs: [[Float]], weights: [String: [Float]] = [:], output: [Float]? = nil
    ) throws -> Verdict {
        let tensors = try inputs.map { try #require(Tensor(shape: [1, $0.count], scalars: $0)) }
        let names = tensors.indices.map { "x\($0)" }
        let node = Node(
            name: "node", operation: operation, inputs: names, output: "y", weights: Dictionary(uniqueKeysWithValues: weights.keys.map { ($0, $0) }))
        let stored = try weights.mapValues { values in
            Weight(WeightSource(try #require(Tensor(shape: [values.count], scalars: values))), layout: .vector)
        }
        let graph = Graph(name: "extreme", nodes: [node], weights: stored)
        let loaded = try stored.mapValues { ReferenceWeight(values: try $0.source.tensor(), layout: $0.layout) }
        let reference = try Reference.evaluate(operation, inputs: tensors, weights: loaded)
        let given = try output.map { try #require(Tensor(shape: reference.shape, scalars: $0)) } ?? reference
        return try NodeCheck(node, of: graph, inputs: tensors).report(on: given, sampling: .all, seed: 1).verdict
    }

    @Test func aProductThatUnderflowsBeforeADivision() throws {
        let weights: [String: [Float]] = ["gamma": [3e-30], "mean": [0], "variance": [0]]
        // 3e-30 * 1.7e-12 is subnormal and loses digits; the division by a root of 1e-5 makes it a normal number again.
        #expect(try verdict(BatchNormalization(axis: 1, epsilon: 1e-5).erased, [[1.7e-12]], weights: weights) == .identical)
    }

    @Test func squaresThatUnderflow() throws {
        let norm = Pooling(kind: .l2, layout: .nc, window: [], strides: [], padding: .valid)
        // Without spatial axes a window is one element: the root of its square.
        #expect(try verdict(norm.erased, [[1e-25, 3e-23]]) == .identical)
    }

    @Test func aSumThatOverflowsBeforeItIsDivided() throws {
        #expect(try verdict(Merge(.average).erased, [[3e38], [3e38]]) == .inconclusive)
        #expect(try verdict(Reduce(kind: .mean, axes: [1], keepsAxes: false).erased, [[3e38, 3e38]]) == .inconclusive)
    }

    @Test func aProductThatUnderflowsBeforeALargeFactor() throws {
        #expect(try verdict(Merge(.multiply).erased, [[1.3e-22], [1.7e-22], [1e30]]) == .identical)
    }

    @Test func squaresThatOverflow() throws {
        #expect(try verdict(RowNormalization(kind: .unit, axes: [1], epsilon: 1e-12).erased, [[1e25, 2e25]]) == .inconclusive)
        #expect(try verdict(Activation(.squareplus(b: 4)).erased, [[1e25]]) == .inconclusive)
    }

    /// Two roundings at the size of the root, which is larger than b is.
    @Test func theRootOfASmallConstant() throws {
        let root = Float(0.01).squareRoot() / 2
        #expect(try verdict(Activation(.squareplus(b: 0.01)).erased, [[0]], output: [root.nextUp]) == .rounding)
    }

    /// What a library gives for the smallest numbers is multiplied.
    @Test func aSigmoidThatIsTakenForZero() throws {
        #expect(try verdict(GatedLinearUnit(axis: 1).erased, [[1e6, -95]], output: [0]) == .rounding)
        #expect(try verdict(Activation(.silu).erased, [[-90]], output: [0]) == .rounding)
    }

    /// One pass that keeps the mean up to date is off by as much as the mean is larger than the deviations.
    @Test func aVarianceInOnePass() throws {
        let row: [Float] = [1000.1, 1000.3, 999.7, 1000.2]
        var (mean, squares) = (Float(0), Float(0))
        for (number, x) in row.enumerated() {
            let difference = x - mean
            mean += difference / Float(number + 1)
            squares += difference * (x - mean)
        }
        let root = (squares / 4 + 1e-3).squareRoot()
        let operation = RowNormalization(kind: .standard, axes: [1], epsilon: 1e-3).erased
        #expect(try verdict(operation, [row], output: row.map { ($0 - mean) / root }) == .rounding)
    }
}
