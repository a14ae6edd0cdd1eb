package import ModelCore

/// The same elements with some axes running backwards. PyTorch flip, Keras flip, ONNX Slice with steps of -1.
package struct Flip: OperatorDefinition {
    package static let name = "flip"

    /// The axes, counted from 0, ascending, without the first.
    package var axes: [Int]

    package init(axes: [Int]) { self.axes = axes }

    package init(from attributes: inout AttributeReader) throws(ModelError) {
        axes = try attributes.integers("axes")
    }

    package func encode(into attributes: inout AttributeList) {
        attributes.append("axes", .integers(axes))
    }

    package func outputShape(_ inputs: [Shape], _ weights: WeightShapes) throws(ModelError) -> Shape {
        guard !axes.isEmpty, axes.allSatisfy({ $0 >= 1 && $0 < inputs[0].rank }), zip(axes, axes.dropFirst()).allSatisfy(<) else {
            throw attributeError("axes \(axes) must be ascending axes of the input \(inputs[0]) after the first")
        }
        return inputs[0]
    }

    package func reach(_ input: Shape, _ weights: WeightShapes) -> Reach { .everything }

    package var erased: Operator { .flip(self) }
}
