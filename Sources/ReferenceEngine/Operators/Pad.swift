import ModelCore
import ModelGraph

extension Pad: ReferenceOperator {
    func elements<Scalar: ReferenceScalar>(_ operands: Operands<Scalar>) throws(ModelError) -> @Sendable (Int) -> Scalar {
        throw ModelError(Problem("run.operator", "\(Self.name) is not there yet", kind: .fault))
    }
}
