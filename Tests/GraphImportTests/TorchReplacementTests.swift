import ModelCore
import ModelGraph
import Testing

@testable import GraphImport

/// A graph that was made of one state dict takes another.
@Suite struct TorchReplacementTests {
    typealias StateDict = [(name: String, source: WeightSource)]

    private static func stateDict(_ name: String, classes: Int, fill: Float, prefix: String = "") throws -> StateDict {
        let architecture = try #require(TorchCatalogue.all.first { $0.name == name })
        return architecture.sketch(classes: classes).tensors.map { (prefix + $0.name, WeightSource(Tensor(repeating: fill, shape: $0.shape))) }
    }

    private static func graph(_ stateDict: StateDict, _ name: String) throws -> Graph {
        try TorchImporter.graph(from: TorchCatalogue.match(stateDict: stateDict, name: name).network)
    }

    private static func first(_ graph: Graph) throws -> [UInt8] { try Array(#require(graph.weights["conv1.weight"]).source.bytes().prefix(4)) }

    /// As it is where no axis was moved.
    private static func record(_ graph: Graph) throws -> StateDictRecord {
        var record = StateDictRecord()
        record.tensors = try graph.weightOrder.map { name in
            let shape = try #require(graph.weights[name]).source.shape
            return try #require(
                StateDictRecord.Tensor(name: name, shape: shape, weight: name, split: shape, permutation: Array(shape.indices)))
        }
        return record
    }

    @Test("whatever stands before the names", arguments: ["", "net."])
    func replaces(_ prefix: String) throws {
        let template = try Self.graph(Self.stateDict("resnet20", classes: 3, fill: 1), "resnet20")
        let file = try Self.stateDict("resnet20", classes: 3, fill: 2, prefix: prefix)
        let (graph, ties) = try TorchReplacement.graph(template, record: Self.record(template), with: file)
        #expect(ties.isEmpty)
        #expect(graph.nodes == template.nodes)
        #expect(graph.weightOrder == template.weightOrder)
        #expect(try Self.first(template) == [0, 0, 0x80, 0x3F])
        for name in graph.weightOrder { #expect(try graph.weights[name]?.source.bytes().prefix(4) == [0, 0, 0, 0x40]) }
    }

    @Test func everyDifferenceIsReported() throws {
        let template = try Self.graph(Self.stateDict("resnet20", classes: 3, fill: 1), "resnet20")
        var other = try Self.stateDict("resnet20", classes: 4, fill: 2).filter { $0.name != "bn1.bias" }
        other.append(("head.weight", WeightSource(Tensor(repeating: 0, shape: [1]))))
        var record = try Self.record(template)
        record.consumed = ["conv.weight_g", "conv.weight_v"]
        do throws(ModelError) {
            _ = try TorchReplacement.graph(template, record: record, with: other)
            Issue.record("nothing was thrown")
        } catch {
            #expect(
                error.problems.map(\.code) == [
                    "torch.computed-weight", "torch.missing-weight", "torch.weight-shape", "torch.weight-shape", "torch.extra-weight",
                ])
        }
    }

    /// A weight of the graph gets the axes that it has there, and what is one weight there is told.
    @Test func axesAreMovedAsInTheTemplate() throws {
        var template = Graph(name: "dense", inputs: [GraphInput(name: "x", shape: Shape([nil, 2]))])
        template.nodes = [Node(name: "fc", operation: Dense().erased, inputs: ["x"], output: "fc", weights: ["kernel": "fc.weight"])]
        template.weights["fc.weight"] = Weight(WeightSource(Tensor<Float>(repeating: 1, shape: [2, 3])), layout: .io)
        var record = StateDictRecord()
        record.unused = ["old.weight"]
        record.tensors = try ["fc.weight", "tied.weight"].map {
            try #require(StateDictRecord.Tensor(name: $0, shape: [3, 2], weight: "fc.weight", split: [2, 3], permutation: [1, 0]))
        }
        let source = WeightSource(Tensor(shape: [3, 2]) { Float($0) })
        let file = ["old.weight", "tied.weight", "fc.weight"].map { (name: $0, source: source) }
        let (graph, ties) = try TorchReplacement.graph(template, record: record, with: file)
        #expect(try graph.weights["fc.weight"]?.source.tensor().scalars == [0, 2, 4, 1, 3, 5])
        #expect(graph.weights["fc.weight"]?.source.shape == [2, 3])
        #expect(ties.map(\.name) == ["tied.weight"])
        #expect(ties.map(\.other) == ["fc.weight"])
    }
}
