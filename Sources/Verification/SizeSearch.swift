import ModelCore
import ModelGraph

/// Finds sizes for the open axes of a network that sizes of no structure do not go through.
///
/// The axes of an input get different sizes where the network lets them. In turn: multiples of the network's strides, for which an encoder and a
/// decoder meet; multiples with a remainder, for a network that cuts off borders; all axes alike; and sizes that make as many features as a layer has
/// weights for.
struct SizeSearch {
    private let graph: Graph

    /// The least sizes of multiples, and the most remainders and equal sizes that are tried.
    private static let bounds = [37, 67, 131, 229, 331]
    private static let (remainderLimit, sizeLimit) = (64, 512)
    private static let primes = [
        2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113,
    ]
    private static let primesBeyond = [127, 131, 137, 139, 149, 151, 157, 163, 167, 173, 179, 181]

    init(_ graph: Graph) {
        self.graph = graph
    }

    func shapes() -> [String: [Int]]? {
        let strides = strides
        for bound in Self.bounds {
            for stride in strides { if let shapes = accepted(Self.multiples(of: stride, from: bound)) { return shapes } }
        }
        if let stride = strides.last(where: { $0 <= Self.remainderLimit }) {
            for bound in Self.bounds {
                let row = Self.multiples(of: stride, from: bound)
                for remainder in 1..<stride { if let shapes = accepted(row.map { $0 + remainder }) { return shapes } }
            }
        }
        for size in Self.alike { if let shapes = accepted([size, size, size]) { return shapes } }
        return productShapes()
    }

    private func accepted(_ row: [Int]) -> [String: [Int]]? {
        let shapes = TrialSizes.filled(graph, with: row)
        return (try? graph.inferShapes(assuming: shapes.mapValues { Shape(known: $0) })) == nil ? nil : shapes
    }

    /// Products of `stride` and primes in sequence, so that none is a multiple of another.
    private static func multiples(of stride: Int, from bound: Int) -> [Int] {
        let primes = primes + primesBeyond
        let first = primes.firstIndex { $0 * stride >= bound } ?? 0
        return primes[first...].prefix(3).map { $0 * stride }
    }

    /// Sizes that images usually have, then all others.
    private static var alike: [Int] {
        let usual = [32, 64, 96, 128, 224, 256, 299, 320, 384, 416, 448, 512]
        return usual + (1...sizeLimit).filter { !usual.contains($0) }
    }

    /// How far apart neighbours look, as a number of elements of the input, for every value of the network; with powers of two, which networks
    /// use whose strides are written as reshapes. In ascending order, from 2 on.
    private var strides: [Int] {
        var spacing: [String: Double] = [:]
        var found: Set<Int> = [2, 4, 8, 16, 32]
        for node in graph.nodes {
            let before = node.inputs.map { spacing[$0] ?? 1 }.max() ?? 1
            let rank = Shape(Array(repeating: nil, count: 4))
            let factor: Double =
                switch node.operation.definition.reach(rank, graph.weightShapes(of: node)) {
                case .windows(_, let stride): Double(stride.max() ?? 1)
                case .magnified(let factors, _): 1 / max(factors.max() ?? 1, 1)
                case .element, .everything: 1
                }
            let after = min(max(before * factor, 1), 256)
            spacing[node.output] = after
            if after >= 2 { found.insert(Int(after.rounded())) }
        }
        return found.sorted()
    }

    // MARK: As many features as weights

    /// Sizes of two open axes whose product is what a layer after them has weights for, as nearly alike as can be.
    private func productShapes() -> [String: [Int]]? {
        guard let demand = Demand(graph) else { return nil }
        let few = demand.value(assuming: TrialSizes.filled(graph, with: TrialSizes.rows[2]))
        let many = demand.value(assuming: TrialSizes.filled(graph, with: TrialSizes.rows[3]))
        guard let few, let many, few.count == many.count else { return nil }
        let inner = few.indices.dropFirst()
        let open = inner.filter { few[$0] != many[$0] }
        guard open.count == 2, let others = inner.filter({ few[$0] == many[$0] }).map({ few[$0] }).checkedProduct else { return nil }
        // What becomes of each axis, for they do not depend on one another.
        var lengths: [(size: Int, first: Int, second: Int)] = []
        for size in 1...Self.sizeLimit {
            guard let shape = demand.value(assuming: TrialSizes.filled(graph, with: [size, size, size])), shape.count == few.count else { continue }
            lengths.append((size, shape[open[0]], shape[open[1]]))
        }
        guard demand.count % others == 0 else { return nil }
        let wanted = demand.count / others
        let widths = Dictionary(grouping: lengths) { $0.second }
        var pairs: [(Int, Int)] = []
        for height in lengths where height.first >= 1 && wanted % height.first == 0 {
            pairs += (widths[wanted / height.first] ?? []).map { (height.size, $0.size) }
        }
        for (height, width) in pairs.sorted(by: { abs($0.0 - $0.1) < abs($1.0 - $1.1) }).prefix(64) {
            if let shapes = accepted([height, width, width]) { return shapes }
        }
        return nil
    }
}

/// The first layer that refuses a network's sizes because of how many elements a value has.
private struct Demand {
    private let graph: Graph
    /// The nodes up to the value.
    private let nodes: ArraySlice<Node>
    private let name: String
    /// How many elements a sample of the value must have.
    let count: Int

    init?(_ graph: Graph) {
        var shapes = Self.shapes(graph, TrialSizes.filled(graph, with: TrialSizes.rows[2]))
        var makers: [String: Int] = [:]
        for (position, node) in graph.nodes.enumerated() {
            makers[node.output] = position
            guard node.inputs.allSatisfy({ shapes[$0] != nil }) else { return nil }
            if let shape = try? graph.outputShape(of: node, given: shapes) {
                shapes[node.output] = shape
                continue
            }
            let count: Int? =
                switch node.operation {
                case .reshape(let operation) where !operation.sizes.contains(-1): operation.sizes.checkedProduct
                case .dense: graph.weightShapes(of: node)["kernel"].flatMap { $0.layout == .oi ? $0.shape.last : $0.shape.first }
                default: nil
                }
            guard let count, var name = node.inputs.first else { return nil }
            // Before the elements were put in a row.
            while shapes[name]?.rank ?? 0 <= 2, let maker = makers[name], let before = graph.nodes[maker].inputs.first { name = before }
            self.graph = graph
            nodes = graph.nodes[...(makers[name] ?? -1)]
            self.name = name
            self.count = count
            return
        }
        return nil
    }

    private static func shapes(_ graph: Graph, _ sizes: [String: [Int]]) -> [String: Shape] { sizes.mapValues { Shape(known: $0) } }

    /// The value's shape with these inputs; `nil` where they do not get so far.
    func value(assuming sizes: [String: [Int]]) -> [Int]? {
        var shapes = Self.shapes(graph, sizes)
        for node in nodes {
            guard let shape = try? graph.outputShape(of: node, given: shapes) else { return nil }
            shapes[node.output] = shape
        }
        return shapes[name]?.known
    }
}
