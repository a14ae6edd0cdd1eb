import ModelCore
import ModelGraph

extension GatedLinearUnit: ReferenceOperator {
    func elements<Scalar: ReferenceScalar>(_ operands: Operands<Scalar>) throws(ModelError) -> @Sendable (Int) -> Scalar {
        let input = operands.input.scalars
        // Along the axis, a half is a run of neighbours, and so are the two halves together.
        let half = operands.outputShape[axis...].reduce(1, *)
        return { position in
            let first = position / half * 2 * half + position % half
            return input[first] * Formula.sigmoid(input[first + half])
        }
    }
}
