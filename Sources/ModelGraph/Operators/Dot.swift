package import ModelCore

/// The sum of products of two inputs along an axis of each, sample by sample: `[N, a..., k, b...]` and `[N, c..., k, d...]` become
/// `[N, a..., b..., c..., d...]`; two inputs of rank 2 give `[N, 1]`. Keras Dot.
package struct Dot: OperatorDefinition {
    package static let name = "dot"
    package static let inputCount = 2...2

    /// The axis of the first and of the second input, counted from 0.
    package var axes: [Int]

    package init(axes: [Int]) { self.axes = axes }

    package init(from attributes: inout AttributeReader) throws(ModelError) {
        axes = try attributes.integers("axes")
    }

    package func encode(into attributes: inout AttributeList) {
        attributes.append("axes", .integers(axes))
    }

    package func outputShape(_ inputs: [Shape], _ weights: WeightShapes) throws(ModelError) -> Shape {
        let (left, right) = (inputs[0], inputs[1])
        guard axes.count == 2, axes[0] >= 1, axes[0] < left.rank, axes[1] >= 1, axes[1] < right.rank else {
            throw attributeError("axes \(axes) must be one of each of the inputs \(left) and \(right), not the first")
        }
        for (a, b) in [(left[axes[0]], right[axes[1]]), (left[0], right[0])] {
            if let a, let b, a != b { throw shapeError("inputs \(left) and \(right) differ in axes \(axes) or in the number of samples") }
        }
        func others(_ shape: Shape, _ axis: Int) -> [Int?] { (1..<shape.rank).filter { $0 != axis }.map { shape[$0] } }
        let sizes = others(left, axes[0]) + others(right, axes[1])
        return Shape([left[0] ?? right[0]] + (sizes.isEmpty ? [1] : sizes))
    }

    package func multiplyAdds(_ inputs: [Shape], _ weights: WeightShapes) -> Int { inputs[0][axes[0]] ?? 0 }
    package func reach(_ input: Shape, _ weights: WeightShapes) -> Reach { .everything }

    package var erased: Operator { .dot(self) }
}
