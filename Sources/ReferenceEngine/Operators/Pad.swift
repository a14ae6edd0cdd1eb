import ModelCore
import ModelGraph

extension Pad: ReferenceOperator {
    func elements<Scalar: ReferenceScalar>(_ operands: Operands<Scalar>) throws(ModelError) -> @Sendable (Int) -> Scalar {
        let input = operands.input.scalars
        let inputShape = operands.input.shape
        let strides = RowMajor.strides(inputShape)
        let outputShape = operands.outputShape
        let value = Scalar.constant(self.value)
        let before = self.before
        let mode = self.mode
        return { position in
            var rest = position
            var source = 0
            for axis in outputShape.indices.reversed() {
                let (quotient, index) = rest.quotientAndRemainder(dividingBy: outputShape[axis])
                guard let inside = mode.source(of: index - before[axis], size: inputShape[axis]) else { return value }
                source += inside * strides[axis]
                rest = quotient
            }
            return input[source]
        }
    }
}
