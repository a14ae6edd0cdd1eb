import KerasFormat
import ModelCore

extension KerasDraftModel {
    /// The weights as an `.h5` file lists them: by layer of the outermost model; for a nested model first those of all its layers that training
    /// changes, then the others.
    var layerWeights: [KerasLayerWeights] {
        layers.map { layer in
            var trained: [KerasWeight] = []
            var recorded: [KerasWeight] = []
            layer.collect(prefix: "", &trained, &recorded)
            return KerasLayerWeights(name: layer.name, weights: trained + recorded)
        }
    }

    /// The weights as a `.weights.h5` file files them.
    var variableGroups: [KerasVariableGroup] {
        [KerasVariableGroup(path: "", name: name, weights: [])] + groups(prefix: "", weightPrefix: "")
    }

    fileprivate func groups(prefix: String, weightPrefix: String) -> [KerasVariableGroup] {
        var counts: [String: Int] = [:]
        var groups: [KerasVariableGroup] = []
        // The InputLayer of a Sequential model is not one of its layers.
        for layer in layers where !(isSequential && layer.className == "InputLayer") {
            let snake = KerasVariableGroup.snakeCase(layer.className)
            let count = counts[snake, default: 0]
            counts[snake] = count + 1
            let path = "\(prefix)layers/\(snake)" + (count == 0 ? "" : "_\(count)")
            let name = weightPrefix + layer.name
            let weights = layer.variables.map { KerasWeight(name: "\(name)/\($0.name)", source: $0.source) }
            groups.append(KerasVariableGroup(path: path, name: layer.name, weights: weights))
            if let inner = layer.inner { groups += inner.groups(prefix: path + "/", weightPrefix: name + "/") }
        }
        return groups
    }
}

extension KerasDraftLayer {
    /// Depth is bounded by that of models that were found in models.
    fileprivate func collect(prefix: String, _ trained: inout [KerasWeight], _ recorded: inout [KerasWeight]) {
        for variable in variables {
            let weight = KerasWeight(name: "\(prefix)\(name)/\(variable.name)", source: variable.source)
            if variable.isTrainable { trained.append(weight) } else { recorded.append(weight) }
        }
        for layer in inner?.layers ?? [] { layer.collect(prefix: "\(prefix)\(name)/", &trained, &recorded) }
    }
}
