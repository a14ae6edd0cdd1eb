import ByteIO
import ModelCore

/// Reads the tensors that calls take, in the notations of all versions.
///
/// Keras 1 and 2 write a call as a list of `[layer, node, tensor, {keyword arguments}]`; Keras 3 writes `{"args": ..., "kwargs": ...}` whose tensors are
/// objects with a `keras_history`.
struct KerasCallReader {
    private let layersByName: [String: Int]
    private let callCounts: [Int]
    /// The nodes by which each layer is referred to.
    private var references: [String: Set<Int>] = [:]
    private(set) var problems: [Problem] = []

    init(layers: [KerasLayer], callCounts: [Int]) {
        layersByName = Dictionary(layers.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.callCounts = callCounts
    }

    /// The tensors of one entry of `inbound_nodes`, in order; their `call` is the number that the file gives.
    mutating func inputs(of node: JSONValue, layer: KerasLayer, path: String) -> [KerasReference] {
        if let arguments = node["args"] {
            var result: [KerasReference] = []
            collect([arguments] + keywordTensors(node["kwargs"]), layer: layer, path: path, into: &result)
            return result
        }
        guard let list = node.array else {
            report("has a call \(KerasLayer.brief(node)) of no known notation", layer, path)
            return []
        }
        let entries = list.first?.string == nil ? list : [node]
        return entries.compactMap { entry in
            if let keywords = entry.array.flatMap({ $0.count > 3 ? $0[3].object : nil }), keywords.contains(where: { !isHarmless($0.key, $0.value) })
            {
                report("is called with arguments that are not tensors", layer, path)
            }
            return reference(entry, path: path)
        }
    }

    /// One entry of `inbound_nodes` of an operator: its tensors, and what it is called with in all.
    mutating func operatorCall(_ node: JSONValue, layer: KerasLayer, path: String) -> (inputs: [KerasReference], arguments: KerasArguments) {
        var tensors: [KerasReference] = []
        var arguments = KerasArguments()
        if let positional = node["args"]?.array {
            arguments.positional = positional.map { marked($0, path: path, &tensors) }
            for (key, value) in node["kwargs"]?.object ?? JSONObject() where !isHarmless(key, value) {
                arguments.keywords[key] = marked(value, path: path, &tensors)
            }
        } else {
            let list = node.array ?? []
            let entries = list.first?.string == nil ? list.compactMap(\.array) : [list]
            let first = entries.map { marked(.array(Array($0.prefix(3))), path: path, &tensors) }
            arguments.positional = list.first?.string == nil && entries.count > 1 ? [.array(first)] : first
            for (key, value) in entries.first.flatMap({ $0.count > 3 ? $0[3].object : nil }) ?? JSONObject() where !isHarmless(key, value) {
                arguments.keywords[key] = marked(value, path: path, &tensors)
            }
        }
        if tensors.isEmpty { report("is called without a tensor", layer, path) }
        return (tensors, arguments)
    }

    /// A value with its tensors replaced by their numbers. The parser's limit on depth bounds the recursion.
    private mutating func marked(_ value: JSONValue, path: String, _ tensors: inout [KerasReference]) -> JSONValue {
        let history = value["class_name"] == .string("__keras_tensor__") ? value["config"]?["keras_history"] : nil
        let isTriple = value.array.map { $0.count == 3 && $0[0].string.map { layersByName[$0] != nil } == true && $0[1].integer != nil } ?? false
        if let place = history ?? (isTriple ? value : nil) {
            guard let reference = reference(place, path: path) else { return .null }
            tensors.append(reference)
            return KerasArguments.tensor(tensors.count - 1)
        }
        guard let array = value.array else { return value }
        var result: [JSONValue] = []
        for element in array { result.append(marked(element, path: path, &tensors)) }
        return .array(result)
    }

    /// `input_layers` or `output_layers`: one reference, a list of them, or an object of them by name.
    mutating func ends(_ value: JSONValue?, path: String) -> ([KerasReference], [String]?) {
        if let object = value?.object {
            let entries = object.map { ($0.key, reference($0.value, path: path)) }
            return (entries.compactMap(\.1), entries.map(\.0))
        }
        guard let list = value?.array, !list.isEmpty else {
            problems.append(Problem("keras.config", "the model names no tensors here", at: Location(path: path)))
            return ([], nil)
        }
        let entries = list.first?.string == nil ? list : [.array(list)]
        return (entries.compactMap { reference($0, path: path) }, nil)
    }

    /// Turns the node of a reference into the number of the call.
    ///
    /// A nested model that was built on inputs of its own counts from 1 in Keras 1 and 2, and a layer that was also called outside this
    /// model leaves gaps: where the numbers do not fit the calls, their order counts.
    func resolver() -> (KerasReference) -> KerasReference {
        var numbers: [String: [Int: Int]] = [:]
        for (name, nodes) in references {
            guard let layer = layersByName[name] else { continue }
            let count = max(callCounts[layer], 1)
            let fits = nodes.allSatisfy { $0 >= 0 && $0 < count }
            let startsAtOne = nodes.allSatisfy { $0 >= 1 && $0 <= count }
            let order = nodes.sorted()
            numbers[name] = Dictionary(
                uniqueKeysWithValues: order.enumerated().map { position, node in (node, fits ? node : startsAtOne ? node - 1 : position) })
        }
        return { reference in
            KerasReference(layer: reference.layer, call: numbers[reference.layer]?[reference.call] ?? reference.call, tensor: reference.tensor)
        }
    }

    private mutating func collect(_ roots: [JSONValue], layer: KerasLayer, path: String, into result: inout [KerasReference]) {
        var stack = Array(roots.reversed())
        while let value = stack.popLast() {
            switch value {
            case .array(let array): stack += array.reversed()
            case .object(let object):
                guard object["class_name"] == .string("__keras_tensor__"), let history = object["config"]?["keras_history"] else {
                    report("is called with \(KerasLayer.brief(value)), which is no tensor", layer, path)
                    continue
                }
                if let reference = reference(history, path: path) { result.append(reference) }
            case .null: continue
            default: report("is called with \(KerasLayer.brief(value)), which is no tensor", layer, path)
            }
        }
    }

    private func keywordTensors(_ keywords: JSONValue?) -> [JSONValue] {
        keywords?.object?.filter { !isHarmless($0.key, $0.value) }.map(\.value) ?? []
    }

    /// Arguments that change nothing at inference.
    private func isHarmless(_ key: String, _ value: JSONValue) -> Bool {
        value.isNull || key == "training" || key == "mask" || (key == "name" && value.string != nil)
    }

    private mutating func reference(_ value: JSONValue, path: String) -> KerasReference? {
        guard let list = value.array, list.count >= 3, let layer = list[0].string, let node = list[1].integer, let tensor = list[2].integer else {
            problems.append(Problem("keras.config", "\(KerasLayer.brief(value)) is not [layer, node, tensor]", at: Location(path: path)))
            return nil
        }
        guard layersByName[layer] != nil else {
            problems.append(Problem("keras.undefined", "a call reads layer '\(layer)', which does not exist", at: Location(path: path, node: layer)))
            return nil
        }
        references[layer, default: []].insert(node)
        return KerasReference(layer: layer, call: node, tensor: tensor)
    }

    private mutating func report(_ message: String, _ layer: KerasLayer, _ path: String) {
        problems.append(
            Problem("keras.unsupported-call", "layer '\(layer.name)' (\(layer.className)) \(message)", at: Location(path: path, node: layer.name)))
    }
}
