package import ModelCore

/// `(x - mean) / max(sqrt(variance), epsilon)`, or, inverted, `mean + x * max(sqrt(variance), epsilon)`: Keras Normalization.
///
/// `mean` and `variance` have one shape; it is stretched over the last axes of the input as NumPy stretches it.
package struct Standardization: OperatorDefinition {
    package static let name = "standardization"
    package static let weightRoles: [WeightRole] = [.required("mean"), .required("variance")]

    package var isInverse: Bool
    package var epsilon: Double

    package init(isInverse: Bool, epsilon: Double) {
        self.isInverse = isInverse
        self.epsilon = epsilon
    }

    package init(from attributes: inout AttributeReader) throws(ModelError) {
        isInverse = try attributes.boolean("inverse")
        epsilon = try attributes.number("epsilon")
    }

    package func encode(into attributes: inout AttributeList) {
        attributes.append("inverse", .boolean(isInverse))
        attributes.append("epsilon", .number(epsilon))
    }

    package func outputShape(_ inputs: [Shape], _ weights: WeightShapes) throws(ModelError) -> Shape {
        let input = inputs[0]
        guard epsilon.isFinite, epsilon > 0 else { throw attributeError("epsilon \(epsilon) must be finite and positive") }
        guard let mean = weights["mean"]?.shape, let variance = weights["variance"]?.shape, mean == variance else {
            throw weightError("mean and variance must have one shape")
        }
        let fits =
            mean.count < input.rank
            && zip(mean.reversed(), input.sizes.reversed()).allSatisfy { size, inputSize in
                size == 1 || inputSize == nil || size == inputSize
            }
        guard fits else { throw weightError("mean has shape \(mean), which does not fit the last axes of the input \(input)") }
        return input
    }

    package func multiplyAdds(_ inputs: [Shape], _ weights: WeightShapes) -> Int { 1 }

    package var erased: Operator { .standardization(self) }
}
