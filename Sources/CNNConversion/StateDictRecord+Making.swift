import GraphImport
import ModelCore
import ModelGraph
import TorchFormat
import Verification

extension StateDictRecord {
    /// How the tensors of a state dict come out of a graph that was made of them, whose weights have their provenance.
    ///
    /// - Parameters:
    ///   - dict: what the graph was made of.
    ///   - keepsUnused: whether tensors that no weight of the graph has are added to it.
    /// - Throws: what reading tensors throws that may be another one under a second name.
    init(of dict: SourceStateDict, in graph: inout Graph, keepsUnused: Bool) throws(ModelError) {
        self.init()
        let tensors = dict.tensors
        var places: [String: Tensor] = [:]
        for name in graph.weightOrder {
            guard let provenance = graph.weights[name]?.source.provenance, places[provenance.tensor] == nil else { continue }
            let (split, permutation) = provenance.inverse
            places[provenance.tensor] = Tensor(
                name: provenance.tensor, shape: provenance.shape, weight: name, split: split, permutation: permutation)
        }
        // Tensors that come back, by what else could be the same bits.
        var alike: [String: [(Tensor, WeightSource)]] = [:]
        func kind(_ source: WeightSource) -> String { "\(source.dtype) \(source.shape)" }
        for (name, source) in tensors { if let tensor = places[name] { alike[kind(source), default: []].append((tensor, source)) } }
        for (name, source) in tensors {
            if let tensor = places[name] {
                self.tensors.append(tensor)
            } else if let count = try source.onlyInteger() {
                counters[name] = count
            } else if let alias = try Self.alias(of: source, among: alike[kind(source)] ?? [])?.called(name) {
                self.tensors.append(alias)
            } else if keepsUnused, let kept = Self.keep(name, source, in: &graph) {
                self.tensors.append(kept)
            } else if dict.read.contains(name) {
                consumed.append(name)
            } else {
                unused.append(name)
            }
        }
    }

    private static func alias(of source: WeightSource, among others: [(tensor: Tensor, source: WeightSource)]) throws(ModelError) -> Tensor? {
        for other in others where try source.hasBits(of: other.source) { return other.tensor }
        return nil
    }

    /// Adds a tensor to the weights of a graph, of which no node reads it.
    private static func keep(_ name: String, _ source: WeightSource, in graph: inout Graph) -> Tensor? {
        var weight = name.isEmpty ? "kept" : name
        while graph.weights[weight] != nil { weight += ":kept" }
        let count = source.count
        guard let tensor = Tensor(name: name, shape: source.shape, weight: weight, split: [count], permutation: [0]) else { return nil }
        graph.weights[weight] = Weight(source.shape.isEmpty ? source.reshaped([1]) : source, layout: .other)
        return tensor
    }
}

extension WeightSource {
    /// The integer of a tensor without axes; `nil` for any other.
    func onlyInteger() throws(ModelError) -> Int? {
        guard dtype == .int64, shape.isEmpty else { return nil }
        let bytes = try bytes()
        guard bytes.count == 8 else { return nil }
        return bytes.withUnsafeBytes { Int(Int64(littleEndian: $0.loadUnaligned(as: Int64.self))) }
    }
}

/// The state dict that a graph was made of.
struct SourceStateDict {
    /// In the order of the file, by the names that the network has for them.
    let tensors: [(name: String, source: WeightSource)]
    /// The names of those that the network reads.
    let read: Set<String>

    /// That of a program or a script, which have their graph.
    init(_ file: TensorFile, _ network: TorchNetwork) {
        switch file {
        case .torchProgram(let program): tensors = program.weights.map { ($0.name, $0.source) }
        case .torchScript(let script):
            tensors = script.checkpoint.tensors.filter { $0.path.first != "CONSTANTS" }.map { ($0.name, $0.source) }
        case .torch, .safetensors: tensors = []
        }
        read = network.readWeights
    }

    /// That of a network of the catalogue.
    init(_ match: TorchMatch) {
        tensors = match.tensors
        read = match.network.readWeights
    }
}
