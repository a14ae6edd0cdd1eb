import ModelCore
import ModelGraph

/// A row is all elements that differ only in `axes`, in row-major order; sums are taken in that order.
///
/// The greatest element m of a row and what the kind needs besides are computed for all rows at preparation:
/// - softmax: `exp(x - m) / s`, s the sum of `exp(x - m)`;
/// - log_softmax: `(x - m) - log(s)`;
/// - sparsemax_keras: `max(x - tau, 0)`.
extension Softmax: ReferenceOperator {
    func elements<Scalar: ReferenceScalar>(_ operands: Operands<Scalar>) throws(ModelError) -> @Sendable (Int) -> Scalar {
        let input = operands.input.scalars
        let rows = Rows(of: operands.input.shape, along: axes)
        let kind = self.kind
        let statistics = (0..<rows.count).map { RowStatistics(kind, of: input, rows, row: $0) }
        return { position in
            let statistics = statistics[rows.row(of: position)]
            let x = input[position]
            switch kind {
            case .softmax: return .exp(x - statistics.greatest) / statistics.sum
            case .logSoftmax: return x - statistics.greatest - .log(statistics.sum)
            case .sparsemaxKeras: return .greater(x - statistics.threshold, 0)
            }
        }
    }
}

/// What an element of a row has to know of the whole row.
private struct RowStatistics<Scalar: ReferenceScalar>: Sendable {
    private(set) var greatest = -Scalar.infinity
    /// The sum of `exp(x - greatest)`.
    private(set) var sum = Scalar.zero
    private(set) var threshold = Scalar.zero

    init(_ kind: SoftmaxKind, of input: [Scalar], _ rows: Rows, row: Int) {
        if kind == .sparsemaxKeras {
            var members: [Scalar] = []
            members.reserveCapacity(rows.length)
            rows.forEachMember(of: row) { members.append(input[$0]) }
            threshold = Self.threshold(members)
            return
        }
        var (greatest, sum) = (-Scalar.infinity, Scalar.zero)
        rows.forEachMember(of: row) { greatest = .greater(greatest, input[$0]) }
        rows.forEachMember(of: row) { sum += .exp(input[$0] - greatest) }
        (self.greatest, self.sum) = (greatest, sum)
    }

    /// Keras' tau. The condition of the support is the one that Keras evaluates, `z_i - (c_i - 1) / i > 0`, on rounded numbers too.
    private static func threshold(_ row: [Scalar]) -> Scalar {
        // NaN has no place in an order.
        guard !row.contains(where: \.isNaN) else { return .nan }
        var cumulative = Scalar.zero
        var total = Scalar.zero
        var support = Scalar.zero
        for (index, z) in row.sorted(by: >).enumerated() {
            cumulative += z
            guard z - (cumulative - 1) / Scalar(index + 1) > 0 else { continue }
            total += cumulative
            support += 1
        }
        return (total - 1) / support
    }
}
