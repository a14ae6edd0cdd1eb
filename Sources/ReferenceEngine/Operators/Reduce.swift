import ModelCore
import ModelGraph

/// Row-major order over the reduced axes; a mean is the sum divided by the number of elements.
extension Reduce: ReferenceOperator {
    func elements<Scalar: ReferenceScalar>(_ operands: Operands<Scalar>) throws(ModelError) -> @Sendable (Int) -> Scalar {
        let input = operands.input.scalars
        let rows = Rows(of: operands.input.shape, along: axes)
        let kind = self.kind
        return { row in
            var value: Scalar?
            rows.forEachMember(of: row) { position in
                let next = input[position]
                guard let reduced = value else {
                    value = next
                    return
                }
                switch kind {
                case .sum, .mean: value = reduced + next
                case .maximum: value = .greater(reduced, next)
                case .minimum: value = .lesser(reduced, next)
                }
            }
            let total = value ?? .zero
            return kind == .mean ? total / Scalar(rows.length) : total
        }
    }
}
