import ByteIO
import ModelCore

/// Reads the tensors that calls take, in the notations of all versions.
///
/// Keras 1 and 2 write a call as a list of `[layer, node, tensor, {keyword arguments}]`; Keras 3 writes `{"args": ..., "kwargs": ...}` whose tensors are
/// objects with a `keras_history`.
struct KerasCallReader {
    private let layersByName: [String: Int]
    private let callCounts: [Int]
    /// Models of Functional kind, whose calls the ends of a model count from 1 in Keras 3; elsewhere they count from 0.
    private let countedFromOne: Set<String>
    /// The nodes by which each layer is referred to.
    private var references: [String: Set<Int>] = [:]
    private(set) var problems: [Problem] = []

    init(layers: [KerasLayer], callCounts: [Int]) {
        layersByName = Dictionary(layers.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.callCounts = callCounts
        countedFromOne = Set(
            layers.filter { $0.className == "Functional" && KerasVersionTable.callsOfModels[$0.origin.version] == .endsFromOne }.map(\.name))
    }

    /// What a layer is called with in one entry of `inbound_nodes`, in order; the `call` of a tensor is the number that the file gives.
    mutating func inputs(of node: JSONValue, layer: KerasLayer, path: String) -> [KerasInput] {
        var result: [KerasInput] = []
        if let arguments = node["args"] {
            var tensors = [arguments]
            for (key, value) in node["kwargs"]?.object ?? JSONObject() where !isHarmless(key, value, of: layer) {
                if key != "mask", value.object != nil || value.array != nil { tensors.append(value) } else { refuse(key, value, layer, path) }
            }
            collect(tensors, layer: layer, path: path, into: &result)
            return result
        }
        guard let list = node.array ?? node.object.map({ values(of: $0, for: layer, path: path) }) else {
            report("has a call \(KerasLayer.brief(node)) of no known notation", layer, path)
            return []
        }
        for entry in list.first?.string == nil ? list : [node] {
            for (key, value) in entry.array.flatMap({ $0.count > 3 ? $0[3].object : nil }) ?? JSONObject() where !isHarmless(key, value, of: layer) {
                refuse(key, value, layer, path)
            }
            if let input = input(entry, layer: layer, path: path) { result.append(input) }
        }
        return result
    }

    /// One entry of `inbound_nodes` of an operator: its tensors, and what it is called with in all.
    mutating func operatorCall(_ node: JSONValue, layer: KerasLayer, path: String) -> (inputs: [KerasReference], arguments: KerasArguments) {
        var tensors: [KerasReference] = []
        var arguments = KerasArguments()
        let keywords: JSONObject?
        if let positional = node["args"]?.array {
            arguments.positional = positional.map { marked($0, path: path, &tensors) }
            keywords = node["kwargs"]?.object
        } else {
            let list = node.array ?? []
            let entries = list.first?.string == nil ? list.compactMap(\.array) : [list]
            let first = entries.map { marked(member($0), path: path, &tensors) }
            arguments.positional = list.first?.string == nil && entries.count > 1 ? [.array(first)] : first
            keywords = entries.first.flatMap { $0.count > 3 ? $0[3].object : nil }
        }
        for (key, value) in keywords ?? JSONObject() where key != "name" {
            arguments.keywords[key] = marked(value, path: path, &tensors)
        }
        if tensors.isEmpty { report("is called without a tensor", layer, path) }
        return (tensors, arguments)
    }

    /// What stands in a list of arguments of Keras 2: a constant, a tensor without the keywords that follow it, or a list of such. The parser's limit
    /// on depth bounds the recursion.
    private func member(_ entry: [JSONValue]) -> JSONValue {
        guard entry.first?.array == nil else { return .array(entry.map { $0.array.map(member) ?? $0 }) }
        return constant(.array(entry)) ?? .array(Array(entry.prefix(3)))
    }

    /// What stands in place of a tensor: `["_CONSTANT_VALUE", -1, value]`, or an array as Keras 3 writes it.
    private func constant(_ value: JSONValue) -> JSONValue? {
        if let list = value.array, list.count >= 3, list[0] == .string("_CONSTANT_VALUE"), list[1] == .integer(-1) { return list[2] }
        return ["__tensor__", "__numpy__"].contains(value["class_name"]?.string) ? value : nil
    }

    /// One entry of a call of a layer.
    private mutating func input(_ value: JSONValue, layer: KerasLayer, path: String) -> KerasInput? {
        guard let constant = constant(value) else { return reference(value, path: path).map(KerasInput.tensor) }
        guard let tensor = KerasOperation.constant(constant) else {
            report("is called with \(KerasLayer.brief(constant)), which is no array of finite numbers", layer, path)
            return nil
        }
        return .constant(tensor)
    }

    /// The tensors of an object with which a model is called, in the order of the model's inputs: by their keys where the model has such an object
    /// too, and else by the names of its inputs. Keras leaves those out that the model does not know.
    private mutating func values(of object: JSONObject, for layer: KerasLayer, path: String) -> [JSONValue] {
        guard let network = layer.network, network.inputNames.allSatisfy({ $0 == nil }) else { return object.sortedByKey.map(\.value) }
        return network.inputs.compactMap { input in
            if let value = object[input.layer] { return value }
            report("is called without its input '\(input.layer)'", layer, path)
            return nil
        }
    }

    /// A value with its tensors replaced by their numbers. The parser's limit on depth bounds the recursion.
    private mutating func marked(_ value: JSONValue, path: String, _ tensors: inout [KerasReference]) -> JSONValue {
        let isTriple = value.array.map { $0.count == 3 && $0[0].string.map { layersByName[$0] != nil } == true && $0[1].integer != nil } ?? false
        if let place = history(of: value) ?? (isTriple ? value : nil) {
            guard let reference = reference(place, path: path) else { return .null }
            tensors.append(reference)
            return KerasArguments.tensor(tensors.count - 1)
        }
        guard let array = value.array else { return value }
        var result: [JSONValue] = []
        for element in array { result.append(marked(element, path: path, &tensors)) }
        return .array(result)
    }

    /// `input_layers` or `output_layers`: one reference, or lists and objects of them in each other.
    ///
    /// What is in an object is named by the keys that lead to it, and by its number in a list below one: `boxes/0`. Keras counts the members of
    /// an object in the order of their keys, whatever the order in the file.
    mutating func ends(_ value: JSONValue?, path: String) -> [(reference: KerasReference, name: String?)] {
        let known = problems.count
        var found: [(KerasReference, String?)] = []
        var stack: [(value: JSONValue, name: String?)] = value.map { [($0, nil)] } ?? []
        while let (value, name) = stack.popLast() {
            if let object = value.object {
                stack += object.sortedByKey.map { key, value in (value, name.map { "\($0)/\(key)" } ?? key) }.reversed()
            } else if let list = value.array, list.first?.string == nil {
                stack += list.enumerated().map { number, value in (value, name.map { "\($0)/\(number)" }) }.reversed()
            } else if let reference = reference(value, path: path, isEnd: true) {
                found.append((reference, name))
            }
        }
        if found.isEmpty, problems.count == known {
            problems.append(Problem("keras.config", "the model names no tensors here", at: Location(path: path)))
        }
        return found
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

    private mutating func collect(_ roots: [JSONValue], layer: KerasLayer, path: String, into result: inout [KerasInput]) {
        var stack = Array(roots.reversed())
        while let value = stack.popLast() {
            switch value {
            case .array(let array): stack += array.reversed()
            case .object(let object):
                if let history = history(of: value) {
                    if let reference = reference(history, path: path) { result.append(.tensor(reference)) }
                } else if constant(value) != nil {
                    if let input = input(value, layer: layer, path: path) { result.append(input) }
                } else if layer.network != nil, object["class_name"] == nil {
                    // A model that takes its inputs by name is called with an object of them.
                    stack += values(of: object, for: layer, path: path).reversed()
                } else {
                    report("is called with \(KerasLayer.brief(value)), which is no tensor", layer, path)
                }
            case .null: continue
            default: report("is called with \(KerasLayer.brief(value)), which is no tensor", layer, path)
            }
        }
    }

    private func history(of value: JSONValue) -> JSONValue? {
        value["class_name"] == .string("__keras_tensor__") ? value["config"]?["keras_history"] : nil
    }

    private mutating func refuse(_ key: String, _ value: JSONValue, _ layer: KerasLayer, _ path: String) {
        report("is called with \(key) \(KerasLayer.brief(value)), which cnnconvert cannot convert", layer, path)
    }

    /// Arguments that change nothing at inference.
    private func isHarmless(_ key: String, _ value: JSONValue, of layer: KerasLayer) -> Bool {
        switch key {
        case "training": value.isNull || value == .bool(false) || value == .integer(0) || !layer.differsInTraining
        case "name": true
        // A model of several inputs has as many masks.
        case "mask": value.isNull || (value.array ?? value.object?.map(\.value))?.allSatisfy(\.isNull) == true
        default: value.isNull
        }
    }

    private mutating func reference(_ value: JSONValue, path: String, isEnd: Bool = false) -> KerasReference? {
        guard let list = value.array, list.count >= 3, let layer = list[0].string, let given = list[1].integer, let tensor = list[2].integer else {
            problems.append(Problem("keras.config", "\(KerasLayer.brief(value)) is not [layer, node, tensor]", at: Location(path: path)))
            return nil
        }
        guard layersByName[layer] != nil else {
            problems.append(Problem("keras.undefined", "a call reads layer '\(layer)', which does not exist", at: Location(path: path, node: layer)))
            return nil
        }
        let node = isEnd && given > 0 && countedFromOne.contains(layer) ? given - 1 : given
        references[layer, default: []].insert(node)
        return KerasReference(layer: layer, call: node, tensor: tensor)
    }

    private mutating func report(_ message: String, _ layer: KerasLayer, _ path: String) {
        problems.append(
            Problem("keras.unsupported-call", "layer '\(layer.name)' (\(layer.className)) \(message)", at: Location(path: path, node: layer.name)))
    }
}

extension JSONObject {
    /// The members as Python sorts their keys.
    fileprivate var sortedByKey: [(key: String, value: JSONValue)] {
        map { ($0.key, $0.value) }.sorted { $0.key.unicodeScalars.lexicographicallyPrecedes($1.key.unicodeScalars) }
    }
}
