package import ModelCore

/// Axes in another order: axis k of the output is axis `permutation[k]` of the input. Keras Permute, ONNX Transpose, PyTorch permute.
package struct Transpose: OperatorDefinition {
    package static let name = "transpose"

    package var permutation: [Int]

    package init(permutation: [Int]) { self.permutation = permutation }

    package init(from attributes: inout AttributeReader) throws(ModelError) {
        permutation = try attributes.integers("permutation")
    }

    package func encode(into attributes: inout AttributeList) {
        attributes.append("permutation", .integers(permutation))
    }

    package func outputShape(_ inputs: [Shape], _ weights: WeightShapes) throws(ModelError) -> Shape {
        guard permutation.sorted() == Array(0..<inputs[0].rank) else {
            throw attributeError("permutation \(permutation) is not one of the \(inputs[0].rank) axes of the input \(inputs[0])")
        }
        return Shape(RowMajor.permuted(inputs[0].sizes, by: permutation))
    }

    package func reach(_ input: Shape, _ weights: WeightShapes) -> Reach { .everything }

    package var erased: Operator { .transpose(self) }
}
