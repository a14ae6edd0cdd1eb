import ModelCore
import ModelGraph

/// `(x - mean) / max(sqrt(variance), epsilon)`, or `mean + x * max(sqrt(variance), epsilon)`.
extension Standardization: ReferenceOperator {
    func elements<Scalar: ReferenceScalar>(_ operands: Operands<Scalar>) throws(ModelError) -> @Sendable (Int) -> Scalar {
        let input = operands.input.scalars
        let mean = try operands.weight("mean").values
        let variance = try operands.weight("variance").values.scalars
        let source = Merge.positions(in: mean.shape, of: operands.outputShape)
        let epsilon = Scalar.constant(self.epsilon)
        let isInverse = self.isInverse
        return { position in
            let place = source(position)
            let deviation = Scalar.greater(.sqrt(variance[place]), epsilon)
            return isInverse ? mean.scalars[place] + input[position] * deviation : (input[position] - mean.scalars[place]) / deviation
        }
    }
}
