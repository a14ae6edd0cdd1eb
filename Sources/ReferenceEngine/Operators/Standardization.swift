import ModelCore
import ModelGraph

/// `(x - mean) / max(sqrt(variance), epsilon)`, or `mean + x * max(sqrt(variance), epsilon)`.
extension Standardization: ReferenceOperator {
    func elements<Scalar: ReferenceScalar>(_ operands: Operands<Scalar>) throws(ModelError) -> @Sendable (Int) -> Scalar {
        let input = operands.input.scalars
        let mean = try operands.required("mean")
        let variance = try operands.required("variance")
        let source = Merge.positions(in: try operands.weight("mean").values.shape, of: operands.outputShape)
        let epsilon = Scalar.constant(self.epsilon)
        let isInverse = self.isInverse
        return { position in
            let place = source(position)
            let deviation = Scalar.greater(.sqrt(variance[place]), epsilon)
            return isInverse ? mean[place] + input[position] * deviation : (input[position] - mean[place]) / deviation
        }
    }
}
