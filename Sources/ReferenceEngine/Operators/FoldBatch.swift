import ModelCore
import ModelGraph

extension FoldBatch: ReferenceOperator {
    func elements<Scalar: ReferenceScalar>(_ operands: Operands<Scalar>) throws(ModelError) -> @Sendable (Int) -> Scalar {
        let input = operands.input.scalars
        return { input[$0] }
    }
}

extension UnfoldBatch: ReferenceOperator {
    func elements<Scalar: ReferenceScalar>(_ operands: Operands<Scalar>) throws(ModelError) -> @Sendable (Int) -> Scalar {
        let input = operands.input.scalars
        return { input[$0] }
    }
}
