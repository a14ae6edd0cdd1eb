import ModelCore
import ModelGraph

/// Sums are taken over the row in row-major order, the variance from the differences to the mean. An element is `(x - mean) / sqrt(variance + epsilon)`
/// and its kin, then `* gamma`, then `+ beta`.
extension RowNormalization: ReferenceOperator {
    func elements<Scalar: ReferenceScalar>(_ operands: Operands<Scalar>) throws(ModelError) -> @Sendable (Int) -> Scalar {
        let input = operands.input.scalars
        let rows = Rows(of: operands.input.shape, along: axes)
        let epsilon = Scalar.constant(self.epsilon)
        let kind = self.kind
        let statistics = (0..<rows.count).map { Moments(kind, epsilon, of: input, rows, row: $0) }
        let gamma = operands.vector("gamma")
        let beta = operands.vector("beta")
        return { position in
            let row = statistics[rows.row(of: position)]
            let member = rows.member(at: position)
            var value = (input[position] - row.centre) * row.factor / row.divisor
            if let gamma { value *= gamma[member] }
            if let beta { value += beta[member] }
            return value
        }
    }
}

extension GroupNormalization: ReferenceOperator {
    func elements<Scalar: ReferenceScalar>(_ operands: Operands<Scalar>) throws(ModelError) -> @Sendable (Int) -> Scalar {
        let shape = operands.input.shape
        let input = operands.input.scalars
        let rows = Rows(groups: groups, ofAxis: axis, of: shape)
        let epsilon = Scalar.constant(self.epsilon)
        let statistics = (0..<rows.count).map { Moments(.standard, epsilon, of: input, rows, row: $0) }
        let gamma = operands.vector("gamma")
        let beta = operands.vector("beta")
        let channelAxis = ArrayAxis(axis, of: shape)
        return { position in
            let row = statistics[rows.row(of: position)]
            let channel = channelAxis.index(of: position)
            var value = (input[position] - row.centre) / row.divisor
            if let gamma { value *= gamma[channel] }
            if let beta { value += beta[channel] }
            return value
        }
    }
}

/// What an element of a row is normalised by: `(x - centre) * factor / divisor`.
private struct Moments<Scalar: ReferenceScalar>: Sendable {
    private(set) var centre = Scalar.zero
    private(set) var factor: Scalar = 1
    private(set) var divisor: Scalar = 1

    init(_ kind: RowNormalizationKind, _ epsilon: Scalar, of input: [Scalar], _ rows: Rows, row: Int) {
        let count = Scalar(rows.length)
        if kind == .standard {
            var sum = Scalar.zero
            rows.forEachMember(of: row) { sum += input[$0] }
            centre = sum / count
        }
        let centre = self.centre
        var squares = Scalar.zero
        rows.forEachMember(of: row) { position in
            let difference = input[position] - centre
            squares += difference * difference
        }
        switch kind {
        case .standard, .rootMeanSquare: divisor = .sqrt(squares / count + epsilon)
        // Where the norm is below epsilon, epsilon divides.
        case .unit: divisor = .greater(.sqrt(squares), epsilon)
        }
    }
}
