import ModelCore
import ModelGraph

extension Graph {
    /// The graph in which a sum, mean, maximum or minimum over values that were stacked along a new axis is one of the values themselves.
    func mergingStacks() throws(ModelError) -> Graph {
        let shapes = try inferShapes()
        let makers = Dictionary(nodes.map { ($0.output, $0) }) { first, _ in first }
        var result = self
        var merged: Set<String> = []
        for (place, node) in nodes.enumerated() {
            guard case .reduce(let reduce) = node.operation, !reduce.keepsAxes, reduce.axes.count == 1, let axis = reduce.axes.first,
                let stack = node.inputs.first.flatMap({ makers[$0] }), stack.operation == Concatenate(axis: axis).erased
            else { continue }
            let members = stack.inputs.compactMap { Self.member($0, axis, makers[$0], shapes) }
            guard members.count == stack.inputs.count else { continue }
            result.nodes[place].operation = Merge(MergeKind(reduce.kind)).erased
            result.nodes[place].inputs = members
            merged.formUnion([stack.output] + stack.inputs)
        }
        // Of the stacks and their members, what nothing else reads goes.
        var read = Set(outputs.map(\.value))
        var kept: [Node] = []
        for node in result.nodes.reversed() where !merged.contains(node.output) || read.contains(node.output) {
            read.formUnion(node.inputs)
            kept.append(node)
        }
        result.nodes = kept.reversed()
        return result
    }

    /// The value that got a new axis of size 1 here and was not changed otherwise.
    private static func member(_ value: String, _ axis: Int, _ maker: Node?, _ shapes: [String: Shape]) -> String? {
        guard let maker, case .reshape = maker.operation, let source = maker.inputs.first, let before = shapes[source], let after = shapes[value],
            after.rank == before.rank + 1, after[axis] == 1
        else { return nil }
        let rest = Shape(after.sizes.enumerated().filter { $0.offset != axis }.map(\.element))
        // One unknown size beside the samples' follows from the others.
        return rest == before && before.sizes.dropFirst().count(where: { $0 == nil }) <= 1 ? source : nil
    }
}

extension MergeKind {
    fileprivate init(_ kind: ReductionKind) {
        self =
            switch kind {
            case .sum: .add
            case .mean: .average
            case .maximum: .maximum
            case .minimum: .minimum
            }
    }
}
