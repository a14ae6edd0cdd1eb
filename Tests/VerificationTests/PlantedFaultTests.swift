import InferenceEngine
import ModelCore
import ModelGraph
import Testing

@testable import Verification

/// A run of a network that is not quite the graph is told from one that is.
@Suite struct PlantedFaultTests {
    static let pooling = Pooling(kind: .average, layout: .nhwc, window: [3, 2], strides: [2, 2], padding: .same)

    /// Convolution, batch normalisation, activation, pooling, transposed convolution, dense and softmax.
    static func network() throws -> Graph {
        var builder = GraphBuilder(name: "network")
        builder.addInput(GraphInput(name: "image", shape: [nil, 9, 8, 3], layout: .nhwc))
        for (seed, (name, shape, layout)) in [
            ("kernel", [3, 3, 3, 5], KernelLayout.hwio), ("bias", [5], .vector), ("gamma", [5], .vector), ("beta", [5], .vector),
            ("mean", [5], .vector),
            ("variance", [5], .vector), ("up", [2, 3, 4, 5], .hwoi), ("dense", [480, 6], .io),
        ].enumerated() {
            var random = RandomStream(seed: UInt64(seed))
            let isPositive = name == "variance" || name == "gamma"
            let tensor = Tensor<Float>(shape: shape) { _ in isPositive ? random.nextFloat() / 4 + 1 : random.nextFloat() }
            builder.addWeight(name, Weight(WeightSource(tensor), layout: layout))
        }
        let convolution = Convolution(layout: .nhwc, strides: [1, 1], dilations: [1, 1], groups: 1, padding: .same)
        _ = try builder.add("conv", convolution.erased, inputs: ["image"], weights: ["kernel": "kernel", "bias": "bias"])
        _ = try builder.add(
            "norm", BatchNormalization(axis: 3, epsilon: 1e-3).erased, inputs: ["conv"],
            weights: ["gamma": "gamma", "beta": "beta", "mean": "mean", "variance": "variance"])
        _ = try builder.add("act", Activation(.hardSigmoid(slope: 0.2, offset: 0.5)).erased, inputs: ["norm"])
        _ = try builder.add("pool", pooling.erased, inputs: ["act"])
        let transposed = TransposedConvolution(
            layout: .nhwc, strides: [3, 2], dilations: [1, 1], groups: 1, padding: .same, outputPadding: [])
        _ = try builder.add("up", transposed.erased, inputs: ["pool"], weights: ["kernel": "up"])
        _ = try builder.add("flat", Flatten().erased, inputs: ["up"])
        _ = try builder.add("dense", Dense().erased, inputs: ["flat"], weights: ["kernel": "dense"])
        _ = try builder.add("prob", Softmax(axes: [1]).erased, inputs: ["dense"])
        builder.addOutput(GraphOutput(name: "prob", value: "prob"))
        return builder.graph
    }

    /// The trace of a graph's own run, held against `network()`: the first layer that rounding does not explain.
    static func firstDifferent(running graph: Graph) throws -> String? {
        let inputs = try TrialInput.make(for: graph, seed: 7)
        var trace: [String: Tensor<Float>] = [:]
        _ = try InferencePlan(graph).run(inputs) { name, tensor in trace[name] = tensor }
        let reports = try ForwardAnalysis.certify(network(), inputs: inputs, trace: trace, isLocal: true)
        return reports.first { $0.verdict == .different }?.name
    }

    @Test func theNetworkItselfIsNeverDifferent() throws {
        #expect(try Self.firstDifferent(running: Self.network()) == nil)
        #expect(try GraphVerification.verify(Self.network(), threads: 2, sampling: .all).verdict == .rounding)
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let layer: String
        let plant: @Sendable (inout Graph) throws -> Void
    }

    static func change(_ graph: inout Graph, _ name: String, _ operation: Operator) throws {
        let index = try #require(graph.nodes.firstIndex { $0.name == name })
        graph.nodes[index].operation = operation
    }

    static func changeWeight(_ graph: inout Graph, _ name: String, _ change: (WeightSource) throws -> WeightSource) throws {
        let weight = try #require(graph.weights[name])
        graph.weights[name] = Weight(try change(weight.source), layout: weight.layout)
    }

    static let faults: [Fault] = [
        Fault(testDescription: "kernel flipped", layer: "conv") { try changeWeight(&$0, "kernel") { $0.flipped(axes: [0, 1]) } },
        Fault(testDescription: "height and width swapped", layer: "conv") { try changeWeight(&$0, "kernel") { $0.permuted(by: [1, 0, 2, 3]) } },
        Fault(testDescription: "BGR for RGB", layer: "conv") { try changeWeight(&$0, "kernel") { $0.flipped(axes: [2]) } },
        Fault(testDescription: "output channels reversed", layer: "conv") { try changeWeight(&$0, "kernel") { $0.flipped(axes: [3]) } },
        Fault(testDescription: "bias dropped", layer: "conv") { graph in
            let index = try #require(graph.nodes.firstIndex { $0.name == "conv" })
            graph.nodes[index].weights["bias"] = nil
        },
        Fault(testDescription: "padding on the other side", layer: "pool") {
            try change(
                &$0, "pool",
                Pooling(
                    kind: .average, layout: .nhwc, window: [3, 2], strides: [2, 2],
                    padding: .explicit(before: [2, 0], after: [0, 0], mode: .constant)
                ).erased)
        },
        Fault(testDescription: "padding counted in the mean", layer: "pool") {
            var pooling = pooling
            pooling.countIncludesPadding = true
            try change(&$0, "pool", pooling.erased)
        },
        Fault(testDescription: "epsilon of PyTorch", layer: "norm") { try change(&$0, "norm", BatchNormalization(axis: 3, epsilon: 1e-5).erased) },
        Fault(testDescription: "mean and variance swapped", layer: "norm") { graph in
            let index = try #require(graph.nodes.firstIndex { $0.name == "norm" })
            graph.nodes[index].weights["mean"] = "variance"
            graph.nodes[index].weights["variance"] = "gamma"
        },
        Fault(testDescription: "hard sigmoid of Keras 3", layer: "act") {
            try change(&$0, "act", Activation(.hardSigmoid(slope: 1 / 6, offset: 0.5)).erased)
        },
        Fault(testDescription: "transposed kernel not turned", layer: "up") { try changeWeight(&$0, "up") { $0.flipped(axes: [0, 1]) } },
        Fault(testDescription: "flatten in channels-first order", layer: "flat") { graph in
            let index = try #require(graph.nodes.firstIndex { $0.name == "flat" })
            let turn = Transpose(permutation: [0, 3, 1, 2]).erased
            graph.nodes.insert(Node(name: "turned", operation: turn, inputs: ["up"], output: "turned"), at: index)
            graph.nodes[index + 1].inputs = ["turned"]
        },
        Fault(testDescription: "logarithm of softmax", layer: "prob") { try change(&$0, "prob", Softmax(kind: .logSoftmax, axes: [1]).erased) },
    ]

    @Test(arguments: faults) func aFaultIsFoundAtItsLayer(_ fault: Fault) throws {
        var graph = try Self.network()
        try fault.plant(&graph)
        #expect(try Self.firstDifferent(running: graph) == fault.layer)
    }
}
