package import ModelCore
package import ModelGraph
import ReferenceEngine

/// Whether moving the axes of a graph has left what it computes alone: each node is tried in both orders of axes on small integers.
///
/// Every value gets integers of its own, drawn from its name, in the order of the source; the converted graph sees the same ones in the order in
/// which it keeps the value. Weights are small integers as well, and go through the conversion like the real ones. Sums of integers below 2^24 are
/// the same Float32 number in every order, so that a node must give the same bits for the source and for the converted graph. What rounds even so,
/// as an exponential does, may differ by what two executions may.
///
/// Values do not come from the nodes before: a converted node that reads another value than its source, or the same in another order, sees other
/// integers. By induction over the nodes, the graphs compute the same.
package struct StructureTrial {
    private let source: Graph
    private let converted: Graph
    private let orders: [String: ValueOrder]
    private let shapes: [String: Shape]
    private let makers: [String: Node]
    /// How many rows the tables have that a value numbers.
    private let tables: [String: Int]
    private let threads: Int

    /// The fewest elements of a node that are tried, and the numbers in a part of its weights.
    private static let (leastElements, partLimit) = (512, 1 << 16)

    /// - Parameter convert: what was done to the source, with the order in which the result keeps each value.
    /// - Throws: what `convert` throws, and `inferShapes`.
    package init(
        of source: Graph, threads: Int,
        convert: (Graph) throws(ModelError) -> (graph: Graph, orders: [String: ValueOrder])
    ) throws(ModelError) {
        var integers = source
        let variances = Set(source.nodes.compactMap { $0.weights["variance"] })
        for (name, weight) in source.weights {
            integers.weights[name] = Weight(
                .smallIntegers(like: weight.source, name: name, arePositive: variances.contains(name)), layout: weight.layout)
        }
        self.source = integers
        self.threads = threads
        tables = TrialInput.rowsOfTables(in: source)
        (converted, orders) = try convert(integers)
        let inputs = try TrialSizes(for: converted).shapes
        var assumed: [String: Shape] = [:]
        for (old, new) in zip(source.inputs, converted.inputs) {
            guard let shape = inputs[new.name] else { continue }
            let order = Self.door(old.layout, new.layout) ?? orders[old.name] ?? ValueOrder(rank: shape.count)
            assumed[old.name] = Shape(known: RowMajor.permuted(shape, by: RowMajor.inverse(of: order.order)))
        }
        shapes = try source.inferShapes(assuming: assumed)
        makers = Dictionary(source.nodes.map { ($0.output, $0) }) { first, _ in first }
    }

    /// What differs: an error `verify.structure` for each node that does not give what its source gives, and each output that is not its source's.
    package func problems() throws(ModelError) -> [Problem] {
        var problems: [Problem] = []
        var values: [String: Tensor<Float>] = [:]
        for (old, new) in zip(source.inputs, converted.inputs) { values[new.name] = try kept(old.name, in: Self.door(old.layout, new.layout)) }
        var readers: [String: Int] = [:]
        for node in converted.nodes { for input in Set(node.inputs) { readers[input, default: 0] += 1 } }
        for output in converted.outputs { readers[output.value, default: 0] += 1 }
        for node in converted.nodes {
            let inputs = node.inputs.compactMap { values[$0] }
            // A constant is what its weight is, in whatever order its readers want it.
            if let original = makers[node.output], node.operation.name != Constant.name {
                if let problem = try difference(node, inputs, from: original) { problems.append(problem) }
                values[node.output] = try kept(original.output)
            } else {
                values[node.output] = try Reference.evaluate(
                    node.operation, inputs: inputs, weights: converted.loadWeights(of: node), threads: threads)
            }
            for input in Set(node.inputs) {
                readers[input, default: 0] -= 1
                if readers[input] == 0 { values[input] = nil }
            }
            if readers[node.output] == nil { values[node.output] = nil }
        }
        for (old, new) in zip(source.outputs, converted.outputs) {
            // Where no layout is declared, a value of another name is a copy in the source's own order.
            let copy = new.value == old.value ? nil : ValueOrder(rank: shapes[old.value]?.rank ?? 0)
            guard values[new.value] != (try kept(old.value, in: Self.door(old.layout, new.layout) ?? copy)) else { continue }
            problems.append(
                Problem("verify.structure", "output '\(new.name)' is not that of the source, or has its axes in another order", kind: .different))
        }
        return problems
    }

    // MARK: Values

    /// The order of axes that a declared layout is of another; `nil` where one of the two is not declared.
    private static func door(_ old: DataLayout?, _ new: DataLayout?) -> ValueOrder? {
        guard let old, let new else { return nil }
        return old.permutation(to: new).map { ValueOrder(order: $0) }
    }

    /// A value of the source in an order; in that in which the converted graph keeps it unless said otherwise.
    private func kept(_ name: String, in order: ValueOrder? = nil) throws(ModelError) -> Tensor<Float> {
        let shape = try shape(of: name)
        guard let tensor = (order ?? orders[name] ?? ValueOrder(rank: shape.count)).kept(shape, integers(name)) else {
            throw ModelError(Problem("verify.structure", "value '\(name)' has axes that its order does not name", kind: .fault))
        }
        return tensor
    }

    private func shape(of name: String) throws(ModelError) -> [Int] {
        let sizes = shapes[name]?.sizes.compactMap(\.self) ?? []
        guard let shape = shapes[name], sizes.count == shape.rank, (sizes.checkedProduct ?? .max) <= Reference.elementLimit else {
            throw ModelError(Problem("run.too-large", "value '\(name)' is too large to try the network on, or of unknown size"))
        }
        return sizes
    }

    private func integers(_ name: String) -> @Sendable (Int) -> Float {
        let isConstant = makers[name]?.operation.name == Constant.name
        let seed = RandomStream.hash(isConstant ? makers[name]?.weights["value"] ?? name : name)
        if let rows = tables[name] { return { Float(SmallInteger.word(seed, $0) >> 32 % UInt64(rows)) } }
        let table = SmallInteger.table
        return { SmallInteger.signed(seed, $0, table) }
    }

    // MARK: Nodes

    private func difference(_ node: Node, _ inputs: [Tensor<Float>], from original: Node) throws(ModelError) -> Problem? {
        let originals = try original.inputs.map { name throws(ModelError) in
            let shape = try self.shape(of: name)
            return try kept(name, in: ValueOrder(rank: shape.count))
        }
        let mine = converted.slices(of: node, rankOfInput: inputs.first?.shape.count ?? 0, limit: Self.partLimit)
        let theirs = source.slices(of: original, rankOfInput: originals.first?.shape.count ?? 0, limit: Self.partLimit)
        guard mine.parts.count == theirs.parts.count else { return problem(node, "has weights of another size") }
        let shape = try self.shape(of: original.output)
        let order = orders[original.output] ?? ValueOrder(rank: shape.count)
        let keptShape = order.keptShape(of: shape)
        let sampling = Sampling.sample(atLeast: Self.leastElements).limited(inputs: inputs.count)
        let positions = sampling.positions(of: keptShape, seed: RandomStream.hash(node.name))
        // Mistakes of layout touch all channels alike: of a large layer a few parts are enough.
        for part in Set([0, mine.parts.count / 2, mine.parts.count - 1]).sorted() {
            let (left, right) = (mine.parts[part], theirs.parts[part])
            let got = try Self.evaluation(node.operation, inputs, left.weights)
            let expected = try Self.evaluation(original.operation, originals, right.weights)
            guard got.evaluation.shape == mine.shape(of: left, in: keptShape), expected.evaluation.shape == theirs.shape(of: right, in: shape) else {
                return problem(node, "gives \(got.evaluation.shape), which is not the shape of its source's output in another order of axes")
            }
            let members = positions.compactMap { whole -> (got: Int, expected: Int)? in
                guard let place = mine.position(whole, in: left, of: keptShape), let old = order.original(of: whole, in: shape),
                    let target = theirs.position(old, in: right, of: shape)
                else { return nil }
                return (place, target)
            }
            let elements = Reference.elements(members.count, threads: threads) { index in
                (got.evaluation.element(members[index].got), expected.evaluation.element(members[index].expected))
            }
            var bound = LazyBound { () throws(ModelError) in try expected.bound(original.operation) }
            for (member, element) in zip(members, elements) where element.0 != element.1 && !(element.0.isNaN && element.1.isNaN) {
                let most = 2 * (try bound.value(member.expected, Double(element.1)))
                if abs(Double(element.0) - Double(element.1)) <= most || !most.isFinite { continue }
                return problem(node, "gives \(element.0) where the source, in its own order of axes, gives \(element.1)")
            }
        }
        return nil
    }

    private func problem(_ node: Node, _ what: String) -> Problem {
        Problem("verify.structure", "on small integers, layer '\(node.name)' \(what)", kind: .different, at: Location(node: node.name))
    }

    private struct Trial {
        let inputs: [Tensor<Float>]
        let weights: [String: ReferenceWeight]
        let evaluation: Evaluation<Float>

        func bound(_ operation: Operator) throws(ModelError) -> ErrorBound {
            try ErrorBound.of(operation, inputs: inputs.mapScalars { Double($0) }, weights: weights)
        }
    }

    private static func evaluation(_ operation: Operator, _ inputs: [Tensor<Float>], _ sources: [String: Weight]) throws(ModelError) -> Trial {
        let weights = try ReferenceWeight.load(sources)
        return Trial(
            inputs: inputs, weights: weights, evaluation: try Reference.evaluation(of: operation, inputs: inputs, weights: weights))
    }
}
