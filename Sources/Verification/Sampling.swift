/// Which elements of an output are recomputed.
package enum Sampling: Sendable {
    /// Every channel (the last axis), and at least this many elements.
    case sample(atLeast: Int)
    case all

    /// Fewer elements for a node of very many inputs, each of which goes into each element.
    func limited(inputs: Int) -> Sampling {
        guard case .sample(let least) = self else { return self }
        return .sample(atLeast: Swift.max(16, Swift.min(least, (1 << 18) / Swift.max(inputs, 1))))
    }

    /// Positions in an output of this shape, without repetition: for every channel as many, each from a part of the rows of its own.
    func positions(of shape: [Int], seed: UInt64) -> [Int] {
        let count = shape.reduce(1, *)
        let channels = shape.last ?? 1
        guard case .sample(let least) = self, count > 4 * max(least, channels) else { return Array(0..<count) }
        var random = RandomStream(seed: seed)
        let rows = count / channels
        let parts = (least + channels - 1) / channels
        var positions: [Int] = []
        positions.reserveCapacity(parts * channels)
        for part in 0..<parts {
            let range = part * rows / parts..<(part + 1) * rows / parts
            for channel in 0..<channels {
                positions.append((range.lowerBound + Int(random.next() % UInt64(range.count))) * channels + channel)
            }
        }
        return positions
    }
}
