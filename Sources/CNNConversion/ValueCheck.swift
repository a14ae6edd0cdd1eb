import ModelCore
import ModelGraph

/// Weights that no network can have.
enum ValueCheck {
    /// - Throws: `model.negative-variance` for every batch normalisation with a negative variance, whose square root does not exist.
    static func check(_ graph: Graph) throws(ModelError) {
        var problems: [Problem] = []
        for node in graph.nodes {
            guard case .batchNormalization = node.operation, let name = node.weights["variance"], let weight = graph.weights[name] else { continue }
            let values = try weight.source.tensor().scalars
            guard let index = values.firstIndex(where: { $0 < 0 }) else { continue }
            problems.append(
                Problem(
                    "model.negative-variance",
                    "layer '\(node.name)' has the variance \(values[index]) for channel \(index); a variance is not negative",
                    at: Location(path: weight.source.origin, node: node.name)))
        }
        if let error = ModelError(problems) { throw error }
    }
}
