import ModelGraph

/// Where each item of a network stands in a drawing: ranks from top to bottom, in each an order with few crossings, and places below
/// what they read (Sugiyama, Tagawa and Toda 1981).
struct GraphLayout {
    let network: LayeredGraph
    /// The middles of the items.
    private(set) var places: [Double]
    private(set) var width = 0.0
    let height: Double

    static let boxWidth = 204.0
    static let boxHeight = 38.0
    private static let rankHeight = 62.0
    private static let gap = 16.0
    private static let margin = 12.0

    private var rows: [[Int]]
    private let above: [[Int]]
    private let below: [[Int]]

    init(_ graph: Graph) {
        let network = LayeredGraph(graph)
        self.network = network
        var above = [[Int]](repeating: [], count: network.items.count)
        var below = above
        for edge in network.edges {
            above[edge.to].append(edge.from)
            below[edge.from].append(edge.to)
        }
        self.above = above
        self.below = below
        var rows = [[Int]](repeating: [], count: (network.ranks.max() ?? -1) + 1)
        for (item, rank) in network.ranks.enumerated() { rows[rank].append(item) }
        self.rows = rows
        places = [Double](repeating: 0, count: network.items.count)
        height = 2 * Self.margin + Self.rankHeight * Double(max(rows.count - 1, 0)) + Self.boxHeight
        for pass in 0..<8 { sort(downwards: pass % 2 == 0) }
        align()
        let left = network.items.indices.map { places[$0] - self.width(of: $0) / 2 }.min() ?? 0
        for item in places.indices { places[item] += Self.margin - left }
        width = (network.items.indices.map { places[$0] + self.width(of: $0) / 2 }.max() ?? 0) + Self.margin
    }

    /// The top of an item.
    func top(of item: Int) -> Double { Self.margin + Self.rankHeight * Double(network.ranks[item]) }

    private func width(of item: Int) -> Double { network.items[item] == .bend ? 8 : Self.boxWidth }

    private func rowNumbers(downwards: Bool) -> [Int] { downwards ? Array(rows.indices) : rows.indices.reversed() }

    /// Each row in the order of the mean place of what its items are connected with.
    private mutating func sort(downwards: Bool) {
        var order = [Double](repeating: 0, count: network.items.count)
        for row in rows { for (position, item) in row.enumerated() { order[item] = Double(position) } }
        for number in rowNumbers(downwards: downwards) {
            let means = rows[number].map { item in
                let others = downwards ? above[item] : below[item]
                return (item: item, mean: others.isEmpty ? order[item] : others.reduce(0) { $0 + order[$1] } / Double(others.count))
            }
            rows[number] = means.sorted { ($0.mean, $0.item) < ($1.mean, $1.item) }.map(\.item)
            for (position, item) in rows[number].enumerated() { order[item] = Double(position) }
        }
    }

    /// Each item as near as the row allows below what it reads, and where branches join below where they parted, which keeps networks straight.
    /// Bends give way to boxes.
    private mutating func align() {
        let origins = Dominators(above: above, rows: rows)
        for row in rows {
            let wanted = row.map { item in
                let read = origins.parent(of: item).map { [$0] } ?? above[item]
                return read.isEmpty ? 0 : read.reduce(0) { $0 + places[$1] } / Double(read.count)
            }
            var offsets = [0.0]
            for (left, right) in zip(row, row.dropFirst()) {
                offsets.append((offsets.last ?? 0) + (width(of: left) + width(of: right)) / 2 + Self.gap)
            }
            let settled = Self.nondecreasing(row.indices.map { (wanted[$0] - offsets[$0], network.items[row[$0]] == .bend ? 1 : 10_000) })
            for (position, item) in row.enumerated() { places[item] = settled[position] + offsets[position] }
        }
    }

    /// The nondecreasing sequence that is nearest by weighted least squares: neighbours that decrease are pooled into their mean.
    private static func nondecreasing(_ values: [(value: Double, weight: Double)]) -> [Double] {
        var blocks: [(sum: Double, weight: Double, count: Int)] = []
        for (value, weight) in values {
            var block = (sum: value * weight, weight: weight, count: 1)
            while let last = blocks.last, last.sum / last.weight > block.sum / block.weight {
                block = (block.sum + last.sum, block.weight + last.weight, block.count + last.count)
                blocks.removeLast()
            }
            blocks.append(block)
        }
        return blocks.flatMap { [Double](repeating: $0.sum / $0.weight, count: $0.count) }
    }
}
