import LayoutConversion
import ModelCore
import ModelGraph
import Testing

@testable import GraphImport

/// The catalogue's networks become graphs, whatever the size of the image.
@Suite struct TorchCatalogueGraphTests {
    private static func graph(_ name: String, classes: Int) throws -> Graph {
        let architecture = try #require(TorchCatalogue.all.first { $0.name == name })
        let stateDict = architecture.sketch(classes: classes).tensors.map { tensor in
            let source = WeightSource(dtype: .float32, shape: tensor.shape, origin: tensor.name) { _ throws(ModelError) in
                throw ModelError(Problem("test.read", "an element is read"))
            }
            return (name: tensor.name, source: source)
        }
        return try TorchImporter.graph(from: TorchCatalogue.match(stateDict: stateDict, name: name).network)
    }

    @Test(arguments: TorchCatalogue.names)
    func graphs(_ name: String) throws {
        let graph = try Self.graph(name, classes: 7)
        let output = try #require(graph.outputs.first)
        #expect(graph.outputs.count == 1)
        #expect(try graph.inferShapes()[output.value] == Shape([nil, 7]))
        let converted = try LayoutConversion.channelsLast(graph, interface: .wanted)
        let moved = converted.nodes.filter { if case .transpose = $0.operation { true } else { false } }
        // Channels are shuffled by exchanging two axes.
        #expect(moved.isEmpty || name.hasPrefix("shufflenet"), "\(moved.map(\.name))")
        #expect(converted.weights.count == graph.weights.count)
    }
}
