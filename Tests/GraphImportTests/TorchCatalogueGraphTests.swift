import LayoutConversion
import ModelCore
import ModelGraph
import Testing

@testable import GraphImport

/// The catalogue's networks become graphs, whatever the size of the image.
@Suite struct TorchCatalogueGraphTests {
    private typealias StateDict = [(name: String, source: WeightSource)]

    /// What holds for 110 layers holds for 1202, which take a while.
    static let names = TorchCatalogue.names.filter { $0 != "resnet1202" }

    private static func stateDict(_ name: String, classes: Int) throws -> StateDict {
        let architecture = try #require(TorchCatalogue.all.first { $0.name == name })
        return architecture.sketch(classes: classes).tensors.map { tensor in
            let source = WeightSource(dtype: .float32, shape: tensor.shape, origin: tensor.name) { _ throws(ModelError) in
                throw ModelError(Problem("test.read", "an element is read"))
            }
            return (name: tensor.name, source: source)
        }
    }

    @Test(arguments: names)
    func graphs(_ name: String) throws {
        let stateDict = try Self.stateDict(name, classes: 7)
        let graph = try TorchImporter.graph(from: TorchCatalogue.match(stateDict: stateDict, name: name).network)
        let output = try #require(graph.outputs.first)
        #expect(graph.outputs.count == 1)
        #expect(try graph.inferShapes()[output.value] == Shape([nil, 7]))
        let converted = try LayoutConversion.channelsLast(graph, interface: .wanted)
        let moved = converted.nodes.filter { if case .transpose = $0.operation { true } else { false } }
        // Channels are shuffled by exchanging two axes.
        #expect(moved.isEmpty || name.hasPrefix("shufflenet"), "\(moved.map(\.name))")
        #expect(converted.weights.count == graph.weights.count)
    }
    /// As a network in a `.cnnm` takes other weights.
    @Test(arguments: [
        "alexnet", "convnext_tiny", "densenet121", "efficientnet_b0", "googlenet", "mobilenet_v3_small", "regnet_y_400mf", "resnet18", "resnet20",
        "shufflenet_v2_x0_5", "squeezenet1_1", "vgg11_bn",
    ])
    func convertedGraphsTakeTheStateDictAgain(_ name: String) throws {
        let stateDict = try Self.stateDict(name, classes: 7)
        let graph = try TorchImporter.graph(from: TorchCatalogue.match(stateDict: stateDict, name: name).network)
        let template = try LayoutConversion.channelsLast(graph, interface: .wanted)
        var record = StateDictRecord()
        for name in template.weightOrder {
            guard let provenance = template.weights[name]?.source.provenance else { continue }
            let (split, permutation) = provenance.inverse
            record.tensors.append(
                try #require(
                    StateDictRecord.Tensor(
                        name: provenance.tensor, shape: provenance.shape, weight: name, split: split, permutation: permutation)))
        }
        let (again, ties) = try TorchReplacement.graph(template, record: record, with: stateDict)
        #expect(ties.isEmpty)
        #expect(Set(again.weights.keys) == Set(template.weights.keys))
        for name in template.weightOrder {
            #expect(again.weights[name]?.source.shape == template.weights[name]?.source.shape)
            #expect(again.weights[name]?.layout == template.weights[name]?.layout)
        }
    }
}
