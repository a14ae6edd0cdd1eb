import ModelCore
import ModelGraph

extension PReLU: ReferenceOperator {
    func elements<Scalar: ReferenceScalar>(_ operands: Operands<Scalar>) throws(ModelError) -> @Sendable (Int) -> Scalar {
        let input = operands.input.scalars
        let alpha = try operands.weight("alpha").values
        let strides = RowMajor.strides(alpha.shape)
        let steps = [0] + alpha.shape.indices.map { alpha.shape[$0] == 1 ? 0 : strides[$0] }
        let slope = Positions(sizes: operands.outputShape, strides: steps)
        return { position in
            let x = input[position]
            return x > 0 ? x : Scalar(alpha.scalars[slope(position)]) * x
        }
    }
}
