import ModelCore
import ModelGraph
import ReferenceEngine
import Verification

/// Whether several nodes give what one gave, for operators that were written in other terms: a mean over parts of an axis, say, as means of slices.
///
/// What both are made of is given the same noise. Both are computed in Float64, where formulas of one function differ by next to nothing; the
/// difference must be within what rounding may do to a Float32 execution of the source. What depends on sizes alone is computed in Float32, as
/// the positions of a resizing are. By induction over the values, the graphs compute the same.
struct CounterpartTrial {
    private let written: Graph
    private let source: Graph
    /// The numbers of the source's values.
    private let numbers: [String: Int]
    /// Values of the source by what the written graph calls them.
    private let originals: [String: [String]]
    private let threads: Int
    /// Whether a value was put together otherwise and proved equal.
    private(set) var hasProved = false
    private var shapes: (written: [String: Shape], source: [String: Shape])?

    /// The most nodes that are tried at once.
    private static let mostNodes = 1 << 12

    init(_ written: Graph, _ source: Graph, numbers: [String: Int], counterparts: [String: String], threads: Int) {
        (self.written, self.source, self.numbers, self.threads) = (written, source, numbers, threads)
        originals = Dictionary(grouping: counterparts.keys.sorted()) { counterparts[$0] ?? "" }
    }

    /// The number of a value of the written graph: that of its counterpart where it proves equal, else its own.
    /// - Parameter known: the numbers of values before it.
    mutating func number(of value: String, _ number: Int, _ known: [String: Int]) throws(ModelError) -> Int {
        for original in originals[value] ?? [] {
            guard let expected = numbers[original] else { continue }
            if expected == number { return number }
            if try agree(value, original, known) {
                hasProved = true
                return expected
            }
        }
        return number
    }

    private mutating func agree(_ value: String, _ original: String, _ known: [String: Int]) throws(ModelError) -> Bool {
        let common = Set(known.values).intersection(numbers.values)
        guard let mine = Cone(of: value, in: written, known, common, limit: Self.mostNodes),
            let theirs = Cone(of: original, in: source, numbers, common, limit: Self.mostNodes)
        else { return false }
        if shapes == nil { shapes = try sizes() }
        guard let shapes else { return false }
        var noise: [Int: Tensor<Float>] = [:]
        for (leaf, number) in mine.leaves { noise[number] = try Self.noise(shapes.written[leaf], number) }
        for (leaf, number) in theirs.leaves where noise[number] == nil { noise[number] = try Self.noise(shapes.source[leaf], number) }
        let (myInputs, theirInputs) = (mine.leaves.compactMapValues { noise[$0] }, theirs.leaves.compactMapValues { noise[$0] })
        guard let left = mine.graph(of: written, value, myInputs), let right = theirs.graph(of: source, original, theirInputs) else { return false }
        let found = try Self.run(left, inputs: myInputs, threads: threads)[value]
        var isEqual = false
        try ForwardAnalysis.run(right, inputs: theirInputs, threads: threads) { node, exact, bound, _ in
            guard node.output == original, let found, found.shape == exact.shape else { return }
            isEqual = Self.isWithin(found.scalars, exact.scalars, bound.scalars)
        }
        return isEqual
    }

    private static func run(_ graph: Graph, inputs: [String: Tensor<Float>], threads: Int) throws(ModelError) -> [String: Tensor<Double>] {
        var rest = graph
        var inputs = inputs
        if let part = graph.ofSizesAlone() {
            let read = Set(part.inputs.map(\.name))
            inputs.merge(try Reference.run(part, inputs: inputs.filter { read.contains($0.key) }, threads: threads)) { first, _ in first }
            let known = Set(part.outputs.map(\.value))
            rest.nodes.removeAll { known.contains($0.output) }
            rest.inputs += known.sorted().map { GraphInput(name: $0, shape: Shape(known: inputs[$0]?.shape ?? [])) }
        }
        return try Reference.run(rest, inputs: inputs.mapValues { $0.map(Double.init) }, threads: threads)
    }

    /// Whether each number that can be judged is within its bound, and there are such.
    private static func isWithin(_ found: [Double], _ exact: [Double], _ bound: [Double]) -> Bool {
        var judged = 0
        for position in exact.indices {
            let (left, right) = (found[position], exact[position])
            if left.isNaN != right.isNaN { return false }
            if right.isNaN || !bound[position].isFinite { continue }
            guard left == right || abs(left - right) <= bound[position] else { return false }
            judged += 1
        }
        return judged > 0
    }

    private func sizes() throws(ModelError) -> (written: [String: Shape], source: [String: Shape]) {
        let sizes = try TrialSizes(for: source).shapes
        var mine: [String: Shape] = [:]
        for (left, right) in zip(written.inputs, source.inputs) { mine[left.name] = sizes[right.name].map { Shape(known: $0) } }
        return (try written.inferShapes(assuming: mine), try source.inferShapes(assuming: sizes.mapValues { Shape(known: $0) }))
    }

    /// Numbers of several magnitudes, up to 16, so that thresholds are crossed.
    private static func noise(_ shape: Shape?, _ number: Int) throws(ModelError) -> Tensor<Float>? {
        guard let shape, let sizes = Optional(shape.sizes.compactMap(\.self)), sizes.count == shape.rank, let count = sizes.checkedProduct,
            count <= Reference.elementLimit
        else { return nil }
        var random = RandomStream(seed: UInt64(number) &+ 1)
        return Tensor(shape: sizes, generating: { _ in random.nextFloat() * Float(1 << (random.next() % 5)) })
    }
}

/// The nodes that make a value out of values that both graphs have.
private struct Cone {
    private let nodes: Set<String>
    /// The numbers of the values that they begin with.
    let leaves: [String: Int]

    /// - Parameter common: the numbers of values that both graphs have.
    init?(of value: String, in graph: Graph, _ numbers: [String: Int], _ common: Set<Int>, limit: Int) {
        let makers = Dictionary(graph.nodes.map { ($0.output, $0) }) { first, _ in first }
        var nodes: Set<String> = []
        var leaves: [String: Int] = [:]
        var pending = [value]
        while let next = pending.popLast() {
            if next != value, let number = numbers[next], common.contains(number) {
                leaves[next] = number
                continue
            }
            guard let node = makers[next], nodes.count < limit else { return nil }
            if nodes.insert(next).inserted { pending += node.inputs }
        }
        (self.nodes, self.leaves) = (nodes, leaves)
    }

    /// These nodes as a graph of their own.
    func graph(of graph: Graph, _ value: String, _ inputs: [String: Tensor<Float>]) -> Graph? {
        guard inputs.count == leaves.count else { return nil }
        var part = Graph(name: value)
        part.inputs = inputs.sorted { $0.key < $1.key }.map { GraphInput(name: $0.key, shape: Shape(known: $0.value.shape)) }
        part.nodes = graph.nodes.filter { nodes.contains($0.output) }
        part.outputs = [GraphOutput(name: value, value: value)]
        part.weights = graph.weights
        return part
    }
}

extension Graph {
    /// The nodes whose values depend on constants and the sizes of values but not on their elements, and what these are made of; `nil` where there are none.
    fileprivate func ofSizesAlone() -> Graph? {
        let constants = Set(nodes.filter(\.isConstant).map(\.output))
        var known: Set<String> = []
        for node in nodes {
            // Whatever the number is, its power of 0 is 1.
            let isOne = node.operation == Activation(.power(exponent: 0)).erased
            if isOne || node.inputs.allSatisfy(known.contains) { known.insert(node.output) }
        }
        guard known.contains(where: { !constants.contains($0) }) else { return nil }
        var part = self
        part.outputs = nodes.filter { known.contains($0.output) }.map { GraphOutput(name: $0.output, value: $0.output) }
        var needed = known
        for node in nodes.reversed() where needed.contains(node.output) { needed.formUnion(node.inputs) }
        part.nodes.removeAll { !needed.contains($0.output) }
        part.inputs.removeAll { !needed.contains($0.name) }
        return part
    }
}
