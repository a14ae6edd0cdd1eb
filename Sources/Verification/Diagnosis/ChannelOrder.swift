package import ModelCore

/// A weight whose channels along one axis stand in another order than another's, each with the very bits.
package struct ChannelOrder: Sendable, Hashable {
    /// Channel k of the one is channel `order[k]` of the other.
    package let order: [Int]

    /// - Returns: `nil` where the channels are not the same ones, or stand in the same order.
    package init?(_ found: WeightSource, _ expected: WeightSource, axis: Int) throws(ModelError) {
        guard found.dtype == expected.dtype, found.shape == expected.shape, found.shape.indices.contains(axis) else { return nil }
        let mine = try found.channelDigests(axis: axis)
        let theirs = try expected.channelDigests(axis: axis)
        guard mine != theirs else { return nil }
        // Channels that are where they were stay; of equal ones any may be the origin.
        var places: [UInt64: [Int]] = [:]
        for index in theirs.indices.reversed() where mine[index] != theirs[index] { places[theirs[index], default: []].append(index) }
        var order = Array(mine.indices)
        for index in mine.indices where mine[index] != theirs[index] {
            guard let place = places[mine[index]]?.popLast() else { return nil }
            order[index] = place
        }
        self.order = order
    }

    /// - Returns: `nil` for channels in the same order.
    init?(_ order: [Int]) {
        guard order != Array(order.indices) else { return nil }
        self.order = order
    }

    package var isReversed: Bool { order == order.indices.reversed() }

    /// Whether the channels are those of a table, counted by columns for by rows, for some number of rows that divides theirs.
    package var isTransposed: Bool {
        (2..<max(order.count, 2)).contains { rows in
            guard order.count.isMultiple(of: rows), rows < order.count else { return false }
            let columns = order.count / rows
            return order.indices.allSatisfy { order[$0] == $0 % rows * columns + $0 / rows }
        }
    }

    /// `channels 3 and 7 are exchanged`.
    package var text: String {
        let moved = order.indices.filter { order[$0] != $0 }
        if moved.count == 2 { return "channels \(moved[0]) and \(moved[1]) are exchanged" }
        if isReversed { return "all \(order.count) channels are in reverse order" }
        return "\(moved.count) of \(order.count) channels stand in another order"
    }
}

extension WeightSource {
    /// For each position along an axis a digest of the bits there; equal bits give equal digests.
    fileprivate func channelDigests(axis: Int) throws(ModelError) -> [UInt64] {
        let channels = shape[axis]
        let inner = shape[(axis + 1)...].reduce(1, *)
        var digests = [UInt64](repeating: 0, count: channels)
        for start in stride(from: 0, to: count, by: Self.partLength) {
            let values = try part(start..<min(start + Self.partLength, count))
            for (offset, value) in values.enumerated() {
                let (row, column) = (start + offset).quotientAndRemainder(dividingBy: inner)
                let (outer, channel) = row.quotientAndRemainder(dividingBy: channels)
                var stream = RandomStream(seed: UInt64(truncatingIfNeeded: outer * inner + column) << 32 | UInt64(value.bitPattern))
                digests[channel] &+= stream.next()
            }
        }
        return digests
    }
}
