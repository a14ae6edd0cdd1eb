import ModelCore
import ModelGraph

extension Constant: ReferenceOperator {
    func elements<Scalar: ReferenceScalar>(_ operands: Operands<Scalar>) throws(ModelError) -> @Sendable (Int) -> Scalar {
        let value = try operands.required("value")
        return { value[$0] }
    }
}
