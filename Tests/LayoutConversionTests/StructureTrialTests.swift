import LayoutConversion
import ModelCore
import ModelGraph
import Testing

@testable import Verification

/// A conversion of the layout that is right has no problems on small integers; one with a mistake has.
@Suite struct StructureTrialTests {
    typealias Conversion = (graph: Graph, orders: [String: ValueOrder])

    /// Channels first: a convolution, a scale for each channel, a concatenation, a softmax over channels, features flattened for a dense layer.
    static func source() throws -> Graph {
        var builder = GraphBuilder(name: "source")
        builder.addInput(GraphInput(name: "image", shape: [nil, 3, 7, 5], layout: .nchw))
        for (name, shape, layout) in [
            ("kernel", [4, 3, 3, 2], KernelLayout.oihw), ("bias", [4], .vector), ("scale", [1, 4, 1, 1], .other), ("dense", [6, 7 * 4 * 8], .oi),
        ] {
            builder.addWeight(name, Weight(WeightSource(Tensor<Float>(shape: shape) { Float($0) }), layout: layout))
        }
        let padding = Padding.explicit(before: [1, 0], after: [1, 0], mode: .constant)
        let convolution = Convolution(layout: .nchw, strides: [1, 1], dilations: [1, 1], groups: 1, padding: padding)
        _ = try builder.add("conv", convolution.erased, inputs: ["image"], weights: ["kernel": "kernel", "bias": "bias"])
        _ = try builder.add("scale", Constant().erased, inputs: [], weights: ["value": "scale"])
        _ = try builder.add("scaled", Merge(.multiply).erased, inputs: ["conv", "scale"])
        _ = try builder.add("exp", Activation(.exponential).erased, inputs: ["scaled"])
        _ = try builder.add("both", Concatenate(axis: 1).erased, inputs: ["exp", "conv"])
        _ = try builder.add("soft", Softmax(axes: [1]).erased, inputs: ["both"])
        _ = try builder.add("flat", Flatten().erased, inputs: ["soft"])
        _ = try builder.add("dense", Dense().erased, inputs: ["flat"], weights: ["kernel": "dense"])
        builder.addOutput(GraphOutput(name: "soft", value: "soft", layout: .nchw))
        builder.addOutput(GraphOutput(name: "dense", value: "dense"))
        return builder.graph
    }

    static func convert(_ graph: Graph, _ interface: LayoutConversion.Interface) throws(ModelError) -> Conversion {
        let result = try LayoutConversion.convert(graph, to: .channelsLast, interface: interface)
        return (result.graph, result.orders)
    }

    /// The layers that differ after a conversion in which something was done wrong.
    static func faulty(_ change: @Sendable (inout Graph) throws(ModelError) -> Void) throws -> [String] {
        let trial = try StructureTrial(of: source(), threads: 2) { graph throws(ModelError) in
            var result = try convert(graph, .wanted)
            try change(&result.graph)
            return result
        }
        return try trial.problems().map { $0.location.node ?? "output" }
    }

    static func edit(_ graph: inout Graph, _ name: String, _ change: (inout Node) -> Void) {
        guard let index = graph.nodes.firstIndex(where: { $0.name == name }) else { return }
        change(&graph.nodes[index])
    }

    @Test(arguments: [LayoutConversion.Interface.wanted, .source]) func aRightConversion(_ interface: LayoutConversion.Interface) throws {
        let trial = try StructureTrial(of: Self.source(), threads: 1) { graph throws(ModelError) in try Self.convert(graph, interface) }
        #expect(try trial.problems() == [])
    }

    /// A kernel, the features of a dense layer, and a constant, which shows where it is read.
    @Test(arguments: [("kernel", 0, "conv"), ("dense", 0, "dense"), ("scale", 3, "scaled")])
    func aWeightInAnotherOrder(_ name: String, _ axis: Int, _ layer: String) throws {
        let names = try Self.faulty { (graph) throws(ModelError) in
            guard let weight = graph.weights[name] else { return }
            graph.weights[name] = Weight(weight.source.flipped(axes: [axis]), layout: weight.layout)
        }
        #expect(names == [layer])
    }

    @Test func anotherAxis() throws {
        #expect(try Self.faulty { (graph) throws(ModelError) in Self.edit(&graph, "soft") { $0.operation = Softmax(axes: [1]).erased } } == ["soft"])
    }

    @Test func inputsInAnotherOrder() throws {
        #expect(try Self.faulty { (graph) throws(ModelError) in Self.edit(&graph, "both") { $0.inputs.reverse() } } == ["both"])
    }

    @Test func paddingAtTheOtherEnd() throws {
        let names = try Self.faulty { (graph) throws(ModelError) in
            Self.edit(&graph, "conv") { node in
                let padding = Padding.explicit(before: [2, 0], after: [0, 0], mode: .constant)
                node.operation = Convolution(layout: .nhwc, strides: [1, 1], dilations: [1, 1], groups: 1, padding: padding).erased
            }
        }
        #expect(names == ["conv"])
    }

    @Test func anOutputInAnotherLayout() throws {
        let names = try Self.faulty { (graph) throws(ModelError) in graph.outputs[0].value = "both" }
        #expect(names == ["output"])
    }
}
