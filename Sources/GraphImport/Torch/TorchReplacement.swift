package import ModelCore
package import ModelGraph

/// Other tensors for a graph that was made of a state dict.
package enum TorchReplacement {
    /// `template` with the tensors of a state dict, each of the shape that it replaces.
    ///
    /// - Parameter record: how the tensors of the template's own state dict come out of its weights.
    /// - Returns: the graph, and tensors of the state dict that are one in the template, which is to be held against them.
    /// - Throws: every difference: `torch.missing-weight`, `torch.extra-weight`, `torch.weight-shape`; `torch.computed-weight` for weights that were
    ///   computed with tensors when the template was made.
    package static func graph(
        _ template: Graph, record: StateDictRecord, with stateDict: [(name: String, source: WeightSource)]
    ) throws(ModelError) -> (graph: Graph, ties: [(name: String, source: WeightSource, other: String, otherSource: WeightSource)]) {
        var problems: [Problem] = []
        if let first = record.consumed.first {
            problems.append(
                Problem(
                    "torch.computed-weight",
                    "weights of the converted network were computed with '\(first)' and \(record.consumed.count - 1) more tensors, and are not computed again",
                    hint: "convert the network itself with the new weights"))
        }
        let wanted = withoutCommonStart(record.tensors.map(\.name))
        let file = TorchStateDict(stateDict.filter { !record.unused.contains($0.name) }).part(of: wanted)
        var sketch = TorchSketch(template.name)
        var graph = template
        var ties: [(name: String, source: WeightSource, other: String, otherSource: WeightSource)] = []
        var first: [String: (name: String, source: WeightSource)] = [:]
        for (tensor, name) in zip(record.tensors, wanted) {
            _ = sketch.tensor(name, tensor.shape)
            guard let source = file.sources[name], let weight = template.weights[tensor.weight] else { continue }
            if let other = first[tensor.weight] {
                ties.append((name, source, other.name, other.source))
            } else if let moved = tensor.weight(of: source, shape: weight.source.shape) {
                first[tensor.weight] = (name, source)
                graph.weights[tensor.weight] = Weight(moved, layout: weight.layout)
            }
        }
        if let error = ModelError(problems + TorchComparison(sketch, file).problems) { throw error }
        return (graph, ties)
    }

    /// Names without what all of them begin with.
    private static func withoutCommonStart(_ names: [String]) -> [String] {
        var paths = names.map { $0.split(separator: ".", omittingEmptySubsequences: false).map(String.init) }
        while let first = paths.first?.first, paths.allSatisfy({ $0.count > 1 && $0.first == first }) { paths = paths.map { Array($0.dropFirst()) } }
        return paths.map { $0.joined(separator: ".") }
    }
}
