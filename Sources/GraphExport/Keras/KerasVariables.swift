import KerasFormat
import ModelCore

extension KerasDraftModel {
    /// The weights as an `.h5` file lists them: by layer of the outermost model; for a nested model first those of all its layers that training
    /// changes, then the others.
    var layerWeights: [KerasLayerWeights] {
        layers.filter { !$0.isOperation }.map { layer in
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
        for layer in layers where !(isSequential && layer.className == "InputLayer") && !layer.isOperation {
            let snake = KerasVariableGroup.snakeCase(layer.className)
            let count = counts[snake, default: 0]
            counts[snake] = count + 1
            groups += layer.groups(path: "\(prefix)layers/\(snake)" + (count == 0 ? "" : "_\(count)"), weightPrefix: weightPrefix)
        }
        return groups
    }
}

extension KerasDraftLayer {
    /// Depth is bounded by that of models that were found in models.
    fileprivate func groups(path: String, weightPrefix: String) -> [KerasVariableGroup] {
        let full = weightPrefix + name
        let weights = variables.map { KerasWeight(name: "\(full)/\($0.name)", source: $0.source) }
        let own = [KerasVariableGroup(path: path, name: name, weights: weights)]
        switch inner {
        case nil: return own
        case .model(let model): return own + model.groups(prefix: path + "/", weightPrefix: full + "/")
        case .layer(let layer): return own + layer.groups(path: path + "/layer", weightPrefix: full + "/")
        }
    }

    /// Depth is bounded by that of models that were found in models.
    fileprivate func collect(prefix: String, _ trained: inout [KerasWeight], _ recorded: inout [KerasWeight]) {
        for variable in variables {
            let weight = KerasWeight(name: "\(prefix)\(name)/\(variable.name)", source: variable.source)
            if variable.isTrainable { trained.append(weight) } else { recorded.append(weight) }
        }
        for layer in inner?.layers ?? [] { layer.collect(prefix: "\(prefix)\(name)/", &trained, &recorded) }
    }
}
