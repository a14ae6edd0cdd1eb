package import ModelCore

/// Sums along one axis of all elements up to each: `y[i] = x[0] + ... + x[i]`, in the shape of the input.
///
/// PyTorch cumsum, Keras `ops.cumsum`, TensorFlow `cumsum`, ONNX CumSum.
package struct CumulativeSum: OperatorDefinition {
    package static let name = "cumulative_sum"

    /// The axis, not the first.
    package var axis: Int
    /// Whether the element itself is left out: `y[0] = 0`.
    package var isExclusive: Bool
    /// Whether it is summed from the end: `y[i] = x[i] + ... + x[n - 1]`.
    package var isReverse: Bool

    package init(axis: Int, isExclusive: Bool = false, isReverse: Bool = false) {
        self.axis = axis
        self.isExclusive = isExclusive
        self.isReverse = isReverse
    }

    package init(from attributes: inout AttributeReader) throws(ModelError) {
        axis = try attributes.integer("axis")
        isExclusive = try attributes.boolean("exclusive")
        isReverse = try attributes.boolean("reverse")
    }

    package func encode(into attributes: inout AttributeList) {
        attributes.append("axis", .integer(axis))
        attributes.append("exclusive", .boolean(isExclusive))
        attributes.append("reverse", .boolean(isReverse))
    }

    package func outputShape(_ inputs: [Shape], _ weights: WeightShapes) throws(ModelError) -> Shape {
        guard axis >= 1, axis < inputs[0].rank else {
            throw attributeError("axis \(axis) must be an axis of the input \(inputs[0]) after the first")
        }
        return inputs[0]
    }

    package func reach(_ input: Shape, _ weights: WeightShapes) -> Reach { .everything }

    package var erased: Operator { .cumulativeSum(self) }
}
