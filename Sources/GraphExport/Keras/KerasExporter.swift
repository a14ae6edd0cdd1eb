package import KerasFormat
package import ModelCore
package import ModelGraph

/// A graph as a Keras model.
package struct KerasExport: Sendable {
    /// What an `.h5` file holds, and with `variables` a `.keras` archive.
    package let model: KerasModel
    /// The same weights as `.weights.h5` files file them. Names are those of the weights in `model`, where each occurs once.
    package let variables: [KerasVariableGroup]
    /// For values of the graph, the names that `KerasImporter` gives the same values of the model.
    package let counterparts: [String: String]
    /// The names of what is no layer but an operation of `keras.ops`.
    package let operations: [String]
    /// The weights of the model that are no weights of the graph, by the names that `KerasImporter` gives them.
    package let derivedWeights: Set<String>
    /// The weights of the graph that no variable holds: arrays among the arguments of calls, which stand in the configuration.
    package let configuredWeights: Set<String>
}

/// Turns a graph into the Keras model that computes the same.
///
/// Nodes that were one layer become one again, nodes that read the same weights become calls of one layer. Names are kept, but for `/`, which
/// Keras does not take: `block/conv` becomes `block>conv`. Weights keep every bit; those of another layout than Keras' are views.
package enum KerasExporter {
    /// The version whose meaning configurations have.
    private static let version = "3.6.0"

    /// - Parameter resizingMatrix: computes what a resizing is that no layer can say.
    /// - Throws: `export.unsupported` for all nodes at once that Keras has no layer for; what `inferShapes` throws.
    package static func export(
        _ graph: Graph, for target: KerasTarget, resizingMatrix: @escaping KerasResizingMatrix
    ) throws(ModelError) -> KerasExport {
        let shapes = try graph.inferShapes()
        var assembly = KerasAssembly(graph, shapes: shapes, target: target, resizingMatrix: resizingMatrix)
        let draft = assembly.model(of: KerasFolding(graph, shapes: shapes, target: target).units())
        if let error = ModelError(assembly.problems) { throw error }
        let model = KerasOrder.sorted(draft)
        return KerasExport(
            model: KerasModel(
                configuration: KerasConfigurationText(target: target).model(model), kerasVersion: version, backend: "tensorflow",
                layers: model.layerWeights),
            variables: model.variableGroups, counterparts: assembly.counterparts, operations: model.operationNames,
            derivedWeights: Set(model.derivedWeights), configuredWeights: assembly.configuredWeights)
    }
}
