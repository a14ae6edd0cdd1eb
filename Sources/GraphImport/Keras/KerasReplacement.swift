package import KerasFormat
package import ModelCore
package import ModelGraph

/// Other weights for a graph that was made of a Keras model: `LAYER/VARIABLE` and `MODEL/LAYER/VARIABLE` are the names of its weights.
///
/// Here names alone decide, for a graph has neither classes of layers nor their order. Files that name variables by class do for this only
/// if they note the layers' names, which Keras 3.9 and later do.
package enum KerasReplacement {
    /// Variables in the order in which layers make them; no layer has two that come in another order.
    private static let order = [
        "depthwise_kernel", "pointwise_kernel", "kernel", "embeddings", "gamma", "scale", "beta", "bias", "alpha", "moving_mean", "moving_variance",
    ]

    /// `template` with the weights of `model`, each of the shape that it replaces.
    ///
    /// - Throws: all problems at once: `keras.no-names`, `keras.missing-weight`, `keras.extra-weight`, `keras.weight-shape`.
    package static func graph(_ template: Graph, with model: KerasModel) throws(ModelError) -> Graph {
        var problems: [Problem] = []
        var found: [String: KerasWeight] = [:]
        for group in model.layers where !group.weights.isEmpty && group.name != "top_level_model_weights" {
            do throws(ModelError) {
                for (name, weight) in try model.addressing == .paths ? byPath(group, model, template) : byName(group, template) {
                    if found.updateValue(weight, forKey: name) != nil {
                        problems.append(Problem("keras.extra-weight", "the file holds '\(name)' twice", at: Location(path: weight.source.origin)))
                    }
                }
            } catch {
                problems += error.problems
            }
        }
        var graph = template
        for name in template.weightOrder {
            guard let old = template.weights[name] else { continue }
            guard let weight = found[name] else {
                problems.append(Problem("keras.missing-weight", "the file does not hold '\(name)'"))
                continue
            }
            guard let source = fitted(weight.source, to: old) else {
                problems.append(
                    Problem(
                        "keras.weight-shape",
                        "'\(name)' has shape \(old.source.shape) (\(old.layout.rawValue)), '\(weight.name)' has \(weight.source.shape)",
                        at: Location(path: weight.source.origin), hint: "give the architecture as model.to_json() writes it"))
                continue
            }
            graph.weights[name] = Weight(source, layout: old.layout)
        }
        if let error = ModelError(problems) { throw error }
        return graph
    }

    /// The weight as the operator wants it; `nil` where it has another shape, or where its axes may have been moved when the graph was made.
    private static func fitted(_ source: WeightSource, to old: Weight) -> WeightSource? {
        let shape = old.source.shape
        if old.layout == .other, shape.count(where: { $0 != 1 }) > 1 { return nil }
        if source.shape == shape { return source }
        // A depthwise kernel [window, C, M] is that of C groups, [window, 1, C M].
        let isDepthwise =
            source.shape.count == shape.count && shape.count > 2 && source.shape.dropLast(2) == shape.dropLast(2) && shape[shape.count - 2] == 1
            && source.shape.suffix(2).reduce(1, *) == shape.last
        return isDepthwise ? source.reshaped(shape) : nil
    }

    /// The weights of a group `LAYER`, whose names end in `INNERMOST LAYER/VARIABLE`.
    private static func byName(_ group: KerasLayerWeights, _ template: Graph) throws(ModelError) -> [(String, KerasWeight)] {
        let names = template.weights.keys.filter { $0.hasPrefix(group.name + "/") }
        var result: [(String, KerasWeight)] = []
        for weight in group.weights {
            let parts = weight.name.split(separator: "/").map(String.init)
            let variable = parts.last?.split(separator: ":").first.map(String.init) ?? ""
            let candidates = names.filter { name in
                let own = name.split(separator: "/").map(String.init)
                guard own.last == variable || (own.last == "depthwise_kernel" && variable == "kernel") else { return false }
                return own.dropLast().joined(separator: "/") == group.name || own.dropLast().last == parts.dropLast().last
            }
            guard candidates.count == 1 else {
                throw ModelError(
                    Problem(
                        "keras.extra-weight", "layer '\(group.name)' has \(candidates.count) weights that '\(weight.name)' may be",
                        at: Location(path: weight.source.origin, node: group.name), hint: "give the architecture as model.to_json() writes it"))
            }
            result.append((candidates[0], weight))
        }
        return result
    }

    /// The variables of an object, whose name and whose models' names the file notes.
    private static func byPath(
        _ group: KerasLayerWeights, _ model: KerasModel, _ template: Graph
    ) throws(ModelError) -> [(String, KerasWeight)] {
        let parts = group.name.split(separator: "/").map(String.init)
        // layers/sequential/layers/conv2d: every second part is a list.
        guard parts.count % 2 == 0, stride(from: 0, to: parts.count, by: 2).allSatisfy({ parts[$0] == "layers" }) else { return [] }
        var names: [String] = []
        for end in stride(from: 2, through: parts.count, by: 2) {
            let object = parts[..<end].joined(separator: "/")
            guard let name = model.layers.first(where: { $0.name == object })?.label else {
                throw ModelError(
                    Problem(
                        "keras.no-names", "the file does not say which layer '\(object)' is, and a .cnnm has no classes of layers",
                        at: Location(path: object), hint: "give the architecture as model.to_json() writes it"))
            }
            names.append(name)
        }
        let layer = names.joined(separator: "/")
        let wanted = order.map { layer + "/" + $0 }.filter { template.weights[$0] != nil }
        guard wanted.count == group.weights.count else {
            throw ModelError(
                Problem(
                    wanted.count < group.weights.count ? "keras.extra-weight" : "keras.missing-weight",
                    "layer '\(layer)' has \(wanted.count) weights, the file holds \(group.weights.count) in '\(group.name)'",
                    at: Location(path: group.weights.first?.source.origin, node: layer)))
        }
        return Array(zip(wanted, group.weights))
    }
}
