import ByteIO
import CNNMFormat
import GraphImport
import LayoutConversion
import ModelCore
import ModelGraph
import SafetensorsFormat
import TorchFormat

// Files with the tensors of a network and not its graph.
extension TensorFile {
    /// The tensors of the network by name; none for a program, which has its graph.
    /// - Throws: `torch.state-dict` where several dictionaries may be meant; the reasons for tensors that are not read.
    func stateDict() throws(ModelError) -> [(name: String, source: WeightSource)] {
        switch self {
        case .torch(let checkpoint): try checkpoint.stateDict().map { ($0.name, $0.tensor.source) }
        case .safetensors(let file): file.tensors.map { ($0.name, $0.source) }
        case .torchProgram: []
        }
    }

    /// Where the network of these tensors is known from.
    /// - Returns: `nil` where it is not.
    /// - Throws: `convert.config` for a file that has a graph, or an architecture that is not of PyTorch; what `TorchCatalogue.match` and `stateDict`
    ///   throw for a name.
    func network(_ architecture: ArchitectureSource?) throws(ModelError) -> StateDictNetwork? {
        guard let architecture else { return recognised.map(StateDictNetwork.catalogue) }
        if case .torchProgram = self {
            throw ModelError(
                Problem(
                    "convert.config", "a program of torch.export has an architecture of its own", kind: .usage,
                    hint: "leave \(architecture.option) out"))
        }
        switch architecture {
        case .name(let name): return .catalogue(try TorchCatalogue.match(stateDict: try stateDict(), name: name))
        case .file(let path): return .template(try Self.template(path), stateDict: try stateDict())
        }
    }

    private static func template(_ path: String) throws(ModelError) -> Graph {
        let file = try MappedFile(path: path)
        let document = CNNMFile.recognises(prefix: file.bytes.prefix(8)) ? try CNNMFile(file).document : try CNNMDocument(header: file)
        guard document.source?.framework == "PyTorch" else {
            let problem = Problem(
                "convert.config", "was not made of a network of PyTorch, whose tensors have other names and axes", kind: .usage,
                at: Location(file: path))
            throw ModelError(problem)
        }
        return document.graph
    }

    private var recognised: TorchMatch? {
        // TorchScript has a graph of its own, which may be another.
        if case .torch(let checkpoint) = self, checkpoint.container == .script { return nil }
        guard let stateDict = try? stateDict() else { return nil }
        return TorchCatalogue.match(stateDict: stateDict)
    }
}

/// The network that a state dict fills.
enum StateDictNetwork: Sendable {
    case catalogue(TorchMatch)
    /// A graph in the engine's layout, which was made of another state dict of the same network.
    case template(Graph, stateDict: [(name: String, source: WeightSource)])

    /// The network in the engine's layout, and what there is to say about it.
    func graphAndRemarks() throws(ModelError) -> (graph: Graph, remarks: [String]) {
        switch self {
        case .catalogue(let match):
            let graph = try TorchImporter.graph(from: match.network)
            return (
                try LayoutConversion.channelsLast(graph, interface: .wanted),
                ["the file has no architecture; its weights are those of \(match.title)"] + match.remarks
            )
        case .template(let template, let stateDict):
            // Tensors come with PyTorch's axes. Back again, the weights are what counts: nodes may have come in between that move nothing.
            let source = try LayoutConversion.convert(template, to: .channelsFirst, interface: .wanted).graph
            let filled = try LayoutConversion.channelsLast(try TorchReplacement.graph(source, with: stateDict), interface: .wanted)
            var graph = template
            for (name, weight) in filled.weights where template.weights[name] != nil { graph.weights[name] = weight }
            _ = try graph.inferShapes()
            return (graph, [])
        }
    }

    var match: TorchMatch? {
        if case .catalogue(let match) = self { match } else { nil }
    }
}
