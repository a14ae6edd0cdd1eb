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
        let statistics = (0..<rows.count).map { row in
            Moments(kind, epsilon, count: rows.length) { input[rows.position(of: $0, in: row)] }
        }
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
        let channels = shape[axis]
        let groups = self.groups == 0 ? channels : self.groups
        // The channels as two axes, the group and the channel within it; a row is everything of one sample and group.
        let split = shape[..<axis] + [groups, channels / groups] + shape[(axis + 1)...]
        let rows = Rows(of: Array(split), along: (1..<split.count).filter { $0 != axis })
        let epsilon = Scalar.constant(self.epsilon)
        let statistics = (0..<rows.count).map { row in
            Moments(.standard, epsilon, count: rows.length) { input[rows.position(of: $0, in: row)] }
        }
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

    init(_ kind: RowNormalizationKind, _ epsilon: Scalar, count: Int, element: (Int) -> Scalar) {
        if kind == .standard {
            var sum = Scalar.zero
            for index in 0..<count { sum += element(index) }
            centre = sum / Scalar(count)
        }
        var squares = Scalar.zero
        for index in 0..<count {
            let difference = element(index) - centre
            squares += difference * difference
        }
        switch kind {
        case .standard, .rootMeanSquare: divisor = .sqrt(squares / Scalar(count) + epsilon)
        // Where the norm is below epsilon, epsilon divides.
        case .unit: divisor = .greater(.sqrt(squares), epsilon)
        }
    }
}

/// The rows of an array: a row is all elements that differ only in some axes, in row-major order.
struct Rows: Sendable {
    let count: Int
    let length: Int
    private let firsts: Positions
    private let members: Positions
    private let rows: Positions
    private let places: Positions

    init(of shape: [Int], along axes: [Int]) {
        let strides = RowMajor.strides(shape)
        let others = shape.indices.filter { !axes.contains($0) }
        length = axes.reduce(1) { $0 * shape[$1] }
        count = others.reduce(1) { $0 * shape[$1] }
        members = Positions(sizes: axes.map { shape[$0] }, strides: axes.map { strides[$0] })
        firsts = Positions(sizes: others.map { shape[$0] }, strides: others.map { strides[$0] })
        rows = Self.numbering(others, of: shape)
        places = Self.numbering(axes, of: shape)
    }

    /// The position of a row's member.
    func position(of member: Int, in row: Int) -> Int { firsts(row) + members(member) }

    /// The number of the row that an element is in.
    func row(of position: Int) -> Int { rows(position) }

    /// The number of an element within its row.
    func member(at position: Int) -> Int { places(position) }

    /// Takes a position to its row-major number among these axes alone.
    private static func numbering(_ axes: [Int], of shape: [Int]) -> Positions {
        var steps = [Int](repeating: 0, count: shape.count)
        for (axis, stride) in zip(axes, RowMajor.strides(axes.map { shape[$0] })) { steps[axis] = stride }
        return Positions(sizes: shape, strides: steps)
    }
}
