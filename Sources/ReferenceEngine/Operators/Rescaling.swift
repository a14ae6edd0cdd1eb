import ModelCore
import ModelGraph

/// `x * scale + offset`, the product rounded before the sum.
extension Rescaling: ReferenceOperator {
    func elements<Scalar: ReferenceScalar>(_ operands: Operands<Scalar>) throws(ModelError) -> @Sendable (Int) -> Scalar {
        let input = operands.input.scalars
        let scale = self.scale.map(Scalar.constant)
        let offset = self.offset.map(Scalar.constant)
        return { position in input[position] * scale[position % scale.count] + offset[position % offset.count] }
    }
}
