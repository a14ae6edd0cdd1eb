import ByteIO
import GraphExport
import ModelCore
import ModelGraph
import TorchFormat

// What a `.cnnm` keeps of a state dict besides the weights, as the text of a JSON object in its metadata.
extension StateDictExport.Notes {
    private static let key = "state_dict"

    /// What the graph that was made of a file does not say about it.
    init(_ file: TensorFile, _ graph: Graph) {
        self.init()
        let operands = graph.nodes.compactMap { node in if case .constant = node.operation { node.weights["value"] } else { nil } }
        let means = Set(graph.nodes.compactMap { node in if case .batchNormalization = node.operation { node.weights["mean"] } else { nil } })
        let tensors = Dictionary(file.namedTensors, uniquingKeysWith: { first, _ in first })
        for name in operands { shapes[name] = tensors[name]?.shape }
        let ending = "num_batches_tracked"
        for (name, source) in tensors where name.hasSuffix(ending) && source.dtype == .int64 && source.count == 1 {
            // What all names began with has been left out.
            var parts = name.dropLast(ending.count)[...]
            while !means.contains(parts + "running_mean"), let dot = parts.firstIndex(of: ".") { parts = parts[parts.index(after: dot)...] }
            guard means.contains(parts + "running_mean"), let bytes = try? source.bytes(), bytes.count == 8 else { continue }
            counters[parts + ending] = bytes.withUnsafeBytes { Int(Int64(littleEndian: $0.loadUnaligned(as: Int64.self))) }
        }
    }

    init(metadata: [String: String]) {
        self.init()
        guard let text = metadata[Self.key], let tree = try? JSON.parse(Array(text.utf8)) else { return }
        for (name, sizes) in tree["shapes"]?.object ?? JSONObject() {
            guard let sizes = sizes.array else { continue }
            let shape = sizes.compactMap(\.integer)
            if shape.count == sizes.count, shape.allSatisfy({ $0 >= 0 }) { shapes[name] = shape }
        }
        for (name, count) in tree["counters"]?.object ?? JSONObject() { counters[name] = count.integer }
    }

    var metadata: [String: String] {
        guard !shapes.isEmpty || !counters.isEmpty else { return [:] }
        var (shapes, counters) = (JSONObject(), JSONObject())
        for (name, shape) in self.shapes.sorted(by: { $0.key < $1.key }) { shapes[name] = .array(shape.map(JSONValue.integer)) }
        for (name, count) in self.counters.sorted(by: { $0.key < $1.key }) { counters[name] = .integer(count) }
        guard let text = try? JSON.serialize(["counters": .object(counters), "shapes": .object(shapes)]) else { return [:] }
        return [Self.key: String(decoding: text, as: UTF8.self)]
    }
}

extension TensorFile {
    /// Every tensor that may be a network's, by its name there.
    fileprivate var namedTensors: [(String, WeightSource)] {
        switch self {
        case .torchProgram(let program): (program.weights + program.constants).map { ($0.name, $0.source) }
        case .torchScript(let script): script.checkpoint.tensors.map { ($0.name, $0.source) }
        default: (try? stateDict())?.map { ($0.name, $0.source) } ?? []
        }
    }
}
