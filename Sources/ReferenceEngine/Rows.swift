import ModelCore

/// The rows of an array: a row is all elements that differ only in some axes, in row-major order.
package struct Rows: Sendable {
    package let count: Int
    package let length: Int
    private let firsts: Positions
    private let members: Positions
    private let rows: Positions
    private let places: Positions

    package init(of shape: [Int], along axes: [Int]) {
        let strides = RowMajor.strides(shape)
        let others = shape.indices.filter { !axes.contains($0) }
        length = axes.reduce(1) { $0 * shape[$1] }
        count = others.reduce(1) { $0 * shape[$1] }
        members = Positions(sizes: axes.map { shape[$0] }, strides: axes.map { strides[$0] })
        firsts = Positions(sizes: others.map { shape[$0] }, strides: others.map { strides[$0] })
        rows = Self.numbering(others, of: shape)
        places = Self.numbering(axes, of: shape)
    }

    /// Calls `body` with the position of each member of a row, in order.
    @inline(__always)
    func forEachMember(of row: Int, _ body: (Int) -> Void) { members.forEach(from: firsts(row), body) }

    /// The number of the row that an element is in.
    package func row(of position: Int) -> Int { rows(position) }

    /// The number of an element within its row.
    package func member(at position: Int) -> Int { places(position) }

    /// Takes a position to its row-major number among these axes alone.
    private static func numbering(_ axes: [Int], of shape: [Int]) -> Positions {
        var steps = [Int](repeating: 0, count: shape.count)
        for (axis, stride) in zip(axes, RowMajor.strides(axes.map { shape[$0] })) { steps[axis] = stride }
        return Positions(sizes: shape, strides: steps)
    }
}

extension Rows {
    /// The rows that a group normalisation has: a row is everything of one sample and group.
    package init(groups: Int, ofAxis axis: Int, of shape: [Int]) {
        let channels = shape[axis]
        let groups = groups == 0 ? channels : groups
        // The channels as two axes, the group and the channel within it.
        let split = shape[..<axis] + [groups, channels / groups] + shape[(axis + 1)...]
        self.init(of: Array(split), along: (1..<split.count).filter { $0 != axis })
    }
}

/// What is known of a row as a whole.
package struct RowMoments<Scalar: ReferenceScalar>: Sendable {
    /// The mean of the elements and of their magnitudes, each 0 where the row is not centred.
    package private(set) var mean = Scalar.zero
    package private(set) var meanMagnitude = Scalar.zero
    /// The mean of the squares of the differences to the mean.
    package private(set) var meanSquare = Scalar.zero

    init(of input: [Scalar], _ rows: Rows, row: Int, isCentred: Bool) {
        let count = Scalar(rows.length)
        if isCentred {
            var (sum, magnitude) = (Scalar.zero, Scalar.zero)
            rows.forEachMember(of: row) { position in
                sum += input[position]
                magnitude += abs(input[position])
            }
            (mean, meanMagnitude) = (sum / count, magnitude / count)
        }
        let mean = self.mean
        var squares = Scalar.zero
        rows.forEachMember(of: row) { position in
            let difference = input[position] - mean
            squares += difference * difference
        }
        meanSquare = squares / count
    }
}
