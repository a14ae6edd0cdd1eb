package import ModelCore
package import ModelGraph

/// The one place where axes move: a graph in any layout becomes one that computes with channels last and kernels as `[window..., in, out]`.
package enum LayoutConversion {
    /// The same network with every operator in channels-last layout.
    ///
    /// Inputs and outputs keep the order of axes that the source gave them: where that is channels-first, a transposition stands at the door.
    /// Inside, a value is kept in whatever order its maker produced and each reader is rewritten to match; a transposition is inserted only where
    /// a reader needs another order. Weights become views of the source's, in the engine's layout.
    /// - Throws: what `inferShapes` throws.
    package static func channelsLast(_ source: Graph) throws(ModelError) -> Graph {
        let shapes = try source.inferShapes()
        let layouts = LayoutInference.layouts(of: source, ranks: shapes.mapValues(\.rank))
        var pass = ChannelsLastPass(source: source, ranks: shapes.mapValues(\.rank))
        for node in source.nodes { pass.convert(node) }
        var graph = pass.graph
        graph.inputs = source.inputs.map { input in
            var input = input
            input.layout = layouts[input.name]
            return input
        }
        graph.outputs = source.outputs.map { output in
            GraphOutput(name: output.name, value: pass.logical(output.value), layout: output.layout ?? layouts[output.value])
        }
        graph.nodes = pass.graph.nodes
        _ = try graph.inferShapes()
        return graph
    }
}

/// Carries, for each value, the order in which its axes are kept.
private struct ChannelsLastPass {
    private(set) var graph: Graph
    private let source: Graph
    private let ranks: [String: Int]
    /// For each value that is not kept in its own order: axis k of what is kept is axis `order[k]` of the value.
    private var orders: [String: [Int]] = [:]
    /// Transposed copies that exist already, by value and order.
    private var copies: [String: [[Int]: String]] = [:]
    /// Every name taken, so that inserted nodes get new ones.
    private var names: Set<String>

    init(source: Graph, ranks: [String: Int]) {
        self.source = source
        self.ranks = ranks
        graph = Graph(name: source.name, weights: source.weights)
        names = Set(ranks.keys).union(source.nodes.map(\.name))
    }

    // MARK: Values

    private func identity(_ value: String) -> [Int] { Array(0..<(ranks[value] ?? 0)) }

    private func order(_ value: String) -> [Int] { orders[value] ?? identity(value) }

    /// The name of a value with its axes in their own order.
    mutating func logical(_ value: String) -> String { kept(value, in: identity(value)) }

    /// The name of a value kept in this order, transposing it if nothing has yet.
    private mutating func kept(_ value: String, in wanted: [Int]) -> String {
        let present = order(value)
        if present == wanted { return value }
        if let copy = copies[value]?[wanted] { return copy }
        let permutation = wanted.map { axis in present.firstIndex(of: axis) ?? axis }
        var name = value + "/transposed"
        while names.contains(name) { name += "_" }
        names.insert(name)
        graph.nodes.append(Node(name: name, operation: Transpose(permutation: permutation).erased, inputs: [value], output: name))
        copies[value, default: [:]][wanted] = name
        return name
    }

    // MARK: Nodes

    mutating func convert(_ node: Node) {
        let input = node.inputs.first ?? ""
        switch node.operation {
        case .convolution(var operation):
            let layout = operation.layout
            operation.layout = layout.channelsLast
            convertKernel(of: node, to: .windowFirst(spatialRank: layout.spatialRank))
            slide(node, layout, operation.erased)
        case .transposedConvolution(var operation):
            let layout = operation.layout
            operation.layout = layout.channelsLast
            convertKernel(of: node, to: .transposedWindowFirst(spatialRank: layout.spatialRank))
            slide(node, layout, operation.erased)
        case .pooling(var operation):
            let layout = operation.layout
            operation.layout = layout.channelsLast
            slide(node, layout, operation.erased)
        case .adaptivePooling(var operation):
            let layout = operation.layout
            operation.layout = layout.channelsLast
            slide(node, layout, operation.erased)
        case .resize(var operation):
            let layout = operation.layout
            operation.layout = layout.channelsLast
            slide(node, layout, operation.erased)
        case .globalPooling(var operation):
            let layout = operation.layout
            operation.layout = layout.channelsLast
            if operation.keepsAxes {
                slide(node, layout, operation.erased)
            } else {
                emit(node, operation.erased, [kept(input, in: Self.channelsLastOrder(layout))])
            }
        case .activation, .identity:
            emit(node, node.operation, [input], order: order(input))
        case .batchNormalization(var operation):
            operation.axis = position(of: operation.axis, in: input)
            emit(node, operation.erased, [input], order: order(input))
        case .gatedLinearUnit(var operation):
            operation.axis = position(of: operation.axis, in: input)
            emit(node, operation.erased, [input], order: order(input))
        case .softmax(var operation):
            operation.axes = operation.axes.map { position(of: $0, in: input) }.sorted()
            emit(node, operation.erased, [input], order: order(input))
        case .pad(var operation):
            operation.before = RowMajor.permuted(operation.before, by: order(input))
            operation.after = RowMajor.permuted(operation.after, by: order(input))
            emit(node, operation.erased, [input], order: order(input))
        case .crop(var operation):
            operation.before = RowMajor.permuted(operation.before, by: order(input))
            operation.after = RowMajor.permuted(operation.after, by: order(input))
            emit(node, operation.erased, [input], order: order(input))
        case .concatenate(var operation):
            let common = commonOrder(of: node)
            operation.axis = common.firstIndex(of: operation.axis) ?? operation.axis
            emit(node, operation.erased, node.inputs.map { kept($0, in: common) }, order: common)
        case .merge:
            let haveOneRank = Set(node.inputs.map { ranks[$0] ?? 0 }).count == 1
            if haveOneRank {
                let common = commonOrder(of: node)
                emit(node, node.operation, node.inputs.map { kept($0, in: common) }, order: common)
            } else {
                emit(node, node.operation, node.inputs.map { logical($0) })
            }
        case .transpose(let operation):
            let present = order(input)
            let permutation = operation.permutation.map { axis in present.firstIndex(of: axis) ?? axis }
            emit(node, Transpose(permutation: permutation).erased, [input])
        case .dense:
            convertKernel(of: node, to: .io)
            let keepsLastAxis = order(input).last == order(input).indices.last
            emit(node, node.operation, [keepsLastAxis ? input : logical(input)], order: keepsLastAxis ? order(input) : nil)
        case .rescaling(let operation):
            let isScalar = operation.scale.count == 1 && operation.offset.count == 1
            emit(node, node.operation, [isScalar ? input : logical(input)], order: isScalar ? order(input) : nil)
        case .groupNormalization(var operation):
            operation.axis = position(of: operation.axis, in: input)
            emit(node, operation.erased, [input], order: order(input))
        case .reduce(var operation) where operation.keepsAxes:
            operation.axes = operation.axes.map { position(of: $0, in: input) }.sorted()
            emit(node, operation.erased, [input], order: order(input))
        case .constant, .dot, .embedding, .flatten, .foldBatch, .locallyConnected, .prelu, .reduce, .reshape, .rowNormalization, .standardization,
            .unfoldBatch:
            emit(node, node.operation, node.inputs.map { logical($0) })
        }
    }

    /// A node whose windows slide along spatial axes, once its input has channels last.
    private mutating func slide(_ node: Node, _ layout: DataLayout, _ operation: Operator) {
        let order = Self.channelsLastOrder(layout)
        emit(node, operation, [kept(node.inputs.first ?? "", in: order)], order: order)
    }

    private mutating func emit(_ node: Node, _ operation: Operator, _ inputs: [String], order: [Int]? = nil) {
        var node = node
        node.operation = operation
        node.inputs = inputs
        graph.nodes.append(node)
        if let order, order != identity(node.output) { orders[node.output] = order }
    }

    /// For channels-first data, the order that puts channels last.
    private static func channelsLastOrder(_ layout: DataLayout) -> [Int] {
        layout.permutation(to: layout.channelsLast) ?? Array(0..<layout.rank)
    }

    private func position(of axis: Int, in value: String) -> Int { order(value).firstIndex(of: axis) ?? axis }

    /// The order to bring all inputs into: that of the first input which is not kept in its own.
    private func commonOrder(of node: Node) -> [Int] {
        let moved = node.inputs.first { orders[$0] != nil } ?? node.inputs.first ?? ""
        return order(moved)
    }

    private mutating func convertKernel(of node: Node, to layout: KernelLayout?) {
        guard let name = node.weights["kernel"], let weight = graph.weights[name], let layout, weight.layout != layout,
            let permutation = weight.layout.permutation(to: layout)
        else { return }
        graph.weights[name] = Weight(weight.source.permuted(by: permutation), layout: layout)
    }
}
