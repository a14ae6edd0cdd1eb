package import ModelCore

/// Rows of a table by their numbers: `[...]` becomes `[..., D]`, for a table of `[V, D]`. Fractions of the numbers are dropped, as Keras does.
///
/// A negative number counts from the end; one that is no row of the table is an error when the network runs. Keras and PyTorch Embedding, ONNX Gather on axis 0.
package struct Embedding: OperatorDefinition {
    package static let name = "embedding"
    package static let weightRoles: [WeightRole] = [.required("table")]

    package init() {}
    package init(from attributes: inout AttributeReader) throws(ModelError) {}

    package func outputShape(_ inputs: [Shape], _ weights: WeightShapes) throws(ModelError) -> Shape {
        guard let table = weights["table"]?.shape, table.count == 2, table.allSatisfy({ $0 >= 1 }) else {
            throw weightError("table has shape \(weights["table"]?.shape ?? []), two axes are needed")
        }
        return Shape(inputs[0].sizes + [table[1]])
    }

    package func reach(_ input: Shape, _ weights: WeightShapes) -> Reach { .element }

    package var erased: Operator { .embedding(self) }
}
