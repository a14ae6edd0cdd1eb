package import ModelCore

/// Normalisation with recorded statistics along one axis, at inference: `gamma * (x - mean) / sqrt(variance + epsilon) + beta`.
///
/// All weights are `[C]`, C the size of `axis`; an absent gamma is 1, an absent beta 0.
/// ONNX BatchNormalization, Keras BatchNormalization, PyTorch BatchNorm1d to 3d.
package struct BatchNormalization: OperatorDefinition {
    package static let name = "batch_normalization"
    package static let weightRoles: [WeightRole] = [.optional("gamma"), .optional("beta"), .required("mean"), .required("variance")]

    /// The axis of the statistics, counted from 0.
    package var axis: Int
    package var epsilon: Double

    package init(axis: Int, epsilon: Double) {
        self.axis = axis
        self.epsilon = epsilon
    }

    package init(from attributes: inout AttributeReader) throws(ModelError) {
        axis = try attributes.integer("axis")
        epsilon = try attributes.number("epsilon")
    }

    package func encode(into attributes: inout AttributeList) {
        attributes.append("axis", .integer(axis))
        attributes.append("epsilon", .number(epsilon))
    }

    package func outputShape(_ inputs: [Shape], _ weights: WeightShapes) throws(ModelError) -> Shape {
        let input = inputs[0]
        guard (0..<input.rank).contains(axis) else { throw attributeError("axis \(axis) is not one of the \(input.rank) axes of the input \(input)") }
        guard epsilon.isFinite, epsilon >= 0 else { throw attributeError("epsilon \(epsilon) must be finite and not negative") }
        for role in Self.weightRoles {
            try weights.requireVector(role.name, count: input[axis], of: "axis \(axis) of the input \(input)")
        }
        return input
    }

    package func multiplyAdds(_ inputs: [Shape], _ weights: WeightShapes) -> Int { 1 }

    package var erased: Operator { .batchNormalization(self) }
}
