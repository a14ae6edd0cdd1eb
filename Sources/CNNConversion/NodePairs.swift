import ModelCore
import ModelGraph

/// Which nodes of two graphs stand for each other.
struct NodePairs {
    /// In the order of the first graph, with what only the second has where it has it; one of the two is there.
    let pairs: [(found: Node?, expected: Node?)]
    /// The values of the second graph by what stands for them in the first.
    private let values: [String: String]

    /// The name in the second graph of a value of the first; its own where there is none.
    func expected(_ value: String) -> String { values[value] ?? value }

    /// Nodes of one name.
    init(byName found: Graph, _ expected: Graph) {
        let others = Dictionary(expected.nodes.enumerated().map { ($1.name, $0) }) { first, _ in first }
        self.init(found, expected, partner: found.nodes.map { others[$0.name] })
    }

    /// Nodes that follow each other in the same way: the longest common subsequence of operators with their shapes of weights and outputs, so that
    /// two files of one network pair up whatever their layers are called.
    init(byOrder found: Graph, _ expected: Graph) {
        let (mine, theirs) = (Self.kinds(found), Self.kinds(expected))
        self.init(found, expected, partner: Self.commonSubsequence(mine, theirs))
    }

    /// - Parameter partner: for each node of the first graph the position of its partner in the second.
    private init(_ found: Graph, _ expected: Graph, partner: [Int?]) {
        var pairs: [(found: Node?, expected: Node?)] = []
        var values: [String: String] = [:]
        for (left, right) in zip(found.inputs, expected.inputs) { values[left.name] = right.name }
        var taken = Set(partner.compactMap(\.self))
        var next = 0
        for (node, position) in zip(found.nodes, partner) {
            guard let position else {
                pairs.append((node, nil))
                continue
            }
            while next < position {
                if !taken.contains(next) {
                    pairs.append((nil, expected.nodes[next]))
                    taken.insert(next)
                }
                next += 1
            }
            values[node.output] = expected.nodes[position].output
            pairs.append((node, expected.nodes[position]))
        }
        for (position, node) in expected.nodes.enumerated() where !taken.contains(position) { pairs.append((nil, node)) }
        (self.pairs, self.values) = (pairs, values)
    }

    private struct Kind: Hashable {
        let name: String
        let weights: [String: [Int]]
    }

    private static func kinds(_ graph: Graph) -> [Kind] {
        graph.nodes.map { node in Kind(name: node.operation.name, weights: graph.weights(of: node).mapValues(\.source.shape)) }
    }

    private static func commonSubsequence(_ left: [Kind], _ right: [Kind]) -> [Int?] {
        // Past this, pairs are made one by one from the front: the table would be too large.
        guard left.count * right.count <= 1 << 24 else {
            return left.indices.map { $0 < right.count && left[$0] == right[$0] ? $0 : nil }
        }
        var lengths = [[Int32]](repeating: [Int32](repeating: 0, count: right.count + 1), count: left.count + 1)
        for i in left.indices.reversed() {
            for j in right.indices.reversed() {
                lengths[i][j] = left[i] == right[j] ? lengths[i + 1][j + 1] + 1 : max(lengths[i + 1][j], lengths[i][j + 1])
            }
        }
        var partners = [Int?](repeating: nil, count: left.count)
        var (i, j) = (0, 0)
        while i < left.count, j < right.count {
            if left[i] == right[j] {
                partners[i] = j
                (i, j) = (i + 1, j + 1)
            } else if lengths[i + 1][j] >= lengths[i][j + 1] {
                i += 1
            } else {
                j += 1
            }
        }
        return partners
    }
}
