import ModelCore
import ModelGraph

extension Crop: ReferenceOperator {
    func elements<Scalar: ReferenceScalar>(_ operands: Operands<Scalar>) throws(ModelError) -> @Sendable (Int) -> Scalar {
        let input = operands.input.scalars
        let strides = RowMajor.strides(operands.input.shape)
        let start = zip(before, strides).reduce(0) { $0 + $1.0 * $1.1 }
        let stepped = steps.map { zip($0, strides).map { $0 * $1 } } ?? strides
        let source = Positions(sizes: operands.outputShape, strides: stepped, start: start)
        return { position in input[source(position)] }
    }
}
