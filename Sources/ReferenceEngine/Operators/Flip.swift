import ModelCore
import ModelGraph

extension Flip: ReferenceOperator {
    func elements<Scalar: ReferenceScalar>(_ operands: Operands<Scalar>) throws(ModelError) -> @Sendable (Int) -> Scalar {
        let input = operands.input.scalars
        let flipped = axes.map { ArrayAxis($0, of: operands.input.shape) }
        return { position in
            input[flipped.reduce(position) { $0 + ($1.size - 1 - 2 * $1.index(of: position)) * $1.stride }]
        }
    }
}
