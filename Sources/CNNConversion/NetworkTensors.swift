import ModelCore
import SafetensorsFormat
import TorchFormat

/// The tensors of a network by name, as a file of weights has them.
struct NetworkTensors {
    let tensors: [(name: String, source: WeightSource)]
    /// What there is to know about where they were.
    let remarks: [String]
}

extension TensorFile {
    /// The tensors of the network; none for a program, which has its graph.
    ///
    /// - Parameter entry: where they are, as keys or the beginning of names; found where it is `nil`.
    /// - Throws: `torch.state-dict` where several dictionaries may be meant; `torch.entry`; the reasons for tensors that are not read.
    func networkTensors(entry: String?) throws(ModelError) -> NetworkTensors {
        switch self {
        case .torch(let checkpoint): try Self.tensors(of: checkpoint, entry)
        case .torchScript(let script): try Self.tensors(of: script.checkpoint, entry)
        case .safetensors(let file):
            NetworkTensors(tensors: try Self.tensors(file.tensors.map { ($0.name, $0.source) }, below: entry), remarks: [])
        case .torchProgram: NetworkTensors(tensors: [], remarks: [])
        }
    }

    private static func tensors(of checkpoint: TorchCheckpoint, _ entry: String?) throws(ModelError) -> NetworkTensors {
        // An entry of the file, or else a part of what is in its state dict.
        let isOfFile = entry.map { entry in checkpoint.tensors.contains { $0.name.hasPrefix("\(entry).") } } ?? true
        let dict = try checkpoint.stateDict(entry: isOfFile ? entry : nil)
        var remarks: [String] = []
        if !dict.others.isEmpty {
            let others = dict.others.map { "'\($0)'" }.joined(separator: ", ")
            remarks.append("the file has several entries with tensors: '\(dict.entry)' was taken, and not \(others)")
        }
        let tensors = dict.tensors.map { (name: $0.name, source: $0.tensor.source) }
        return NetworkTensors(tensors: try Self.tensors(tensors, below: isOfFile ? nil : entry), remarks: remarks)
    }

    private static func tensors(
        _ tensors: [(name: String, source: WeightSource)], below entry: String?
    ) throws(ModelError) -> [(name: String, source: WeightSource)] {
        guard let entry else { return tensors }
        let chosen = tensors.filter { $0.name.hasPrefix("\(entry).") }
        guard !chosen.isEmpty else { throw StateDictKeys.noEntry(entry, names: tensors.map(\.name)) }
        return chosen.map { (String($0.name.dropFirst(entry.count + 1)), $0.source) }
    }

    /// What the file says its network is called.
    var stated: StatedArchitecture? {
        switch self {
        case .torch(let checkpoint): checkpoint.stated.first
        case .torchScript(let script): script.checkpoint.stated.first
        case .safetensors(let file): StatedArchitecture.first(in: file.metadata.map { ($0.key, $0.value) })
        case .torchProgram: nil
        }
    }
}
