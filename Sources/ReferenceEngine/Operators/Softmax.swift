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
        let shape = operands.input.shape
        let input = operands.input.scalars
        let strides = RowMajor.strides(shape)
        let others = shape.indices.filter { !axes.contains($0) }
        let members = Positions(sizes: axes.map { shape[$0] }, strides: axes.map { strides[$0] })
        let firsts = Positions(sizes: others.map { shape[$0] }, strides: others.map { strides[$0] })
        let length = axes.reduce(1) { $0 * shape[$1] }
        let rowCount = input.count / length

        let rowStrides = RowMajor.strides(others.map { shape[$0] })
        var steps = [Int](repeating: 0, count: shape.count)
        for (axis, stride) in zip(others, rowStrides) { steps[axis] = stride }
        let row = Positions(sizes: shape, strides: steps)

        let kind = self.kind
        let statistics = (0..<rowCount).map { index in
            let first = firsts(index)
            return RowStatistics(kind, count: length) { input[first + members($0)] }
        }
        return { position in
            let statistics = statistics[row(position)]
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

    init(_ kind: SoftmaxKind, count: Int, element: (Int) -> Scalar) {
        if kind == .sparsemaxKeras {
            threshold = Self.threshold((0..<count).map(element))
            return
        }
        for index in 0..<count { greatest = .greater(greatest, element(index)) }
        for index in 0..<count { sum += .exp(element(index) - greatest) }
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
