import LayoutConversion
import ModelCore
import ModelGraph
import ReferenceEngine
import Testing

@Suite struct LayoutConversionTests {
    /// A PyTorch-like chain: every kernel OIHW, every activation NCHW.
    private func channelsFirst() throws -> Graph {
        var builder = GraphBuilder(name: "chain")
        builder.addInput(GraphInput(name: "image", shape: [nil, 3, 6, 7]))
        builder.addWeight("kernel", Weight(WeightSource(numbers([4, 3, 3, 2])), layout: .oihw))
        builder.addWeight("bias", Weight(WeightSource(numbers([4])), layout: .vector))
        builder.addWeight("mean", Weight(WeightSource(numbers([4])), layout: .vector))
        builder.addWeight("variance", Weight(WeightSource(Tensor(repeating: 1, shape: [4])), layout: .vector))
        builder.addWeight("up", Weight(WeightSource(numbers([8, 5, 2, 3])), layout: .iohw))
        let convolution = Convolution(layout: .nchw, strides: [1, 2], dilations: [1, 1], groups: 1, padding: .same)
        _ = try builder.add("conv", convolution.erased, inputs: ["image"], weights: ["kernel": "kernel", "bias": "bias"])
        _ = try builder.add(
            "norm", BatchNormalization(axis: 1, epsilon: 0).erased, inputs: ["conv"], weights: ["mean": "mean", "variance": "variance"])
        _ = try builder.add("relu", Activation(.relu).erased, inputs: ["norm"])
        _ = try builder.add("both", Concatenate(axis: 1).erased, inputs: ["relu", "norm"])
        _ = try builder.add("pad", Pad(before: [0, 0, 1, 0], after: [0, 0, 0, 2]).erased, inputs: ["both"])
        let pooling = Pooling(kind: .maximum, layout: .nchw, window: [2, 2], strides: [2, 1], padding: .valid)
        _ = try builder.add("pool", pooling.erased, inputs: ["pad"])
        let transposed = TransposedConvolution(
            layout: .nchw, strides: [2, 1], dilations: [1, 1], groups: 1, padding: .explicit(before: [1, 0], after: [0, 1], mode: .constant),
            outputPadding: [])
        _ = try builder.add("up", transposed.erased, inputs: ["pool"], weights: ["kernel": "up"])
        builder.addOutput(GraphOutput(name: "up", value: "up"))
        return builder.graph
    }

    private func numbers(_ shape: [Int]) -> Tensor<Float> {
        Tensor(shape: shape, generating: { Float(($0 * 7 + 3) % 11) - 5 })
    }

    @Test func aChainIsTransposedAtItsDoorsOnly() throws {
        let graph = try LayoutConversion.channelsLast(channelsFirst())
        let transpositions = graph.nodes.filter { if case .transpose = $0.operation { true } else { false } }
        #expect(transpositions.map(\.inputs) == [["image"], ["up"]])
        #expect(transpositions.map(\.operation) == [Transpose(permutation: [0, 2, 3, 1]).erased, Transpose(permutation: [0, 3, 1, 2]).erased])
    }

    @Test func inputsAndOutputsKeepTheSourcesOrderAndSayWhatItIs() throws {
        let graph = try LayoutConversion.channelsLast(channelsFirst())
        #expect(graph.inputs.map(\.layout) == [.nchw])
        #expect(graph.outputs == [GraphOutput(name: "up", value: "up/transposed", layout: .nchw)])
        #expect(try graph.inferShapes()["up/transposed"] == channelsFirst().inferShapes()["up"])
    }

    @Test func axesOfOperatorsMoveWithTheirData() throws {
        let operations = try LayoutConversion.channelsLast(channelsFirst()).nodes.map(\.operation)
        #expect(operations.contains(BatchNormalization(axis: 3, epsilon: 0).erased))
        #expect(operations.contains(Concatenate(axis: 3).erased))
        #expect(operations.contains(Pad(before: [0, 1, 0, 0], after: [0, 0, 2, 0]).erased))
    }

    @Test func kernelsBecomeWindowFirstAndKeepTheirNumbers() throws {
        let source = try channelsFirst()
        let graph = try LayoutConversion.channelsLast(source)
        #expect(graph.weights["kernel"]?.layout == .hwio)
        #expect(graph.weights["kernel"]?.source.shape == [3, 2, 3, 4])
        #expect(graph.weights["up"]?.layout == .hwoi)
        #expect(graph.weights["up"]?.source.shape == [2, 3, 5, 8])
        let before = try #require(try source.weights["kernel"]?.source.tensor())
        let after = try #require(try graph.weights["kernel"]?.source.tensor())
        for o in 0..<4 {
            for i in 0..<3 {
                for h in 0..<3 {
                    for w in 0..<2 {
                        #expect(after.scalars[((h * 2 + w) * 3 + i) * 4 + o] == before.scalars[((o * 3 + i) * 3 + h) * 2 + w])
                    }
                }
            }
        }
    }

    @Test func theReferenceComputesTheSameBitsInBothLayouts() throws {
        let source = try channelsFirst()
        let image: Tensor<Float> = numbers([2, 3, 6, 7])
        let before = try Reference.run(source, inputs: ["image": image])
        let after = try Reference.run(try LayoutConversion.channelsLast(source), inputs: ["image": image])
        #expect(before["up"] == after["up"])
    }

    @Test func aGraphThatIsChannelsLastAlreadyStaysAsItIs() throws {
        let once = try LayoutConversion.channelsLast(channelsFirst())
        let twice = try LayoutConversion.channelsLast(once)
        #expect(twice.nodes == once.nodes)
        #expect(twice.outputs == once.outputs)
    }

    /// What reads every axis in its own order, as Flatten does, gets it: `[N, C, H, W]` is flattened C, H, W.
    @Test func flattenReadsTheSourcesOrder() throws {
        var builder = GraphBuilder(name: "flat")
        builder.addInput(GraphInput(name: "image", shape: [nil, 2, 3, 4]))
        _ = try builder.add(
            "pool", Pooling(kind: .maximum, layout: .nchw, window: [1, 1], strides: [1, 1], padding: .valid).erased, inputs: ["image"])
        _ = try builder.add("flat", Flatten().erased, inputs: ["pool"])
        builder.addOutput(GraphOutput(name: "flat", value: "flat"))
        let image = Tensor<Float>(shape: [1, 2, 3, 4], generating: { Float($0) })
        let result = try Reference.run(try LayoutConversion.channelsLast(builder.graph), inputs: ["image": image])
        #expect(result["flat"]?.scalars == image.scalars)
    }
}
