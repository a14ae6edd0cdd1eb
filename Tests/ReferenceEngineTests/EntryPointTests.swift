import ModelCore
import ModelGraph
import ReferenceEngine
import Testing

@Suite struct EntryPointTests {
    @Test(arguments: [1, 2, 3, 7, 5000])
    func threadsDoNotShow(threads: Int) throws {
        let x = fractions([1, 9, 9, 3], seed: 1)
        let weights = ["kernel": ReferenceWeight(values: fractions([3, 3, 3, 4], seed: 2), layout: .hwio)]
        let operation = Convolution(layout: .nhwc, strides: [1, 1], dilations: [1, 1], groups: 1, padding: .same).erased
        let one = try Reference.evaluate(operation, inputs: [x], weights: weights)
        #expect(try Reference.evaluate(operation, inputs: [x], weights: weights, threads: threads).bits == one.bits)
    }

    @Test func elementsOnDemandAreThoseOfTheWhole() throws {
        let x = fractions([2, 3, 4], seed: 3)
        for operation in [Softmax(axes: [1]), Transpose(permutation: [2, 0, 1]), Activation(.gelu)] as [any OperatorDefinition] {
            let evaluation = try Reference.evaluation(of: operation.erased, inputs: [x], weights: [:])
            let whole = try evaluate(operation, x)
            #expect(evaluation.shape == whole.shape)
            #expect(evaluation.count == 24)
            for position in whole.scalars.indices.reversed() { #expect(evaluation.element(position) == whole.scalars[position]) }
        }
    }

    @Test func whatIsRefused() throws {
        let x = try tensor([1, 2], [1, 2])
        let empty = try tensor([0, 2], [])
        #expect(codes(Identity(), []) == ["run.input-count"])
        #expect(codes(Identity(), [x, x]) == ["run.input-count"])
        #expect(codes(Identity(), [empty]) == ["run.empty"])
        #expect(codes(Dense(), [x]) == ["run.weight-role"])
        #expect(codes(BatchNormalization(axis: 1, epsilon: 0), [x], weights: ["mean": try vector([1, 2])]) == ["run.weight-role"])
        #expect(codes(Dense(), [x], weights: ["kernel": try vector([1, 2])]) == ["graph.weight-shape"])
        #expect(codes(Softmax(axes: [2]), [x]) == ["graph.attributes"])
        #expect(codes(Merge(.add), [x, try tensor([1, 3], [1, 2, 3])]) == ["graph.shape"])
    }

    @Test func sizesOfHostileFilesAreRefused() throws {
        let x = try tensor([1, 1, 1, 1], [1])
        let most = GraphLimits.size
        #expect(codes(Pad(before: [0, most, most, 0], after: [0, 0, 0, 0], mode: .replicate), [x]) == ["run.too-large"])
        #expect(codes(Resize(layout: .nhwc, target: .factors([most, most]), interpolation: .nearest), [x]) == ["run.too-large"])
        #expect(codes(Resize(layout: .nhwc, target: .factors([most, 1]), interpolation: .linear), [x]) == ["run.too-large"])
        let far = Padding.explicit(before: [most, 0], after: [most, 0], mode: .constant)
        let kernel = ["kernel": ReferenceWeight(values: x, layout: .hwio)]
        let convolution = Convolution(layout: .nhwc, strides: [1, 1], dilations: [1, 1], groups: 1, padding: far)
        #expect(codes(convolution, [x], weights: kernel) == ["run.too-large"])
        let transposed = TransposedConvolution(
            layout: .nhwc, strides: [most, most], dilations: [1, 1], groups: 1, padding: .valid, outputPadding: [])
        #expect(codes(transposed, [x], weights: kernel) == ["run.too-large"])
    }

    /// The largest attributes that pass must neither trap nor take for ever.
    @Test func extremeAttributes() throws {
        let most = GraphLimits.size
        let x = try tensor([1, 1, 1, 1], [2])
        var window = Pooling(kind: .average, layout: .nhwc, window: [most, most], strides: [most, most], padding: .same)
        #expect(try evaluate(window, x).scalars == [2])
        // The input's only element lies half way between two taps.
        window.dilations = [most, most]
        #expect(try evaluate(window, x).scalars[0].isNaN)
        window.countIncludesPadding = true
        #expect(try evaluate(window, x).scalars == [0])
        let cube = Pooling(
            kind: .average, layout: .ndhwc, window: [most, most, most], strides: [1, 1, 1], padding: .same, countIncludesPadding: true)
        #expect(try evaluate(cube, tensor([1, 1, 1, 1, 1], [2])).scalars == [0x1p-89])
        let kernel = ["kernel": ReferenceWeight(values: try tensor([2, 2, 1, 1], [1, 10, 100, 1000]), layout: .hwio)]
        for mode in PaddingMode.allCases {
            let padding = Padding.explicit(before: [most, most], after: [most, most], mode: mode)
            let operation = Convolution(layout: .nhwc, strides: [most, most], dilations: [most, most], groups: 1, padding: padding)
            #expect(try evaluate(operation, x, weights: kernel).shape == [1, 2, 2, 1])
        }
    }
}
