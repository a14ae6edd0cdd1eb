package import ModelCore
package import ModelGraph

/// Other tensors for a graph in PyTorch's own layout, whose weights have the names of a state dict.
package enum TorchReplacement {
    /// `template` with the tensors of a state dict, each of the shape that it replaces.
    /// - Throws: every difference: `torch.missing-weight`, `torch.extra-weight`, `torch.weight-shape`; `torch.weight-axes` for a weight of which a graph
    ///   does not say what its axes are.
    package static func graph(_ template: Graph, with stateDict: [(name: String, source: WeightSource)]) throws(ModelError) -> Graph {
        var tensors: [(name: String, source: WeightSource)] = []
        var readers: [String: [(name: String, weight: Weight)]] = [:]
        for name in template.weightOrder where !isNumber(name) {
            guard let weight = template.weights[name] else { continue }
            let tensor = tensor(of: name)
            if readers[tensor] == nil { tensors.append((tensor, weight.source)) }
            readers[tensor, default: []].append((name, weight))
        }
        let (file, wanted) = (TorchStateDict(stateDict), TorchStateDict(tensors))
        var sketch = TorchSketch(template.name)
        var graph = template
        var problems: [Problem] = []
        for (tensor, name) in zip(tensors, wanted.names) {
            let source = file.sources[name]
            var shape = tensor.source.shape
            for (reader, weight) in readers[tensor.name] ?? [] where weight.layout == .other {
                let axes = weight.source.shape.filter { $0 != 1 }
                if axes.count > 1 {
                    problems.append(Problem("torch.weight-axes", "the axes of '\(reader)' may have been moved when the network was converted"))
                } else if let found = source?.shape, found.filter({ $0 != 1 }) == axes {
                    shape = found
                }
            }
            _ = sketch.tensor(name, shape)
            for (reader, weight) in readers[tensor.name] ?? [] {
                graph.weights[reader] = source.map { Weight($0.reshaped(weight.source.shape), layout: weight.layout) }
            }
        }
        if let error = ModelError(problems + TorchComparison(sketch, file).problems) { throw error }
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
