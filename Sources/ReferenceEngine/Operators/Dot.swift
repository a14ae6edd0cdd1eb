import ModelCore
import ModelGraph

/// Products in ascending order along the axes.
extension Dot: ReferenceOperator {
    func elements<Scalar: ReferenceScalar>(_ operands: Operands<Scalar>) throws(ModelError) -> @Sendable (Int) -> Scalar {
        let (left, right) = (operands.inputs[0], operands.inputs[1])
        let length = left.shape[axes[0]]
        let (leftStrides, rightStrides) = (RowMajor.strides(left.shape), RowMajor.strides(right.shape))
        let leftAxes = left.shape.indices.filter { $0 != 0 && $0 != axes[0] }
        let rightAxes = right.shape.indices.filter { $0 != 0 && $0 != axes[1] }
        let sizes = [left.shape[0]] + leftAxes.map { left.shape[$0] } + rightAxes.map { right.shape[$0] }
        let leftStart = Positions(sizes: sizes, strides: [leftStrides[0]] + leftAxes.map { leftStrides[$0] } + rightAxes.map { _ in 0 })
        let rightStart = Positions(sizes: sizes, strides: [rightStrides[0]] + leftAxes.map { _ in 0 } + rightAxes.map { rightStrides[$0] })
        let (leftStep, rightStep) = (leftStrides[axes[0]], rightStrides[axes[1]])
        return { position in
            var (a, b) = (leftStart(position), rightStart(position))
            var sum = Scalar.zero
            for _ in 0..<length {
                sum += left.scalars[a] * right.scalars[b]
                a += leftStep
                b += rightStep
            }
            return sum
        }
    }
}
