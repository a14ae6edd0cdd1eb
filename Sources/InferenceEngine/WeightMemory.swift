import ModelCore

/// Where weights lie while a step has them.
struct WeightMemory: Sendable {
    /// For weights that are let go of when their step has run: what the next ones take again.
    var pool: StoragePool?

    func take(_ count: Int) throws(ModelError) -> Storage {
        guard let pool, count >= Self.least else { return try Storage(count: count) }
        // One size for all, of which memory has the pages only that were written to: a pool with pieces of many sizes would keep them all.
        return try pool.take(max(count, Self.commonSize))
    }

    private static let least = 1 << 14
    /// The numbers in a part of a node's weights, which are in memory twice while they are packed.
    static let commonSize = 1 << 22
}
