package import KerasFormat
package import ModelCore
package import ModelGraph

/// Turns what a Keras file holds into a graph in Keras' own layout, without moving an axis.
package enum KerasImporter {
    /// - Throws: all problems of one stage at once. First the configuration and every layer that cannot be converted, before any weight is looked
    ///   at: `keras.config`, `keras.name`, `keras.unsupported-layer`, `keras.undefined`, ...; then weights and shapes: `keras.missing-weight`,
    ///   `keras.weight-shape`, `graph.*`.
    package static func graph(from model: KerasModel) throws(ModelError) -> Graph {
        guard let configuration = model.configuration else {
            throw ModelError(
                Problem(
                    "keras.no-architecture", "the file holds weights only, no architecture", at: Location(path: "/"),
                    hint: "save the whole model with model.save(...) in Keras"))
        }
        let origin = KerasOrigin(
            version: KerasVersion(model.kerasVersion), backend: model.backend, weightNames: model.layers.lazy.flatMap(\.weights).map(\.name))
        var reader = KerasConfiguration(origin: origin)
        let network = reader.network(configuration, path: "/model_config")
        if let error = ModelError(reader.problems) { throw error }
        guard let network else {
            throw ModelError(Problem("keras.config", "the configuration describes no model", at: Location(path: "/model_config")))
        }
        try KerasSupport.check(network)
        let weights = try KerasWeightAssignment.assign(model.layers, to: network)
        var flow = KerasFlow(weights: weights, name: network.name)
        try flow.build(network)
        let graph = flow.graph
        _ = try graph.inferShapes()
        return graph
    }
}
