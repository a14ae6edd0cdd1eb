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

    @Test("whatever stands before the names", arguments: ["", "net."])
    func replaces(_ prefix: String) throws {
        let template = try Self.graph(Self.stateDict("resnet20", classes: 3, fill: 1), "resnet20")
        let graph = try TorchReplacement.graph(template, with: Self.stateDict("resnet20", classes: 3, fill: 2, prefix: prefix))
        #expect(graph.nodes == template.nodes)
        #expect(graph.weightOrder == template.weightOrder)
        #expect(try Self.first(template) == [0, 0, 0x80, 0x3F])
        for name in graph.weightOrder { #expect(try graph.weights[name]?.source.bytes().prefix(4) == [0, 0, 0, 0x40]) }
    }

    @Test func everyDifferenceIsReported() throws {
        let template = try Self.graph(Self.stateDict("resnet20", classes: 3, fill: 1), "resnet20")
        var other = try Self.stateDict("resnet20", classes: 4, fill: 2).filter { $0.name != "bn1.bias" }
        other.append(("head.weight", WeightSource(Tensor(repeating: 0, shape: [1]))))
        do throws(ModelError) {
            _ = try TorchReplacement.graph(template, with: other)
            Issue.record("nothing was thrown")
        } catch {
            #expect(error.problems.map(\.code) == ["torch.missing-weight", "torch.weight-shape", "torch.weight-shape", "torch.extra-weight"])
        }
    }

    /// What a converted graph has as `[1, 1, 1, 3]`, the state dict may have as `[3, 1, 1]`; of more axes the order is not known.
    @Test func constantsOfOneAxisAreFound() throws {
        var template = Graph(name: "scaled")
        template.inputs = [GraphInput(name: "x", shape: Shape([nil, 3, 3, 3]))]
        func adding(_ shape: [Int]) -> Graph {
            var graph = template
            graph.nodes = [Node(name: "scale", operation: Constant().erased, inputs: [], output: "scale", weights: ["value": "net.scale"])]
            graph.weights["net.scale"] = Weight(WeightSource(Tensor<Float>(repeating: 1, shape: shape)), layout: .other)
            return graph
        }
        let file = [(name: "scale", source: WeightSource(Tensor<Float>(repeating: 2, shape: [3, 1, 1])))]
        let filled = try TorchReplacement.graph(adding([1, 1, 1, 3]), with: file).weights["net.scale"]
        #expect(filled?.source.shape == [1, 1, 1, 3])
        #expect(try filled?.source.bytes().prefix(4) == [0, 0, 0, 0x40])
        do throws(ModelError) {
            _ = try TorchReplacement.graph(
                adding([1, 1, 3, 3]), with: [(name: "scale", source: WeightSource(Tensor<Float>(repeating: 2, shape: [1, 1, 3, 3])))])
            Issue.record("nothing was thrown")
        } catch {
            #expect(error.problems.map(\.code) == ["torch.weight-axes"])
        }
    }
}
