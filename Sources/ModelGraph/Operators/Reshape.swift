package import ModelCore

/// The same elements in row-major order under another shape; the first axis stays.
///
/// One size may be -1: what the others leave. Keras Reshape; ONNX Reshape and PyTorch view that keep the batch.
package struct Reshape: OperatorDefinition {
    package static let name = "reshape"

    /// The sizes after the first axis.
    package var sizes: [Int]

    package init(sizes: [Int]) { self.sizes = sizes }

    package init(from attributes: inout AttributeReader) throws(ModelError) {
        sizes = try attributes.integers("sizes")
    }

    package func encode(into attributes: inout AttributeList) {
        attributes.append("sizes", .integers(sizes))
    }

    package func outputShape(_ inputs: [Shape], _ weights: WeightShapes) throws(ModelError) -> Shape {
        let input = inputs[0]
        guard sizes.allSatisfy({ $0 == -1 || ($0 >= 1 && $0 <= GraphLimits.size) }), sizes.count(where: { $0 == -1 }) <= 1 else {
            throw attributeError("sizes \(sizes) must be positive, one of them -1 at most")
        }
        guard input.rank >= 1, let fixed = sizes.filter({ $0 != -1 }).checkedProduct else {
            throw shapeError("input \(input) cannot be reshaped to \(sizes)")
        }
        let inner = input.sizes.dropFirst().compactMap(\.self)
        let count = inner.count == input.rank - 1 ? inner.checkedProduct : nil
        if let count, sizes.contains(-1) ? count % fixed != 0 : count != fixed {
            throw shapeError("input \(input) has \(count) elements per sample, which do not make \(sizes)")
        }
        return Shape([input[0]] + sizes.map { $0 == -1 ? count.map { $0 / fixed } : $0 })
    }

    package func reach(_ input: Shape, _ weights: WeightShapes) -> Reach { .everything }

    package var erased: Operator { .reshape(self) }
}
