/// For each item of a network, the last one before it that all ways to it go through (Cooper, Harvey and Kennedy 2001).
struct Dominators {
    private var parents: [Int?]
    private var depths: [Int]
    /// Ways that are walked up in all. A network for which they are too few is no network of layers, and the rest has no parents.
    private var steps = 10_000_000

    /// - Parameters:
    ///   - above: what each item reads.
    ///   - rows: all items, each after what it reads.
    init(above: [[Int]], rows: [[Int]]) {
        parents = [Int?](repeating: nil, count: above.count)
        depths = [Int](repeating: 0, count: above.count)
        for item in rows.joined() {
            guard var common = above[item].first else { continue }
            var hasCommon = true
            for other in above[item].dropFirst() where hasCommon {
                if let joined = joined(common, other) { common = joined } else { hasCommon = false }
            }
            guard hasCommon else { continue }
            parents[item] = common
            depths[item] = depths[common] + 1
        }
    }

    /// `nil` where the item reads nothing, or there is more than one beginning.
    func parent(of item: Int) -> Int? { parents[item] }

    private mutating func joined(_ first: Int, _ second: Int) -> Int? {
        var (first, second) = (first, second)
        while first != second, steps > 0 {
            steps -= 1
            if depths[first] < depths[second] { swap(&first, &second) }
            guard let parent = parents[first] else { return nil }
            first = parent
        }
        return first == second ? first : nil
    }
}
