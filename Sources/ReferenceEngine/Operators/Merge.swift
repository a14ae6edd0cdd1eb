import ModelCore
import ModelGraph

extension Merge: ReferenceOperator {
    func elements<Scalar: ReferenceScalar>(_ operands: Operands<Scalar>) throws(ModelError) -> @Sendable (Int) -> Scalar {
        throw ModelError(Problem("run.operator", "\(Self.name) is not there yet", kind: .fault))
    }
}
