import GraphImport
import ModelCore
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
    /// - Throws: `convert.config` for a file that has a graph, and for an architecture in a file; what `TorchCatalogue.match` and `stateDict` throw
    ///   for a name.
    func match(_ architecture: ArchitectureSource?) throws(ModelError) -> TorchMatch? {
        switch (architecture, self) {
        case (nil, _): return recognised
        case (let architecture?, .torchProgram):
            throw ModelError(
                Problem(
                    "convert.config", "a program of torch.export has an architecture of its own", kind: .usage,
                    hint: "leave \(architecture.option) out"))
        case (.name(let name)?, _): return try TorchCatalogue.match(stateDict: try stateDict(), name: name)
        case (.file?, _):
            throw ModelError(
                Problem(
                    "convert.config", "an architecture in a file is only taken for a file of Keras", kind: .usage,
                    hint: "--architecture takes a name; cnnconvert architectures lists them"))
        }
    }

    private var recognised: TorchMatch? {
        // TorchScript has a graph of its own, which may be another.
        if case .torchScript = self { return nil }
        guard let stateDict = try? stateDict() else { return nil }
        return TorchCatalogue.match(stateDict: stateDict)
    }
}
