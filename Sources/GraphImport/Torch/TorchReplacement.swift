package import ModelCore
package import ModelGraph

/// Other tensors for a graph in PyTorch's own layout, whose weights have the names of a state dict.
package enum TorchReplacement {
    /// `template` with the tensors of a state dict, each of the shape that it replaces.
    /// - Throws: every difference: `torch.missing-weight`, `torch.extra-weight`, `torch.weight-shape`.
    package static func graph(_ template: Graph, with stateDict: [(name: String, source: WeightSource)]) throws(ModelError) -> Graph {
        let file = TorchStateDict(stateDict)
        var tensors: [(name: String, source: WeightSource)] = []
        var readers: [String: [String]] = [:]
        for name in template.weightOrder where !isNumber(name) {
            guard let weight = template.weights[name] else { continue }
            let tensor = tensor(of: name)
            if readers[tensor] == nil { tensors.append((tensor, weight.source)) }
            readers[tensor, default: []].append(name)
        }
        let wanted = TorchStateDict(tensors)
        var sketch = TorchSketch(template.name)
        for name in wanted.names { _ = sketch.tensor(name, wanted.sources[name]?.shape ?? []) }
        if let error = ModelError(TorchComparison(sketch, file).problems) { throw error }
        var graph = template
        for (tensor, name) in zip(tensors, wanted.names) {
            for reader in readers[tensor.name] ?? [] {
                guard let source = file.sources[name], let layout = template.weights[reader]?.layout else { continue }
                graph.weights[reader] = Weight(source, layout: layout)
            }
        }
        return graph
    }

    /// Whether a weight is a number in the code of `forward`, which no state dict has.
    private static func isNumber(_ name: String) -> Bool { name.hasSuffix("/value") }

    /// The name in the state dict of a weight that may be in the graph in several layouts: `fc.weight` for `fc.weight:1`.
    private static func tensor(of name: String) -> String {
        guard let colon = name.lastIndex(of: ":"), Int(name[name.index(after: colon)...]) != nil else { return name }
        return String(name[..<colon])
    }
}
