import LayoutConversion
import ModelCore
import ModelGraph
import ReferenceEngine
import Testing

/// Networks as PyTorch writes them become channels-last without a transposition, their interface too.
@Suite struct WantedInterfaceTests {
    private func numbers(_ shape: [Int]) -> Tensor<Float> {
        Tensor(shape: shape, generating: { Float(($0 * 7 + 3) % 11) - 5 })
    }

    private struct Network {
        var builder = GraphBuilder(name: "network")
        private(set) var last = "image"

        init(_ shape: [Int?] = [nil, 4, 6, 5]) { builder.addInput(GraphInput(name: "image", shape: Shape(shape))) }

        mutating func add(
            _ name: String, _ operation: Operator, _ inputs: [String]? = nil, _ weights: [String: (Tensor<Float>, KernelLayout)] = [:]
        ) throws {
            for (role, weight) in weights { builder.addWeight("\(name).\(role)", Weight(WeightSource(weight.0), layout: weight.1)) }
            let names = Dictionary(uniqueKeysWithValues: weights.keys.map { ($0, "\(name).\($0)") })
            last = try builder.add(name, operation, inputs: inputs ?? [last], weights: names)
        }

        func graph(_ outputs: [String]? = nil) -> Graph {
            var builder = builder
            for output in outputs ?? [last] { builder.addOutput(GraphOutput(name: output, value: output)) }
            return builder.graph
        }
    }

    private func convolution(_ network: inout Network, _ name: String = "conv", from inputs: [String]? = nil, in channels: Int = 4) throws {
        let operation = Convolution(layout: .nchw, strides: [1, 1], dilations: [1, 1], groups: 1, padding: .valid)
        try network.add(name, operation.erased, inputs, ["kernel": (numbers([6, channels, 3, 2]), .oihw), "bias": (numbers([6]), .vector)])
    }

    private func moved(_ tensor: Tensor<Float>, _ permutation: [Int]) throws -> Tensor<Float> {
        let transpose = Transpose(permutation: permutation).erased
        return try Reference.evaluate(transpose, inputs: [tensor], weights: [:])
    }

    /// Converts, runs both graphs, and compares every bit. Whole numbers make the order of sums irrelevant.
    /// - Returns: the converted graph.
    @discardableResult private func check(_ source: Graph, _ shape: [Int] = [2, 4, 6, 5], transpositions: Int = 0) throws -> Graph {
        let result = try LayoutConversion.convert(source, to: .channelsLast, interface: .wanted)
        let image = numbers(shape)
        let order = shape.count == 4 ? [0, 2, 3, 1] : [0, 2, 1]
        #expect(result.graph.inputs.map(\.layout) == [shape.count == 4 ? .nhwc : .nwc])
        let expected = try Reference.run(source, inputs: ["image": image])
        let got = try Reference.run(result.graph, inputs: ["image": try moved(image, order)])
        for output in result.graph.outputs {
            let value = try #require(got[output.name])
            let back = output.layout == .nhwc ? try moved(value, [0, 3, 1, 2]) : output.layout == .nwc ? try moved(value, [0, 2, 1]) : value
            #expect(back == expected[output.name], "output \(output.name)")
        }
        let count = result.graph.nodes.count { if case .transpose = $0.operation { true } else { false } }
        #expect(count == transpositions, "\(result.graph.nodes.map(\.name))")
        try checkInverse(source, result.graph)
        return result.graph
    }

    /// The way back gives every weight as it was.
    private func checkInverse(_ source: Graph, _ converted: Graph) throws {
        let back = try LayoutConversion.convert(converted, to: .channelsFirst, interface: .wanted).graph
        for (name, weight) in source.weights {
            let again = try #require(back.weights[name], "weight \(name)")
            #expect(again.layout == weight.layout, "weight \(name)")
            // A constant of one axis may stand with axes of size 1 on the other side.
            let (got, expected) = (try again.source.tensor(), try weight.source.tensor())
            #expect(weight.layout == .other ? got.scalars == expected.scalars : got == expected, "weight \(name)")
        }
    }

    @Test func inputAndOutputHaveChannelsLast() throws {
        var network = Network()
        try convolution(&network)
        try network.add("relu", Activation(.relu).erased)
        let graph = try check(network.graph())
        #expect(graph.inputs.map(\.shape) == [[nil, 6, 5, 4]])
        #expect(graph.outputs == [GraphOutput(name: "relu", value: "relu", layout: .nhwc)])
    }

    /// The columns of the first Dense after Flatten follow the features' order; those after it stay.
    @Test func denseAfterFlattenIsRearranged() throws {
        var network = Network()
        try convolution(&network)
        try network.add("flat", Flatten().erased)
        try network.add("dropped", Identity().erased)
        try network.add("relu", Activation(.relu).erased)
        try network.add("fc1", Dense().erased, nil, ["kernel": (numbers([7, 96]), .oi), "bias": (numbers([7]), .vector)])
        try network.add("fc2", Dense().erased, nil, ["kernel": (numbers([3, 7]), .oi)])
        let source = network.graph()
        try check(source)
        let moves = try LayoutConversion.convert(source, to: .channelsLast, interface: .wanted).rearrangements
        #expect(moves.map(\.source) == ["conv.kernel", "fc1.kernel", "fc2.kernel"])
        #expect(moves.map(\.move.reason) == [.kernel, .flattened, .kernel])
        #expect(moves[1].move.split == [7, 6, 4, 4])
        #expect(moves[1].move.permutation == [2, 3, 1, 0])
        #expect(moves[1].move.joined == [96, 7])
    }

    @Test func normalizationOfFeaturesIsRearranged() throws {
        var network = Network()
        try convolution(&network)
        try network.add("flat", Flatten().erased)
        try network.add(
            "norm", BatchNormalization(axis: 1, epsilon: 0).erased, nil,
            ["mean": (numbers([96]), .vector), "variance": (Tensor(repeating: 4, shape: [96]), .vector), "gamma": (numbers([96]), .vector)])
        try network.add("fc", Dense().erased, nil, ["kernel": (numbers([7, 96]), .oi)])
        try check(network.graph())
    }

    /// What needs the source's order of features gets it, by a transposition.
    @Test func flattenedOutputsAreInTheSourcesOrder() throws {
        var network = Network()
        try convolution(&network)
        try network.add("flat", Flatten().erased)
        try check(network.graph(), transpositions: 1)
        try network.add("softmax", Softmax(axes: [1]).erased)
        try check(network.graph(["flat", "softmax"]), transpositions: 1)
    }

    @Test func featuresOfOnePixelNeedNothing() throws {
        var network = Network()
        try convolution(&network)
        try network.add("pool", AdaptivePooling(kind: .maximum, layout: .nchw, outputSize: [1, 1]).erased)
        try network.add("flat", Flatten().erased)
        try network.add("fc", Dense().erased, nil, ["kernel": (numbers([7, 6]), .oi)])
        try check(network.graph())
    }

    /// A non-local block: matrices are multiplied as they are kept, whichever of rows and columns come first.
    @Test func productsReadMatricesAsTheyAreKept() throws {
        var network = Network()
        try convolution(&network)
        try network.add("phi", Reshape(sizes: [6, 16]).erased)
        try network.add("theta", Transpose(permutation: [0, 2, 1]).erased)
        try network.add("pairs", MatMul().erased, ["theta", "phi"])
        try network.add("sum", MatMul(transposesRight: true).erased, ["pairs", "phi"])
        try network.add("channels", Transpose(permutation: [0, 2, 1]).erased)
        try network.add("view", Reshape(sizes: [6, 4, 4]).erased)
        try network.add("add", Merge(.add).erased, ["view", "conv"])
        try network.add("gram", MatMul(transposesRight: true).erased, ["phi", "phi"])
        try convolution(&network, "last", from: ["add"], in: 6)
        let graph = try check(network.graph(["last", "gram"]))
        let products = graph.nodes.compactMap { node in if case .matMul(let operation) = node.operation { operation } else { nil } }
        #expect(
            products == [
                MatMul(transposesRight: true), MatMul(), MatMul(transposesLeft: true),
            ])
    }

    /// What the network turns has no channels where others have them, until it turns it back.
    @Test func whatIsTurnedBackHasChannelsLast() throws {
        var network = Network()
        try convolution(&network)
        try network.add("turned", Transpose(permutation: [0, 2, 3, 1]).erased)
        try network.add("line", Dense().erased, nil, ["kernel": (numbers([5, 6]), .oi)])
        try network.add("back", Transpose(permutation: [0, 3, 1, 2]).erased)
        try network.add("most", Reduce(kind: .maximum, axes: [1], keepsAxes: true).erased)
        let graph = try check(network.graph(["line", "back", "most"]))
        #expect(graph.outputs.map(\.layout) == [nil, .nhwc, .nhwc])
    }

    /// Squeeze and excitation: `[N, C]` as `[N, C, 1, 1]` is `[N, 1, 1, C]`.
    @Test func axesOfOneStandWhereTheyAreWanted() throws {
        var network = Network()
        try convolution(&network)
        try network.add("mean", Reduce(kind: .maximum, axes: [2, 3], keepsAxes: false).erased)
        try network.add("fc", Dense().erased, nil, ["kernel": (numbers([6, 6]), .oi)])
        try network.add("view", Reshape(sizes: [6, 1, 1]).erased)
        try network.add("scaled", Merge(.multiply).erased, ["conv", "view"])
        try check(network.graph())
    }

    /// ConvNeXt: permute, normalise and multiply over channels, permute back, times a constant for each channel.
    @Test func permutationsToChannelsLastAndBackVanish() throws {
        var network = Network()
        try convolution(&network)
        try network.add("last", Transpose(permutation: [0, 2, 3, 1]).erased)
        try network.add(
            "norm", RowNormalization(kind: .unit, axes: [3], epsilon: 1e6).erased, nil,
            ["gamma": (numbers([6]), .other), "beta": (numbers([6]), .other)])
        try network.add("fc", Dense().erased, nil, ["kernel": (numbers([6, 6]), .oi)])
        try network.add("first", Transpose(permutation: [0, 3, 1, 2]).erased)
        try network.add("scale", Constant().erased, [], ["value": (numbers([1, 6, 1, 1]), .other)])
        try network.add("scaled", Merge(.multiply).erased, ["scale", "first"])
        try network.add("sum", Merge(.add).erased, ["conv", "scaled"])
        try check(network.graph())
    }

    /// ShuffleNet permutes channels among groups: one transposition, which the network itself has.
    @Test func channelShuffleIsOneTransposition() throws {
        var network = Network()
        try convolution(&network)
        try network.add("split", Reshape(sizes: [2, 3, 4, 4]).erased)
        try network.add("swap", Transpose(permutation: [0, 2, 1, 3, 4]).erased)
        try network.add("join", Reshape(sizes: [6, 4, 4]).erased)
        try convolution(&network, "after", in: 6)
        try check(network.graph(), transpositions: 1)
    }

    @Test func pixelShuffleIsOneTransposition() throws {
        var network = Network()
        try network.add("pool", Pooling(kind: .maximum, layout: .nchw, window: [1, 1], strides: [1, 1], padding: .valid).erased)
        try network.add("split", Reshape(sizes: [1, 2, 2, 6, 5]).erased)
        try network.add("swap", Transpose(permutation: [0, 1, 4, 2, 5, 3]).erased)
        try network.add("join", Reshape(sizes: [1, 12, 10]).erased)
        try convolution(&network, in: 1)
        try check(network.graph(), transpositions: 1)
    }

    @Test func numbersAlongAxesFollowThem() throws {
        var network = Network()
        try convolution(&network)
        try network.add("prelu", PReLU().erased, nil, ["alpha": (numbers([6, 4, 4]), .other)])
        try network.add("norm", RowNormalization(kind: .unit, axes: [1, 2, 3], epsilon: 1e6).erased, nil, ["gamma": (numbers([6, 4, 4]), .other)])
        try network.add("crop", Crop(before: [0, 1, 0, 0], after: [0, 0, 2, 0]).erased)
        try network.add("rows", Reduce(kind: .maximum, axes: [2], keepsAxes: false).erased)
        try check(network.graph(["crop", "rows"]), transpositions: 1)
    }

    /// Tokens: `[N, C, H, W]` as `[N, C, H * W]` as `[N, H * W, C]` is the same in memory.
    @Test func tokensAreRelabelled() throws {
        var network = Network()
        try convolution(&network)
        try network.add("merge", Reshape(sizes: [6, 16]).erased)
        try network.add("tokens", Transpose(permutation: [0, 2, 1]).erased)
        try network.add("fc", Dense().erased, nil, ["kernel": (numbers([6, 6]), .oi)])
        try check(network.graph())
    }

    /// A kernel that two layers read in the same way stays one; features in two orders make it two.
    @Test func sharedWeights() throws {
        var network = Network()
        try convolution(&network)
        try network.add("flat", Flatten().erased)
        try network.add("fc", Dense().erased, nil, ["kernel": (numbers([96, 96]), .oi)])
        _ = try network.builder.add("again", Dense().erased, inputs: ["fc"], weights: ["kernel": "fc.kernel"])
        let source = network.graph(["again"])
        let graph = try LayoutConversion.convert(source, to: .channelsLast, interface: .wanted).graph
        #expect(graph.weights.keys.sorted() == ["conv.bias", "conv.kernel", "fc.kernel", "fc.kernel:1"])
        let image = numbers([1, 4, 6, 5])
        let expected = try Reference.run(source, inputs: ["image": image])
        #expect(try Reference.run(graph, inputs: ["image": try moved(image, [0, 2, 3, 1])])["again"] == expected["again"])
    }

    @Test func oneAxisOfSpace() throws {
        var network = Network([nil, 4, 9])
        let operation = Convolution(layout: .ncw, strides: [2], dilations: [1], groups: 1, padding: .valid)
        try network.add("conv", operation.erased, nil, ["kernel": (numbers([6, 4, 3]), .oiw)])
        let transposed = TransposedConvolution(layout: .ncw, strides: [2], dilations: [1], groups: 1, padding: .valid, outputPadding: [])
        try network.add("up", transposed.erased, nil, ["kernel": (numbers([6, 5, 3]), .iow)])
        try check(network.graph(), [2, 4, 9])
    }
}
