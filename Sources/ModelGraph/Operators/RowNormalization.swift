package import ModelCore

/// What a row of elements is normalised by.
package enum RowNormalizationKind: String, Sendable, Hashable, CaseIterable {
    /// `(x - mean) / sqrt(variance + epsilon)`, with the variance of the row itself (Keras and PyTorch LayerNormalization).
    case standard
    /// `x / sqrt(mean(x^2) + epsilon)` (Keras RMSNormalization).
    case rootMeanSquare = "root_mean_square"
    /// `x * min(1 / sqrt(sum(x^2)), 1 / epsilon)` (Keras UnitNormalization).
    case unit
}

/// Normalisation of each row by itself: a row is all elements that differ only in `axes`.
///
/// `gamma` and `beta`, where there are any, have the sizes of `axes` in their order; they multiply and add at the end.
package struct RowNormalization: OperatorDefinition {
    package static let name = "row_normalization"
    package static let weightRoles: [WeightRole] = [.optional("gamma"), .optional("beta")]

    package var kind: RowNormalizationKind
    /// The axes, counted from 0, ascending, without the first.
    package var axes: [Int]
    package var epsilon: Double

    package init(kind: RowNormalizationKind, axes: [Int], epsilon: Double) {
        self.kind = kind
        self.axes = axes
        self.epsilon = epsilon
    }

    package init(from attributes: inout AttributeReader) throws(ModelError) {
        kind = try attributes.choice("kind", as: RowNormalizationKind.self)
        axes = try attributes.integers("axes")
        epsilon = try attributes.number("epsilon")
    }

    package func encode(into attributes: inout AttributeList) {
        attributes.append("kind", .string(kind.rawValue))
        attributes.append("axes", .integers(axes))
        attributes.append("epsilon", .number(epsilon))
    }

    package func outputShape(_ inputs: [Shape], _ weights: WeightShapes) throws(ModelError) -> Shape {
        let input = inputs[0]
        guard !axes.isEmpty, axes.allSatisfy({ $0 >= 1 && $0 < input.rank }), zip(axes, axes.dropFirst()).allSatisfy(<) else {
            throw attributeError("axes \(axes) must be ascending axes of the input \(input) after the first")
        }
        guard epsilon.isFinite, epsilon >= 0, kind != .unit || epsilon > 0 else { throw attributeError("epsilon \(epsilon) is out of range") }
        for role in Self.weightRoles {
            guard let shape = weights[role.name]?.shape else { continue }
            guard shape.count == axes.count, zip(shape, axes).allSatisfy({ input[$1] == nil || input[$1] == $0 }) else {
                throw weightError("\(role.name) has shape \(shape), axes \(axes) of the input \(input) need their sizes")
            }
        }
        return input
    }

    package func multiplyAdds(_ inputs: [Shape], _ weights: WeightShapes) -> Int { 3 }
    package func reach(_ input: Shape, _ weights: WeightShapes) -> Reach { axes == [input.rank - 1] ? .element : .everything }

    package var erased: Operator { .rowNormalization(self) }
}
