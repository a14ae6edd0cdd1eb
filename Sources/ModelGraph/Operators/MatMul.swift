package import ModelCore

/// Matrix products of two inputs: `[..., M, K]` times `[..., K, N]` gives `[..., M, N]`.
///
/// Both have as many axes, at least 3. The axes before the last two pair up, with sizes of 1 stretched. An input that is transposed has its last two
/// axes the other way round: `[..., K, M]` on the left, `[..., N, K]` on the right.
/// Keras `ops.matmul`, PyTorch `matmul` and `bmm`, ONNX MatMul.
package struct MatMul: OperatorDefinition {
    package static let name = "matmul"
    package static let inputCount = 2...2

    package var transposesLeft: Bool
    package var transposesRight: Bool

    package init(transposesLeft: Bool = false, transposesRight: Bool = false) {
        self.transposesLeft = transposesLeft
        self.transposesRight = transposesRight
    }

    package init(from attributes: inout AttributeReader) throws(ModelError) {
        transposesLeft = try attributes.boolean("transposes_left")
        transposesRight = try attributes.boolean("transposes_right")
    }

    package func encode(into attributes: inout AttributeList) {
        attributes.append("transposes_left", .boolean(transposesLeft))
        attributes.append("transposes_right", .boolean(transposesRight))
    }

    package func outputShape(_ inputs: [Shape], _ weights: WeightShapes) throws(ModelError) -> Shape {
        let (left, right) = (inputs[0], inputs[1])
        guard left.rank == right.rank, left.rank >= 3 else {
            throw shapeError("inputs \(left) and \(right) must have as many axes, at least 3")
        }
        if let a = left[leftAxes(left.rank).sum], let b = right[rightAxes(right.rank).sum], a != b {
            throw shapeError("inputs \(left) and \(right) have \(a) and \(b) terms to a sum")
        }
        var sizes: [Int?] = []
        for axis in 0..<left.rank - 2 {
            guard let size = Shape.stretched(left[axis], right[axis]) else {
                throw shapeError("inputs \(left) and \(right) differ in axis \(axis), and neither is 1 there")
            }
            sizes.append(size.known)
        }
        return Shape(sizes + [left[leftAxes(left.rank).kept], right[rightAxes(right.rank).kept]])
    }

    /// The axis of the left input that goes into the output, and the one that is summed over.
    package func leftAxes(_ rank: Int) -> (kept: Int, sum: Int) { transposesLeft ? (rank - 1, rank - 2) : (rank - 2, rank - 1) }

    /// The axis of the right input that goes into the output, and the one that is summed over.
    package func rightAxes(_ rank: Int) -> (kept: Int, sum: Int) { transposesRight ? (rank - 2, rank - 1) : (rank - 1, rank - 2) }

    package func multiplyAdds(_ inputs: [Shape], _ weights: WeightShapes) -> Int { inputs[0][leftAxes(inputs[0].rank).sum] ?? 0 }
    package func reach(_ input: Shape, _ weights: WeightShapes) -> Reach { .everything }

    package var erased: Operator { .matMul(self) }
}
