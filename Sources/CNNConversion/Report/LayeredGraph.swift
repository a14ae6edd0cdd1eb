import ModelGraph

/// A network in ranks: every item below all that it reads. An edge that passes ranks has a bend in each.
struct LayeredGraph {
    enum Item: Hashable {
        /// A position in the graph's inputs, nodes or outputs.
        case input(Int)
        case node(Int)
        case output(Int)
        case bend
    }

    struct Edge: Hashable {
        let from: Int
        let to: Int
    }

    private(set) var items: [Item] = []
    private(set) var ranks: [Int] = []
    private(set) var edges: [Edge] = []

    /// More bends than these are not worth their place; long edges are straight then.
    private static let bendLimit = 20_000

    init(_ graph: Graph) {
        var makers: [String: Int] = [:]
        var direct: [Edge] = []
        for (position, input) in graph.inputs.enumerated() { makers[input.name] = add(.input(position), rank: 0) }
        for (position, node) in graph.nodes.enumerated() {
            let sources = Set(node.inputs.compactMap { makers[$0] }).sorted()
            let item = add(.node(position), rank: sources.reduce(0) { max($0, ranks[$1] + 1) })
            direct += sources.map { Edge(from: $0, to: item) }
            makers[node.output] = item
        }
        for (position, output) in graph.outputs.enumerated() {
            guard let source = makers[output.value] else { continue }
            direct.append(Edge(from: source, to: add(.output(position), rank: ranks[source] + 1)))
        }
        lowerSources(direct)
        bend(direct)
    }

    private mutating func add(_ item: Item, rank: Int) -> Int {
        items.append(item)
        ranks.append(rank)
        return items.count - 1
    }

    /// What reads nothing stands right above its first reader.
    private mutating func lowerSources(_ direct: [Edge]) {
        var first: [Int: Int] = [:]
        for edge in direct { first[edge.from] = min(first[edge.from] ?? .max, ranks[edge.to]) }
        let readers = Set(direct.map(\.to))
        for (item, rank) in first where !readers.contains(item) { ranks[item] = rank - 1 }
    }

    /// Edges from one item share their bends.
    private mutating func bend(_ direct: [Edge]) {
        var deepest: [Int: Int] = [:]
        for edge in direct { deepest[edge.from] = max(deepest[edge.from] ?? 0, ranks[edge.to]) }
        guard deepest.reduce(0, { $0 + $1.value - ranks[$1.key] - 1 }) <= Self.bendLimit else {
            edges = direct
            return
        }
        var chains: [Int: [Int]] = [:]
        for (item, rank) in deepest.sorted(by: { $0.key < $1.key }) where rank > ranks[item] + 1 {
            var chain = [item]
            for place in ranks[item] + 1..<rank {
                let bend = add(.bend, rank: place)
                edges.append(Edge(from: chain[chain.count - 1], to: bend))
                chain.append(bend)
            }
            chains[item] = chain
        }
        for edge in direct {
            let chain = chains[edge.from] ?? [edge.from]
            edges.append(Edge(from: chain[min(ranks[edge.to] - ranks[edge.from] - 1, chain.count - 1)], to: edge.to))
        }
    }
}
