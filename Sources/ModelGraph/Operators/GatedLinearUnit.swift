package import ModelCore

/// The first half of an axis times the sigmoid of the second half. Keras and PyTorch `glu`.
package struct GatedLinearUnit: OperatorDefinition {
    package static let name = "gated_linear_unit"

    /// The axis that is halved, counted from 0.
    package var axis: Int

    package init(axis: Int) { self.axis = axis }

    package init(from attributes: inout AttributeReader) throws(ModelError) {
        axis = try attributes.integer("axis")
    }

    package func encode(into attributes: inout AttributeList) {
        attributes.append("axis", .integer(axis))
    }

    package func outputShape(_ inputs: [Shape], _ weights: WeightShapes) throws(ModelError) -> Shape {
        var output = inputs[0]
        guard (0..<output.rank).contains(axis) else { throw attributeError("axis \(axis) is not an axis of the input \(inputs[0])") }
        guard let size = output[axis] else { return output }
        guard size % 2 == 0 else { throw shapeError("axis \(axis) of the input \(inputs[0]) has an odd size and cannot be halved") }
        output[axis] = size / 2
        return output
    }

    package var erased: Operator { .gatedLinearUnit(self) }
}
