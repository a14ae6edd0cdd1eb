import ByteIO
import GraphExport
import KerasFormat
import ModelCore
import ModelGraph
import Testing

@Suite struct KerasExportTests {
    private func weight(_ shape: [Int], _ layout: KernelLayout, dtype: DType = .float32) -> Weight {
        Weight(
            WeightSource(dtype: dtype, shape: shape, origin: "test") { consumer throws(ModelError) in
                let bytes = [UInt8](repeating: 0, count: shape.reduce(dtype.byteCount, *))
                try bytes.withUnsafeBufferPointer { buffer throws(ModelError) in try consumer(UnsafeRawBufferPointer(buffer)) }
            }, layout: layout)
    }

    /// A graph of operators that each read the input of this shape.
    private func fan(_ operators: [(String, Operator)], shape: Shape = [nil, 8, 8, 4]) -> Graph {
        var graph = Graph(name: "fan")
        graph.inputs = [GraphInput(name: "image", shape: shape)]
        for (name, operation) in operators {
            graph.nodes.append(Node(name: name, operation: operation, inputs: ["image"], output: name))
            graph.outputs.append(GraphOutput(name: name, value: name))
        }
        return graph
    }

    private static func export(_ graph: Graph, for target: KerasTarget) throws(ModelError) -> KerasExport {
        try KerasExporter.export(graph, for: target) { _, size throws(ModelError) in
            throw ModelError(Problem("test", "no matrix for an axis of \(size)"))
        }
    }

    private func problems(_ graph: Graph, _ target: KerasTarget) -> [Problem] {
        do throws(ModelError) {
            _ = try Self.export(graph, for: target)
            return []
        } catch { return error.problems }
    }

    private func layers(_ graph: Graph, _ target: KerasTarget) throws -> [JSONValue] {
        try Self.export(graph, for: target).model.architecture()["config"]?["layers"]?.array ?? []
    }

    @Test func whatKerasCannotSayIsRefusedAllAtOnce() {
        let graph = fan([
            ("far", Pooling(kind: .l2, layout: .nhwc, window: [2, 2], strides: [2, 2], dilations: [2, 2], padding: .valid).erased),
            ("fine", Activation(.relu).erased),
            ("batch", Softmax(axes: [0]).erased),
            ("turn", Transpose(permutation: [1, 0, 2, 3]).erased),
            ("large", Resize(layout: .nhwc, target: .factors([2, 2]), interpolation: .cubic(coefficient: -0.75, tableSize: 1024)).erased),
            ("none", Activation(.relu(negativeSlope: 0, maximum: -1, threshold: 0)).erased),
        ])
        for target in [KerasTarget.everyVersion, .keras3] {
            let found = problems(graph, target)
            #expect(found.allSatisfy { $0.code == "export.unsupported" })
            #expect(found.map(\.location.node) == ["far", "batch", "turn", "large", "none"])
        }
    }

    @Test func operationsAreForKeras3() {
        let graph = fan([
            ("norm", Pooling(kind: .l2, layout: .nhwc, window: [2, 2], strides: [2, 2], padding: .valid).erased),
            ("mirror", Pad(before: [0, 1, 1, 0], after: [0, 1, 1, 0], mode: .reflect).erased),
            ("ones", Pad(before: [0, 1, 1, 0], after: [0, 1, 1, 0], value: 1).erased),
            ("gelu", Activation(.geluTanh).erased),
            ("slope", Activation(.relu(negativeSlope: -0.5, maximum: nil, threshold: 0)).erased),
            ("threshold", Activation(.threshold(threshold: -1, value: 0)).erased),
            (
                "max",
                Pooling(
                    kind: .maximum, layout: .nhwc, window: [3, 3], strides: [2, 2],
                    padding: .explicit(before: [1, 1], after: [1, 1], mode: .constant)
                ).erased
            ),
        ])
        #expect(problems(graph, .everyVersion).map(\.location.node) == ["norm", "mirror", "ones", "gelu", "slope", "threshold", "max"])
        #expect(problems(graph, .keras3).isEmpty)
    }

    @Test func severalAxesOfASoftmaxAreForKeras3() {
        let graph = fan([("softmax", Softmax(axes: [1, 2]).erased)])
        #expect(problems(graph, .everyVersion).map(\.code) == ["export.unsupported"])
        #expect(problems(graph, .keras3).isEmpty)
    }

    @Test func weightsOfTypesThatKerasDoesNotKeepAreRefused() {
        var graph = Graph(name: "typed")
        graph.inputs = [GraphInput(name: "x", shape: [nil, 3])]
        graph.outputs = [GraphOutput(name: "a", value: "a"), GraphOutput(name: "b", value: "b")]
        graph.weights = [
            "a/kernel": weight([3, 2], .io), "a/bias": weight([2], .vector, dtype: .float16), "b/kernel": weight([3, 2], .io, dtype: .int8),
            "c/kernel": weight([3, 2], .io, dtype: .bfloat16),
        ]
        graph.nodes = [
            Node(name: "a", operation: Dense().erased, inputs: ["x"], output: "a", weights: ["kernel": "a/kernel", "bias": "a/bias"]),
            Node(name: "b", operation: Dense().erased, inputs: ["x"], output: "b", weights: ["kernel": "b/kernel"]),
            Node(name: "c", operation: Dense().erased, inputs: ["x"], output: "c", weights: ["kernel": "c/kernel"]),
        ]
        #expect(problems(graph, .keras3).map(\.location.node) == ["a", "b"])
    }

    /// Padding by zeros changes no maximum of what cannot be negative.
    @Test func aPaddedMaximumAfterAReLUIsKept() throws {
        let padding = Padding.explicit(before: [1, 1], after: [1, 1], mode: .constant)
        var graph = Graph(name: "pool")
        graph.inputs = [GraphInput(name: "x", shape: [nil, 8, 8, 3])]
        graph.outputs = [GraphOutput(name: "pool", value: "pool")]
        graph.nodes = [
            Node(name: "relu", operation: Activation(.relu).erased, inputs: ["x"], output: "relu"),
            Node(
                name: "pool", operation: Pooling(kind: .maximum, layout: .nhwc, window: [3, 3], strides: [2, 2], padding: padding).erased,
                inputs: ["relu"], output: "pool"),
        ]
        let found = try layers(graph, .everyVersion)
        #expect(found.compactMap { $0["class_name"]?.string } == ["InputLayer", "Activation", "ZeroPadding2D", "MaxPooling2D"])
        #expect(found.compactMap { $0["name"]?.string } == ["x", "relu", "pool>padding", "pool"])
    }

    @Test func partsOfALayerBecomeTheLayerAgain() throws {
        let ones = [1, 1]
        var graph = Graph(name: "net")
        graph.inputs = [GraphInput(name: "x", shape: [nil, 8, 8, 3])]
        graph.outputs = [GraphOutput(name: "sep", value: "sep")]
        graph.weights = [
            "sep/depthwise_kernel": weight([3, 3, 1, 6], .hwio), "sep/pointwise_kernel": weight([1, 1, 6, 5], .hwio),
            "sep/bias": weight([5], .vector),
        ]
        graph.nodes = [
            Node(
                name: "sep/depthwise",
                operation: Convolution(layout: .nhwc, strides: ones, dilations: ones, groups: 3, padding: .same).erased, inputs: ["x"],
                output: "sep/depthwise", weights: ["kernel": "sep/depthwise_kernel"]),
            Node(
                name: "sep/pointwise",
                operation: Convolution(layout: .nhwc, strides: ones, dilations: ones, groups: 1, padding: .valid).erased,
                inputs: ["sep/depthwise"], output: "sep/pointwise", weights: ["kernel": "sep/pointwise_kernel", "bias": "sep/bias"]),
            Node(name: "sep", operation: Activation(.silu).erased, inputs: ["sep/pointwise"], output: "sep"),
        ]
        let layer = try #require(try layers(graph, .keras3).last)
        #expect(layer["class_name"] == .string("SeparableConv2D"))
        #expect(layer["name"] == .string("sep"))
        #expect(layer["config"]?["activation"] == .string("silu"))
        #expect(layer["config"]?["depth_multiplier"] == .integer(2))
        let weights = try Self.export(graph, for: .keras3).variables.flatMap(\.weights)
        #expect(weights.map(\.name) == ["sep/depthwise_kernel", "sep/pointwise_kernel", "sep/bias"])
        #expect(weights.map(\.source.shape) == [[3, 3, 3, 2], [1, 1, 6, 5], [5]])
        #expect(try layers(graph, .everyVersion).last?["config"]?["activation"] == .string("swish"))
    }

    /// Keras 2 means 0.2 x + 0.5 by `hard_sigmoid`, Keras 3 x / 6 + 0.5.
    @Test func hardSigmoidIsWrittenOutWhereVersionsDiffer() throws {
        let graph = fan([("gate", Activation(.hardSigmoid(slope: 1 / 6, offset: 0.5)).erased)])
        #expect(try layers(graph, .keras3).compactMap { $0["config"]?["activation"]?.string } == ["hard_sigmoid"])
        #expect(try layers(graph, .everyVersion).compactMap { $0["class_name"]?.string } == ["InputLayer", "Rescaling", "ReLU"])
    }

    @Test func nodesOfTheSameWeightsAreCallsOfOneLayer() throws {
        var graph = Graph(name: "shared")
        graph.inputs = [GraphInput(name: "x", shape: [nil, 3]), GraphInput(name: "y", shape: [nil, 3])]
        graph.weights = ["d/kernel": weight([3, 3], .io)]
        graph.nodes = [("d", "x"), ("d:1", "d"), ("d:2", "y")].map { name, input in
            Node(name: name, operation: Dense().erased, inputs: [input], output: name, weights: ["kernel": "d/kernel"])
        }
        graph.outputs = [GraphOutput(name: "d", value: "d:1"), GraphOutput(name: "d:1", value: "d:2")]
        let export = try Self.export(graph, for: .everyVersion)
        let layer = try #require(try layers(graph, .everyVersion).first { $0["name"] == .string("d") })
        #expect(layer["inbound_nodes"]?.array?.count == 3)
        #expect(export.model.layers.flatMap(\.weights).map(\.name) == ["d/kernel"])
        let last: JSONValue = .array([.string("d"), .integer(2), .integer(0)])
        #expect(try export.model.architecture()["config"]?["output_layers"]?.array?.last == last)
    }

    @Test func namesLoseTheirSlashes() throws {
        let graph = fan([("block/1/act", Activation(.relu).erased)])
        #expect(try layers(fan([("a:b c", Activation(.relu).erased)]), .keras3).last?["name"] == .string("a_b_c"))
        #expect(try layers(fan([("_stem", Activation(.relu).erased)]), .keras3).last?["name"] == .string("layer_stem"))
        #expect(try layers(graph, .keras3).last?["name"] == .string("block>1>act"))
        #expect(
            try Self.export(graph, for: .keras3).model.architecture()["config"]?["output_layers"]
                == .array([.string("block>1>act"), .integer(0), .integer(0)]))
    }
}
