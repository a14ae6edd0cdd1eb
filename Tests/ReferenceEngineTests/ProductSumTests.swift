import ModelCore
import ModelGraph
import ReferenceEngine
import Testing

/// What certifies a sum, against three evaluations of their own.
@Suite struct ProductSumTests {
    private static func cases() -> [(Operator, Tensor<Float>, [String: ReferenceWeight])] {
        func weights(_ shape: [Int], _ layout: KernelLayout, bias: [Int]) -> [String: ReferenceWeight] {
            [
                "kernel": ReferenceWeight(values: fractions(shape, seed: 2), layout: layout),
                "bias": ReferenceWeight(values: fractions(bias, seed: 3), layout: bias.count == 1 ? .vector : .other),
            ]
        }
        let convolution = Convolution(layout: .nhwc, strides: [2, 1], dilations: [1, 2], groups: 2, padding: .same)
        let transposed = TransposedConvolution(
            layout: .nchw, strides: [2, 2], dilations: [1, 1], groups: 1, padding: .valid, outputPadding: [0, 0])
        let local = LocallyConnected(layout: .nwc, window: [2], strides: [1])
        return [
            (convolution.erased, fractions([2, 5, 6, 4], seed: 1), weights([3, 2, 2, 6], .hwio, bias: [6])),
            (transposed.erased, fractions([1, 3, 4, 5], seed: 1), weights([3, 2, 3, 3], .iohw, bias: [2])),
            (local.erased, fractions([2, 5, 3], seed: 1), weights([4, 6, 7], .other, bias: [4, 7])),
            (Dense().erased, fractions([3, 70], seed: 1), weights([70, 40], .io, bias: [40])),
            (Dense().erased, fractions([3, 70], seed: 1), weights([40, 70], .oi, bias: [40])),
        ]
    }

    @Test func eachPartHasTheBitsOfItsOwnEvaluation() throws {
        for (operation, input, weights) in Self.cases() {
            let sums = try #require(try Reference.certifiedSums(of: operation, inputs: [input], weights: weights), "\(operation.name)")
            let all = (0..<sums.count).map(sums.element)
            let wide = input.map(Double.init)
            let magnitudes = weights.mapValues { ReferenceWeight(values: $0.values.map(abs), layout: $0.layout) }
            #expect(try all.map(\.exact) == Reference.evaluate(operation, inputs: [wide], weights: weights).scalars, "\(operation.name)")
            #expect(try all.map(\.magnitude) == Reference.evaluate(operation, inputs: [wide.map(abs)], weights: magnitudes).scalars)
            #expect(try all.map(\.reference) == Reference.evaluate(operation, inputs: [input], weights: weights).scalars)
            #expect(Set(all.map(\.reference)).count > 1)
        }
    }

    @Test func productsOfTwoInputsToo() throws {
        let (left, right) = (fractions([2, 3, 5], seed: 1), fractions([2, 5, 4], seed: 2))
        for operation in [MatMul().erased, Dot(axes: [2, 1]).erased] {
            let sums = try #require(try Reference.certifiedSums(of: operation, inputs: [left, right], weights: [:]), "\(operation.name)")
            let all = (0..<sums.count).map(sums.element)
            let wide = [left.map(Double.init), right.map(Double.init)]
            #expect(sums.shape == [2, 3, 4])
            #expect(try all.map(\.exact) == Reference.evaluate(operation, inputs: wide, weights: [:]).scalars, "\(operation.name)")
            #expect(try all.map(\.magnitude) == Reference.evaluate(operation, inputs: wide.map { $0.map(abs) }, weights: [:]).scalars)
            #expect(try all.map(\.reference) == Reference.evaluate(operation, inputs: [left, right], weights: [:]).scalars)
        }
    }

    @Test func operatorsThatSumNoProductsHaveNone() throws {
        #expect(
            try Reference.certifiedSums(of: Merge(.add).erased, inputs: [integers([1, 2], seed: 1), integers([1, 2], seed: 2)], weights: [:]) == nil)
    }

    /// A dense layer whose kernel comes in parts, more columns than are taken at a time among them.
    @Test(arguments: [1, 3], [1, 7, 70]) func partsOfADenseKernelGiveTheSameBits(threads: Int, rows: Int) throws {
        let (features, outputs) = (70, 600)
        let input = fractions([1, features], seed: 1)
        let kernel = fractions([features, outputs], seed: 2)
        var certified = [CertifiedSum](repeating: .zero, count: outputs)
        var wide = [Double](repeating: 0, count: outputs)
        for first in stride(from: 0, to: features, by: rows) {
            let range = first..<min(first + rows, features)
            Array(kernel.scalars[range.lowerBound * outputs..<range.upperBound * outputs]).withUnsafeBufferPointer { part in
                Reference.add(input.scalars[range], times: part, to: &certified, threads: threads)
                Reference.add(input.scalars.map(Double.init)[range], times: part, to: &wide, threads: threads)
            }
        }
        let weights = ["kernel": ReferenceWeight(values: kernel, layout: .io)]
        let expected = try #require(try Reference.certifiedSums(of: Dense().erased, inputs: [input], weights: weights))
        #expect(certified == (0..<outputs).map(expected.element))
        #expect(wide == certified.map(\.exact))
    }

    /// Kernels that are larger than a tile of the rearrangement, and whose sizes are no multiples of it.
    @Test(arguments: [[1, 40], [17, 65], [130, 3], [16, 64]]) func outputsFirstInEveryLayout(_ sizes: [Int]) throws {
        let (inputs, outputs) = (sizes[0], sizes[1])
        let dense = ReferenceWeight(values: fractions([inputs, outputs], seed: 1), layout: .io)
        #expect(dense.outputFirst.values == dense.values.transposed([1, 0]))
        #expect(dense.outputFirst.layout == .oi)
        let windowFirst = ReferenceWeight(values: fractions([3, 2, inputs, outputs], seed: 2), layout: .hwio)
        #expect(windowFirst.outputFirst.values == windowFirst.values.transposed([3, 2, 0, 1]))
        let inputFirst = ReferenceWeight(values: fractions([inputs, outputs, 3, 2], seed: 3), layout: .iohw)
        #expect(inputFirst.outputFirst.values == inputFirst.values.transposed([1, 0, 2, 3]))
        let outputsBeforeInputs = ReferenceWeight(values: fractions([3, 2, outputs, inputs], seed: 4), layout: .hwoi)
        #expect(outputsBeforeInputs.outputFirst.values == outputsBeforeInputs.values.transposed([2, 3, 0, 1]))
        #expect(outputsBeforeInputs.outputFirst.layout == .oihw)
    }
}
