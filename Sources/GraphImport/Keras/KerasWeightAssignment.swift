import ByteIO
import KerasFormat
import ModelCore

/// Which dataset of the file is which variable of which layer.
///
/// Files list weights by layer or by class. By layer, a group holds for a layer of its own the layer's variables as they were made; for a
/// nested model, first the variables of all its layers that training changes, then the others. By class, each layer has a group, wherever it
/// is, with its trained variables before the others whatever its flag `trainable`.
struct KerasWeightAssignment {
    /// Datasets by the layer's place in the configuration and the variable's name.
    private(set) var datasets: [String: [String: KerasWeight]] = [:]
    /// Whether the file's names of layers are others than the architecture's, so that order alone says whose weights are whose.
    private(set) var isByOrder = false
    /// Layers that are a part of several models, and whose variables the file has in another one.
    private(set) var shared: [String] = []

    /// - Throws: `keras.missing-weight` and `keras.extra-weight` for every layer whose datasets do not fit its variables, and for what no layer has;
    ///   `keras.layer-count` where neither names nor order match.
    static func assign(_ model: KerasModel, to network: KerasNetwork) throws(ModelError) -> KerasWeightAssignment {
        var assignment = KerasWeightAssignment()
        var problems: [Problem] = []
        let groups = Dictionary(model.layers.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        switch model.addressing {
        case .names:
            for layer in network.layers {
                do throws(ModelError) { try assignment.add(groups[layer.name]?.weights ?? [], to: layer, variables(of: layer)) } catch {
                    problems += error.problems
                }
            }
        case .namesOrOrder:
            let (pairs, isByOrder) = try pairs(model, network)
            assignment.isByOrder = isByOrder
            for (layer, group) in pairs {
                do throws(ModelError) { try assignment.add(group.weights, to: layer, variables(of: layer)) } catch { problems += error.problems }
            }
        case .paths:
            problems = try assignment.addByPath(groups, model, network)
        }
        if let error = ModelError(problems) { throw error }
        return assignment
    }

    private struct Slot {
        let layer: KerasLayer
        let variable: KerasVariable
    }

    private mutating func add(_ found: [KerasWeight], to layer: KerasLayer, _ wanted: [Slot], at path: String? = nil) throws(ModelError) {
        guard wanted.count == found.count else {
            let code = path != nil && found.count > wanted.count ? "keras.extra-weight" : "keras.missing-weight"
            throw layer.problem(
                code,
                "has \(wanted.count) variables (\(Self.list(wanted.map(\.variable.name)))), the file holds \(found.count) (\(Self.list(found.map(\.name))))"
                    + (path.map { " in \($0)" } ?? ""))
        }
        for (slot, weight) in zip(wanted, found) { datasets[slot.layer.path, default: [:]][slot.variable.name] = weight }
    }

    // MARK: By layer

    /// The layers that have weights with the groups that have weights: by name if the names are the same, else by order, which is how Keras
    /// itself always goes. Shapes are checked where the weights are used.
    private static func pairs(
        _ model: KerasModel, _ network: KerasNetwork
    ) throws(ModelError) -> (pairs: [(KerasLayer, KerasLayerWeights)], isByOrder: Bool) {
        var layers: [KerasLayer] = []
        for layer in network.layers where try !variables(of: layer).isEmpty { layers.append(layer) }
        let groups = model.layers.filter { !$0.weights.isEmpty && $0.name != "top_level_model_weights" }
        let names = layers.map(\.name)
        guard names.count == groups.count else {
            throw ModelError(
                Problem(
                    "keras.layer-count",
                    "the architecture has \(names.count) layers with weights (\(list(names))), the file \(groups.count) (\(list(groups.map(\.name))))",
                    hint: "give the architecture of the model that these weights were saved from"))
        }
        let byName = Dictionary(groups.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let matches = layers.compactMap { layer in byName[layer.name].map { (layer, $0) } }
        return matches.count == layers.count ? (matches, false) : (Array(zip(layers, groups)), true)
    }

    /// The variables of a layer, or of all layers of a nested model, in the order of files.
    private static func variables(of layer: KerasLayer) throws(ModelError) -> [Slot] {
        var trained: [Slot] = []
        var recorded: [Slot] = []
        var pending: [(layer: KerasLayer, isTrainable: Bool)] = [(layer, true)]
        while let (layer, outerIsTrainable) = pending.popLast() {
            let isTrainable = try layer.bool("trainable", default: true) && outerIsTrainable
            if let network = layer.network {
                pending += network.layers.reversed().map { ($0, isTrainable) }
                continue
            }
            if let inner = layer.wrapped.first {
                pending.append((inner, isTrainable))
                // The vector by which training estimates the largest singular value.
                if layer.className == "SpectralNormalization" { recorded.append(Slot(layer: layer, variable: .recorded("vector_u"))) }
                continue
            }
            if layer.operation != nil { continue }
            for variable in try KerasLayerKind.all[layer.className]?.variables(layer) ?? [] {
                let slot = Slot(layer: layer, variable: variable)
                if isTrainable && variable.isTrainable { trained.append(slot) } else { recorded.append(slot) }
            }
        }
        return trained + recorded
    }

    // MARK: By class

    /// - Returns: what does not fit.
    private mutating func addByPath(
        _ groups: [String: KerasLayerWeights], _ model: KerasModel, _ network: KerasNetwork
    ) throws(ModelError) -> [Problem] {
        let paths = KerasVariablePaths(try model.architecture(), pointer: model.configurationPath, groups: groups.keys)
        var problems: [Problem] = []
        let leaves = Self.leaves(network)
        let twins = Dictionary(grouping: leaves, by: \.identity)
        for layer in leaves {
            let (weights, place) = Self.found(layer, groups, paths)
            var found = weights
            // Not even a group of its own: an object that Keras had saved elsewhere.
            if groups[place] == nil, let twin = twins[layer.identity]?.first(where: { !Self.found($0, groups, paths).weights.isEmpty }) {
                found = Self.found(twin, groups, paths).weights
                shared.append(layer.name)
            }
            do throws(ModelError) {
                let variables = try KerasLayerKind.all[layer.className]?.variables(layer) ?? []
                if !variables.isEmpty, let odd = found.first(where: { !Self.isNumbered($0) }) {
                    throw layer.problem("keras.variables", "has a variable '\(odd.name)', where numbers from 0 on are known")
                }
                let slots = (variables.filter(\.isTrainable) + variables.filter { !$0.isTrainable }).map { Slot(layer: layer, variable: $0) }
                try add(found, to: layer, slots, at: place)
            } catch {
                problems += error.problems
            }
        }
        let known = Set(paths.objects.values)
        for group in model.layers where !group.weights.isEmpty && !known.contains(group.name) {
            // What is below a layer and no layer itself, such as the state of a generator of random numbers, does not matter.
            let parts = group.name.split(separator: "/").dropLast()
            guard let last = parts.last, last == "layers" || last == "_layer_checkpoint_dependencies" else { continue }
            problems.append(
                Problem(
                    "keras.extra-weight", "the file holds \(group.weights.count) variables of '\(group.name)', which the architecture does not have",
                    at: Location(path: group.weights.first?.source.origin)))
        }
        return problems
    }

    /// The layers of a model and of the models in it, that are no models.
    private static func leaves(_ network: KerasNetwork) -> [KerasLayer] {
        var leaves: [KerasLayer] = []
        var pending = Array(network.layers.reversed())
        while let layer = pending.popLast() {
            if let inner = layer.network {
                pending += inner.layers.reversed()
            } else if let inner = layer.wrapped.first {
                pending.append(inner)
            } else if layer.operation == nil {
                leaves.append(layer)
            }
        }
        return leaves
    }

    /// What the file holds for a layer and for what it wraps, and where.
    private static func found(
        _ layer: KerasLayer, _ groups: [String: KerasLayerWeights], _ paths: KerasVariablePaths
    ) -> (weights: [KerasWeight], place: String) {
        // The input of a Sequential model that has none in its configuration has no place there.
        var object = paths.objects[layer.path] ?? ""
        var weights = groups[object]?.weights ?? []
        var pointer = layer.path + "/config/layer"
        while let inner = paths.objects[pointer] {
            weights += groups[inner]?.weights ?? []
            (object, pointer) = (inner, pointer + "/config/layer")
        }
        return (weights, object)
    }

    /// Whether a variable is named by its number, written in one way only.
    private static func isNumbered(_ weight: KerasWeight) -> Bool {
        guard let name = weight.name.split(separator: "/").last, let number = Int(name) else { return false }
        return String(number) == name
    }

    private static func list(_ names: [String]) -> String {
        names.isEmpty ? "none" : names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", ..." : "")
    }
}

extension KerasLayer {
    /// Equal for the places of a layer that is a part of several models. Keras writes its configuration for each of them, and its variables
    /// once, where it first comes to it.
    fileprivate var identity: [JSONValue] { [.string(className), .string(name), JSONValue.object(config.values).withoutNumbers] }
}

extension JSONValue {
    /// The same without the numbers by which Keras refers to shared objects, which only the first mention has. The parser's limit bounds the
    /// recursion.
    fileprivate var withoutNumbers: JSONValue {
        switch self {
        case .array(let array): return .array(array.map(\.withoutNumbers))
        case .object(let object):
            var result = JSONObject()
            for (key, value) in object where key != "shared_object_id" { result[key] = value.withoutNumbers }
            return .object(result)
        default: return self
        }
    }
}
