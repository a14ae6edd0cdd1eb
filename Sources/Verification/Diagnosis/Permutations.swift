/// Orders of a few things.
enum Permutations {
    /// All orders of 2 to 5 things but the one in which they are, in lexicographic order; none of other numbers.
    static func others(of count: Int) -> [[Int]] {
        guard (2...5).contains(count) else { return [] }
        var orders: [[Int]] = [[]]
        for item in 0..<count {
            orders = orders.flatMap { order in (0...order.count).map { Array(order[..<$0]) + [item] + Array(order[$0...]) } }
        }
        return orders.filter { $0 != Array(0..<count) }.sorted { $0.lexicographicallyPrecedes($1) }
    }
}
