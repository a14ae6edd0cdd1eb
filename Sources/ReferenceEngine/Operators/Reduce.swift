import ModelCore
import ModelGraph

/// Row-major order over the reduced axes; a mean is the sum divided by the number of elements.
extension Reduce: ReferenceOperator {
    func elements<Scalar: ReferenceScalar>(_ operands: Operands<Scalar>) throws(ModelError) -> @Sendable (Int) -> Scalar {
        let input = operands.input.scalars
        let rows = Rows(of: operands.input.shape, along: axes)
        let kind = self.kind
        return { row in
            var value = input[rows.position(of: 0, in: row)]
            for member in 1..<max(rows.length, 1) {
                let next = input[rows.position(of: member, in: row)]
                switch kind {
                case .sum, .mean: value += next
                case .maximum: value = .greater(value, next)
                case .minimum: value = .lesser(value, next)
                }
            }
            return kind == .mean ? value / Scalar(rows.length) : value
        }
    }
}
