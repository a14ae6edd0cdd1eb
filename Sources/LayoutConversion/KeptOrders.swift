package import ModelCore
package import ModelGraph

/// Follows through a converted graph what `LayoutPass` did with the axes of each value.
///
/// It begins with what the graph declares, the layouts of inputs, outputs and operators, and goes on where an operator leaves no choice. A value whose
/// order could be one or another has none: nothing is concluded from sizes.
package struct KeptOrders {
    private let graph: Graph
    private let shapes: [String: Shape]
    /// How the graph was converted: with `.wanted`, from a framework whose channels come first.
    private let interface: LayoutConversion.Interface
    private var orders: [String: ValueOrder] = [:]

    /// - Throws: what `inferShapes` throws.
    package init(_ graph: Graph, interface: LayoutConversion.Interface) throws(ModelError) {
        self.graph = graph
        self.interface = interface
        shapes = try graph.inferShapes()
        for input in graph.inputs { orders[input.name] = declared(input.layout, rank: input.shape.rank) }
        var ends: [String: ValueOrder] = [:]
        for output in graph.outputs { ends[output.value] = declared(output.layout, rank: shapes[output.value]?.rank ?? 0) }
        for node in graph.nodes { orders[node.output] = ends[node.output] ?? order(of: node) }
    }

    /// The order of a value; `nil` where it cannot be known.
    package subscript(value: String) -> ValueOrder? { orders[value] }

    /// That of a value whose axes callers see: in the framework's order, or with channels moved to the end.
    private func declared(_ layout: DataLayout?, rank: Int) -> ValueOrder {
        guard interface == .wanted, let layout, let axes = layout.channelsFirst.permutation(to: layout), axes.count == rank else {
            return ValueOrder(rank: rank)
        }
        return ValueOrder(order: axes)
    }

    private func rank(_ value: String) -> Int { shapes[value]?.rank ?? 0 }

    private func order(of node: Node) -> ValueOrder? {
        let rank = rank(node.output)
        let first = node.inputs.first.flatMap { orders[$0] }
        switch node.operation {
        case .flatten: return flattened(node)
        case .transpose(let operation): return transposed(node, operation)
        case .activation, .batchNormalization, .rescaling, .dense, .softmax, .gatedLinearUnit, .prelu, .merge, .concatenate, .identity, .reduce,
            .convolution, .transposedConvolution, .pooling, .adaptivePooling, .globalPooling, .resize, .pad, .crop, .cumulativeSum, .flip,
            .groupNormalization,
            .rowNormalization, .reshape, .sized, .constant, .dot, .embedding, .foldBatch, .unfoldBatch, .locallyConnected, .matMul, .standardization:
            break
        }
        // The batch is always first, so that one other axis has one place only; its features may be mixed.
        if rank <= 2 { return carriesFeatures(node) ? first : ValueOrder(rank: rank) }
        switch node.operation {
        case .convolution(let operation): return first ?? slid(operation.layout)
        case .transposedConvolution(let operation): return first ?? slid(operation.layout)
        case .pooling(let operation): return first ?? slid(operation.layout)
        case .adaptivePooling(let operation): return first ?? slid(operation.layout)
        case .globalPooling(let operation): return first ?? slid(operation.layout)
        case .resize(let operation): return first ?? slid(operation.layout)
        case .sized(let operation):
            switch operation.template {
            case .resize(let resize): return first ?? slid(resize.layout)
            case .adaptivePooling(let pooling): return first ?? slid(pooling.layout)
            case .pooling(let pooling): return first ?? slid(pooling.layout)
            case .pad, .crop: return first
            default: return interface == .source ? ValueOrder(rank: rank) : nil
            }
        case .activation, .batchNormalization, .dense, .gatedLinearUnit, .softmax, .pad, .crop, .cumulativeSum, .flip, .groupNormalization,
            .rowNormalization, .prelu,
            .rescaling:
            return first
        case .identity:
            // With `.wanted`, what the source permutes.
            return interface == .source ? first : nil
        case .concatenate, .merge:
            // Inputs of as many axes are in one order; others are in the source's own.
            guard node.inputs.allSatisfy({ self.rank($0) == rank }) else { return ValueOrder(rank: rank) }
            return node.inputs.lazy.compactMap { self.orders[$0] }.first
        case .reduce(let operation): return reduced(operation, first)
        case .reshape: return interface == .source ? ValueOrder(rank: rank) : nil
        case .constant: return nil
        case .dot, .embedding, .foldBatch, .unfoldBatch, .locallyConnected, .matMul, .standardization: return ValueOrder(rank: rank)
        case .flatten, .transpose: return nil
        }
    }

    /// Whether a value of one axis besides the batch has its features in the order of the first input's.
    private func carriesFeatures(_ node: Node) -> Bool {
        guard node.inputs.first.map({ rank($0) == 2 }) ?? false else { return false }
        switch node.operation {
        case .activation, .identity, .rescaling, .merge, .batchNormalization: return true
        default: return false
        }
    }

    /// What a window slides over has its channels last, and had them first in a framework that has them first.
    private func slid(_ layout: DataLayout) -> ValueOrder? {
        guard interface == .wanted else { return nil }
        return layout.channelsFirst.permutation(to: layout).map { ValueOrder(order: $0) }
    }

    private func flattened(_ node: Node) -> ValueOrder? {
        guard interface == .wanted else { return ValueOrder(rank: 2) }
        guard let input = node.inputs.first, let order = orders[input], order.lastAxis == nil, order.order.first == 0,
            let kept = shapes[input]?.sizes.dropFirst()
        else { return nil }
        let inner = order.order.dropFirst().map { $0 - 1 }
        let keptSizes = kept.compactMap(\.self)
        guard keptSizes.count == inner.count else { return inner == inner.sorted() ? ValueOrder(rank: 2) : nil }
        var sizes = keptSizes
        for (place, axis) in inner.enumerated() { sizes[axis] = keptSizes[place] }
        return FlattenedFeatures(sizes: sizes, order: inner).map { ValueOrder(lead: 1, $0) } ?? ValueOrder(rank: 2)
    }

    /// Those that `LayoutPass` puts between a value and a reader are copies of the value; with `.source`, others are the network's own.
    private func transposed(_ node: Node, _ operation: Transpose) -> ValueOrder? {
        let input = node.inputs.first ?? ""
        let isCopy = interface == .wanted || node.name.hasPrefix(input + LayoutPass.copySuffix)
        guard isCopy else { return ValueOrder(rank: rank(node.output)) }
        return orders[input].map { order in ValueOrder(order: operation.permutation.map { order.order[$0] }) }
    }

    private func reduced(_ operation: Reduce, _ input: ValueOrder?) -> ValueOrder? {
        guard let input else { return nil }
        guard !operation.keepsAxes else { return input }
        let left = input.order.indices.filter { !operation.axes.contains($0) }.map { input.order[$0] }
        return ValueOrder(order: left.map { axis in left.count { $0 < axis } })
    }
}
