package import ModelCore

/// Normalisation of each group of channels of each sample by its own mean and variance: `(x - mean) / sqrt(variance + epsilon) * gamma + beta`.
///
/// Channel c belongs to group `c / (C / groups)`; with as many groups as channels this is instance normalisation. `gamma` and `beta` are `[C]`.
/// Keras and PyTorch GroupNormalization, ONNX GroupNormalization and InstanceNormalization.
package struct GroupNormalization: OperatorDefinition {
    package static let name = "group_normalization"
    package static let weightRoles: [WeightRole] = [.optional("gamma"), .optional("beta")]

    /// The axis of channels, counted from 0.
    package var axis: Int
    /// 0 for as many as there are channels.
    package var groups: Int
    package var epsilon: Double

    package init(axis: Int, groups: Int, epsilon: Double) {
        self.axis = axis
        self.groups = groups
        self.epsilon = epsilon
    }

    package init(from attributes: inout AttributeReader) throws(ModelError) {
        axis = try attributes.integer("axis")
        groups = try attributes.integer("groups")
        epsilon = try attributes.number("epsilon")
    }

    package func encode(into attributes: inout AttributeList) {
        attributes.append("axis", .integer(axis))
        attributes.append("groups", .integer(groups))
        attributes.append("epsilon", .number(epsilon))
    }

    package func outputShape(_ inputs: [Shape], _ weights: WeightShapes) throws(ModelError) -> Shape {
        let input = inputs[0]
        guard axis >= 1, axis < input.rank else { throw attributeError("axis \(axis) is not an axis of the input \(input) after the first") }
        guard epsilon.isFinite, epsilon >= 0 else { throw attributeError("epsilon \(epsilon) must be finite and not negative") }
        guard groups >= 0, groups == 0 || input[axis].map({ $0 % groups == 0 }) ?? true else {
            throw attributeError("groups \(groups) must divide the channels of the input \(input), axis \(axis)")
        }
        for role in Self.weightRoles {
            try weights.requireVector(role.name, count: input[axis], of: "axis \(axis) of the input \(input)")
        }
        return input
    }

    package func multiplyAdds(_ inputs: [Shape], _ weights: WeightShapes) -> Int { 3 }
    package func reach(_ input: Shape, _ weights: WeightShapes) -> Reach { .everything }

    package var erased: Operator { .groupNormalization(self) }
}
