package import ModelCore

/// How a row of numbers becomes a distribution.
package enum SoftmaxKind: String, Sendable, Hashable, CaseIterable {
    /// `exp(x) / sum(exp(x))`.
    case softmax
    /// The logarithm of softmax.
    case logSoftmax = "log_softmax"
    /// `max(x - tau, 0)` as Keras 3 computes it: with z sorted descending and c its cumulative sums, the support is the k first i with
    /// `1 + i z_i > c_i`, and `tau = (sum of c_i over the support - 1) / k`. (Martins and Astudillo 2016 have c_k in place of that sum.)
    case sparsemaxKeras = "sparsemax_keras"
}

/// A distribution over the elements that differ only in `axes`.
package struct Softmax: OperatorDefinition {
    package static let name = "softmax"

    package var kind: SoftmaxKind
    /// The axes, counted from 0, ascending.
    package var axes: [Int]

    package init(kind: SoftmaxKind = .softmax, axes: [Int]) {
        self.kind = kind
        self.axes = axes
    }

    package init(from attributes: inout AttributeReader) throws(ModelError) {
        kind = try attributes.choice("kind", as: SoftmaxKind.self)
        axes = try attributes.integers("axes")
    }

    package func encode(into attributes: inout AttributeList) {
        attributes.append("kind", .string(kind.rawValue))
        attributes.append("axes", .integers(axes))
    }

    package func outputShape(_ inputs: [Shape], _ weights: WeightShapes) throws(ModelError) -> Shape {
        let rank = inputs[0].rank
        guard !axes.isEmpty, axes.allSatisfy({ $0 >= 0 && $0 < rank }), zip(axes, axes.dropFirst()).allSatisfy(<) else {
            throw attributeError("axes \(axes) must be ascending axes of the input \(inputs[0])")
        }
        return inputs[0]
    }

    package var erased: Operator { .softmax(self) }
}
