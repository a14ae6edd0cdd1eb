import ModelCore
import ModelGraph

extension Transpose: ReferenceOperator {
    func elements<Scalar: ReferenceScalar>(_ operands: Operands<Scalar>) throws(ModelError) -> @Sendable (Int) -> Scalar {
        let input = operands.input.scalars
        let strides = RowMajor.permuted(RowMajor.strides(operands.input.shape), by: permutation)
        let source = Positions(sizes: operands.outputShape, strides: strides)
        return { position in input[source(position)] }
    }
}
