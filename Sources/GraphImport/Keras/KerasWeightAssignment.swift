import KerasFormat
import ModelCore

/// Which dataset of the file is which variable of which layer.
///
/// Keras itself goes by order. A group holds, for a layer of its own, the layer's variables as they were made; for a nested model, first the
/// variables of all its layers that training changes, then the others.
struct KerasWeightAssignment {
    /// Datasets by the layer's place in the configuration and the variable's name.
    private(set) var datasets: [String: [String: KerasWeight]] = [:]

    /// - Throws: `keras.missing-weight` and `keras.weight-names` for every layer whose datasets do not fit its variables.
    static func assign(_ groups: [KerasLayerWeights], to network: KerasNetwork) throws(ModelError) -> KerasWeightAssignment {
        var assignment = KerasWeightAssignment()
        var problems: [Problem] = []
        let groupsByName = Dictionary(groups.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for layer in network.layers {
            do throws(ModelError) {
                let wanted = try variables(of: layer)
                let found = groupsByName[layer.name]?.weights ?? []
                if wanted.count != found.count {
                    throw layer.problem(
                        "keras.missing-weight",
                        "has \(wanted.count) variables (\(list(wanted.map(\.variable.name)))), the file holds \(found.count) (\(list(found.map(\.name))))"
                    )
                }
                for (slot, weight) in zip(wanted, found) {
                    assignment.datasets[slot.layer.path, default: [:]][slot.variable.name] = weight
                }
            } catch {
                problems += error.problems
            }
        }
        if let error = ModelError(problems) { throw error }
        return assignment
    }

    private struct Slot {
        let layer: KerasLayer
        let variable: KerasVariable
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

    private static func list(_ names: [String]) -> String {
        names.isEmpty ? "none" : names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", ..." : "")
    }
}
