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
        case .torchScript(let script): try script.checkpoint.stateDict().map { ($0.name, $0.tensor.source) }
        case .torchProgram: []
        }
    }

    /// The network of the catalogue whose tensors these are: that of this name, or the one that fits.
    /// - Throws: `convert.config` for a file that has a graph; what `TorchCatalogue.match` and `stateDict` throw for a name.
    func match(_ architecture: ArchitectureSource?) throws(ModelError) -> TorchMatch? {
        guard case .name(let name)? = architecture else { return recognised }
        try requireNoGraph("--architecture")
        return try TorchCatalogue.match(stateDict: try stateDict(), name: name)
    }

    private func requireNoGraph(_ option: String) throws(ModelError) {
        guard case .torchProgram = self else { return }
        throw ModelError(
            Problem(
                "convert.config", "a program of torch.export has an architecture of its own", kind: .usage, hint: "leave \(option) out"))
    }

    /// The graph in a `.cnnm` that was made of a network of PyTorch, or in the header of one.
    /// - Throws: `convert.config` for a file that has a graph itself, and for a `.cnnm` of another framework; what opening it throws.
    func template(_ path: String) throws(ModelError) -> Graph {
        try requireNoGraph("the architecture")
        let file = try MappedFile(path: path)
        let document = CNNMFile.recognises(prefix: file.bytes.prefix(8)) ? try CNNMFile(file).document : try CNNMDocument(header: file)
        guard document.source?.framework == "PyTorch" else {
            throw ModelError(
                Problem(
                    "convert.config", "was not made of a network of PyTorch, whose tensors have other names and axes", kind: .usage,
                    at: Location(file: path)))
        }
        return document.graph
    }

    /// A graph in the engine's layout with these tensors, which come with PyTorch's axes.
    /// - Throws: what `TorchReplacement.graph` and `stateDict` throw.
    func filling(_ template: Graph) throws(ModelError) -> Graph {
        let source = try LayoutConversion.convert(template, to: .channelsFirst, interface: .wanted).graph
        let filled = try LayoutConversion.channelsLast(try TorchReplacement.graph(source, with: try stateDict()), interface: .wanted)
        // Only the weights, for nodes that move nothing may have come in between.
        var graph = template
        for (name, weight) in filled.weights where template.weights[name] != nil { graph.weights[name] = weight }
        _ = try graph.inferShapes()
        return graph
    }

    private var recognised: TorchMatch? {
        // TorchScript has a graph of its own, which may be another.
        if case .torchScript = self { return nil }
        guard let stateDict = try? stateDict() else { return nil }
        return TorchCatalogue.match(stateDict: stateDict)
    }
}
