package import KerasFormat
package import ModelCore
package import ModelGraph

/// Turns what a Keras file holds into a graph in Keras' own layout, without moving an axis.
package enum KerasImporter {
    /// What became of a file.
    package struct Result: Sendable {
        package let graph: Graph
        /// Whether the weights found their layers by order alone, for their names are others than the architecture's.
        package let isMatchedByOrder: Bool
        /// Layers of the same name and configuration in several models, for which the file has variables in one of them only: Keras saves a layer
        /// that models share once.
        package let sharedLayers: [String]
    }

    /// The graph of a model.
    /// - Throws: those of `convert`.
    package static func graph(from model: KerasModel) throws(ModelError) -> Graph {
        try convert(model).graph
    }

    /// - Throws: all problems of one stage at once. First the configuration and every layer that cannot be converted, before any weight is looked
    ///   at: `keras.no-architecture`, `keras.version-unknown`, `keras.config`, `keras.name`, `keras.unsupported-layer`, `keras.undefined`, ...; then weights
    ///   and shapes: `keras.missing-weight`, `keras.extra-weight`, `keras.layer-count`, `keras.weight-shape`, `graph.*`.
    package static func convert(_ model: KerasModel) throws(ModelError) -> Result {
        do throws(ModelError) { return try read(model) } catch {
            guard let file = model.configurationFile else { throw error }
            throw error.locating(configuration: model.configurationPath, in: file)
        }
    }

    private static func read(_ model: KerasModel) throws(ModelError) -> Result {
        let configuration = try model.architecture()
        let version = model.configurationVersion ?? model.kerasVersion
        if version == nil, model.addressing == .paths {
            // Only Keras 2.12 and later write such files, but 2 and 3 do not mean the same by the same words.
            throw ModelError(
                Problem(
                    "keras.version-unknown", "neither the weights nor the architecture show which version of Keras wrote them",
                    hint: "give the architecture as model.to_json() writes it, of a model that has an Input layer"))
        }
        let origin = KerasOrigin(
            version: KerasVersion(version ?? unnamedVersion(model)), flipsKernels: model.hasTurnedKernels(unnamedVersion(model)),
            configuration: configuration)
        var reader = KerasConfiguration(origin: origin)
        let network = reader.network(configuration, path: model.configurationPath)
        if let error = ModelError(reader.problems) { throw error }
        guard let network else {
            throw ModelError(Problem("keras.config", "the configuration describes no model", at: Location(path: model.configurationPath)))
        }
        try KerasSupport.check(network)
        let weights = try KerasWeightAssignment.assign(model, to: network)
        var flow = KerasFlow(weights: weights, name: network.name)
        try flow.build(network)
        let graph = flow.graph
        _ = try graph.inferShapes()
        return Result(graph: try graph.mergingStacks(), isMatchedByOrder: weights.isByOrder, sharedLayers: weights.shared)
    }

    /// What a file is taken for that names no version, as Keras itself does: one of Keras 1. Whole models are written since 1.0.7, the last
    /// version in which anything changed in what they hold; an architecture may be older.
    private static func unnamedVersion(_ model: KerasModel) -> String {
        model.configurationFile == nil ? "1.2.2" : "1"
    }
}

extension KerasModel {
    /// Whether the kernels are stored as Theano stores them.
    fileprivate func hasTurnedKernels(_ unnamedVersion: String) -> Bool {
        // No version of Theano's time named variables by class.
        addressing != .paths
            && KerasOrigin.turnsKernels(
                KerasVersion(kerasVersion ?? unnamedVersion), backend: backend, weightNames: layers.lazy.flatMap(\.weights).map(\.name))
    }
}

extension ModelError {
    /// The same problems, those of an architecture that is in a file of its own located there.
    fileprivate func locating(configuration path: String, in file: String) -> ModelError {
        let located = problems.map { problem in
            var problem = problem
            if problem.location.file == nil, problem.location.path?.hasPrefix(path + "/config/") == true { problem.location.file = file }
            return problem
        }
        return ModelError(located) ?? self
    }
}
