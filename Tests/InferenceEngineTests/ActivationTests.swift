import CKernels
import ModelCore
import ModelGraph
import ReferenceEngine
import Testing

@testable import InferenceEngine
@testable import Verification

@Suite struct ActivationTests {
    private static let functions: [ActivationFunction] = [
        .elu(alpha: 1), .elu(alpha: 0.3), .selu(alpha: 1.6732632423543772, scale: 1.0507009873554805), .celu(alpha: 1), .celu(alpha: 0.7), .sigmoid,
        .tanh, .exponential, .softplus, .softsign, .silu, .mish, .logSigmoid, .gelu, .geluTanh, .hardSigmoid(slope: 1.0 / 6, offset: 0.5),
        .hardSilu(slope: 1.0 / 6, offset: 0.5), .hardTanh(minimum: -1, maximum: 1), .hardShrink(lambda: 0.5), .softShrink(lambda: 0.5), .tanhShrink,
        .threshold(threshold: 0.1, value: 20), .squareplus(b: 4), .sparsePlus, .sparseSigmoid,
        .relu(negativeSlope: 0.3, maximum: 6, threshold: 0.7), .relu(negativeSlope: 0, maximum: nil, threshold: 1),
        .relu(negativeSlope: -1, maximum: nil, threshold: 0),
    ]

    /// Numbers of every size, evenly over the bit patterns: 1 of each 40,009 floats, and all near 0 and 1 in steps of a few ulps.
    private static let sweep: [Float] = stride(from: UInt32(0), to: .max - 40_009, by: 40_009).map(Float.init(bitPattern:)).filter { abs($0) < 1e18 }

    private func evaluate(_ function: ActivationFunction, _ x: [Float], _ kernels: Kernels) throws -> [Float] {
        let tensor = try #require(Tensor(shape: [x.count], scalars: x))
        var options = InferenceOptions(threads: 1)
        options.kernels = kernels
        let plan = try InferencePlan(graph(.activation(Activation(function)), inputs: [[x.count]]), options: options)
        return try #require(plan.run(["x0": tensor])["result"]).scalars
    }

    @Test(arguments: functions) func isWithinItsBound(function: ActivationFunction) throws {
        let x = Self.sweep
        let exact = try Reference.evaluation(
            of: .activation(Activation(function)), inputs: [#require(Tensor(shape: [x.count], scalars: x.map(Double.init)))], weights: [:])
        let bound = ActivationBound.of(function) ?? { _, _ in 0 }
        let expected = x.indices.map(exact.element)
        // Of bounds that allow for several roundings, some is kept in reserve for processors that fuse otherwise.
        let part = bound(1.1, 1) > 5 * 0x1p-24 ? 0.6 : 1
        for kernels in Kernels.all {
            let got = try evaluate(function, x, kernels)
            let wrong = x.indices.first { index in
                let y = expected[index]
                return Float(y).isFinite ? !(abs(Double(got[index]) - y) <= bound(Double(x[index]), y) * part) : got[index] != Float(y)
            }
            #expect(wrong == nil, "\(function) of \(wrong.map { "\(x[$0]) is \(got[$0]), not \(expected[$0])" } ?? "")")
        }
    }

    @Test(arguments: functions) func specialNumbersAreAsInTheReference(function: ActivationFunction) throws {
        let special: [Float] = [0, -0.0, .nan, .infinity, -.infinity, -.leastNonzeroMagnitude, .leastNonzeroMagnitude, 1, -1, 88, -88, -104, 104]
        let x = (0..<40).map { special[$0 % special.count] }
        let tensor = try #require(Tensor(shape: [x.count], scalars: x))
        let expected = try Reference.evaluate(.activation(Activation(function)), inputs: [tensor], weights: [:]).scalars
        for kernels in Kernels.all {
            for (index, y) in try evaluate(function, x, kernels).enumerated() {
                let reference = expected[index]
                #expect(y.isNaN == reference.isNaN, "\(function) of \(x[index]) is \(y), not \(reference)")
                #expect(reference.isFinite || reference.isNaN || y == reference, "\(function) of \(x[index]) is \(y), not \(reference)")
            }
        }
    }

    @Test(arguments: Kernels.all.indices) func exponentialIsWithinTwoRoundings(variant: Int) {
        let x = stride(from: UInt32(0), to: 0x42d0_0000, by: 1511).flatMap { [Float(bitPattern: $0), -Float(bitPattern: $0)] }
        var y = [Float](repeating: 0, count: x.count)
        Kernels.all[variant].activate(CK_EXPONENTIAL, [0, 0, 0, 0], x.count, x, &y)
        let wrong = x.indices.first { index in
            let exact = Double.exp(Double(x[index]))
            if !Float(exact).isFinite { return y[index] != .infinity }
            // Below the smallest normal number, half of the smallest number of all.
            return abs(Double(y[index]) - exact) > 1.5 * 0x1p-24 * exact + 0x1p-149
        }
        #expect(wrong == nil, "\(wrong.map { x[$0] } ?? 0)")
    }

    @Test(arguments: [SoftmaxKind.softmax, .logSoftmax]) func softmax(kind: SoftmaxKind) throws {
        for (shape, axes) in [([3, 1], [1]), ([5, 10], [1]), ([2, 3, 21], [2]), ([3, 1000], [1]), ([2, 5, 7, 9], [2, 3]), ([2, 4, 5], [1])] {
            let count = shape.reduce(1, *)
            var numbers = WholeNumbers(seed: count)
            var x = numbers.array(count, -20_000...9000).map { $0 / 700 }
            // An element far below the others, and a row that is no distribution.
            x[count - 1] = -200
            if shape[0] == 5 { x[0] = .nan }
            let tensor = try #require(Tensor(shape: shape, scalars: x))
            let operation = Operator.softmax(Softmax(kind: kind, axes: axes))
            let input = tensor.map(Double.init)
            let exact = try Reference.evaluation(of: operation, inputs: [input], weights: [:])
            let bound = try ErrorBound.of(operation, inputs: [input], weights: [:])
            for (kernels, threads) in zip(Kernels.all + [.best, .best], [1, 2, 1, 2, 3]) {
                var options = InferenceOptions(threads: threads)
                options.kernels = kernels
                let got = try #require(InferencePlan(graph(operation, inputs: [shape]), options: options).run(["x0": tensor])["result"])
                for index in 0..<count {
                    let (y, expected) = (Double(got.scalars[index]), exact.element(index))
                    #expect(y.isNaN ? expected.isNaN : abs(y - expected) <= bound.value(index, expected), "\(shape), \(index)")
                }
            }
        }
    }

    @Test func gatedLinearUnit() throws {
        for (shape, axis) in [([2, 3, 8], 2), ([2, 6, 5], 1), ([1, 40, 50, 64], 3)] {
            let operation = Operator.gatedLinearUnit(GatedLinearUnit(axis: axis))
            var numbers = WholeNumbers(seed: axis)
            let tensor = numbers.tensor(shape, -9...9)
            let exact = try Reference.evaluation(of: operation, inputs: [tensor.map(Double.init)], weights: [:])
            let bound = try ErrorBound.of(operation, inputs: [tensor.map(Double.init)], weights: [:])
            for kernels in Kernels.all {
                var options = InferenceOptions(threads: 2)
                options.kernels = kernels
                let got = try #require(InferencePlan(graph(operation, inputs: [shape]), options: options).run(["x0": tensor])["result"])
                let isWithin = got.scalars.indices.allSatisfy { index in
                    abs(Double(got.scalars[index]) - exact.element(index)) <= bound.value(index, exact.element(index))
                }
                #expect(isWithin)
            }
        }
    }
}
