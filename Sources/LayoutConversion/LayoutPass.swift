import ModelCore
import ModelGraph

/// Builds the new graph node by node, and carries, for each value, the order in which its axes are kept.
struct LayoutPass {
    private(set) var graph: Graph
    private(set) var weights: WeightTable
    let family: LayoutConversion.Family
    let interface: LayoutConversion.Interface
    /// Shapes of the source's values.
    private(set) var shapes: [String: Shape]
    /// For each value that is not kept in its own order: axis k of what is kept is axis `order[k]` of the value.
    private var orders: [String: [Int]] = [:]
    /// For each value whose last axis was several, in another order than the source's.
    private(set) var features: [String: FlattenedFeatures] = [:]
    /// Copies in another order that exist already, by value and order.
    private var copies: [String: [[Int]: String]] = [:]
    /// Constants, which are made in whatever order they are wanted.
    private var constants: [String: Node] = [:]
    /// Every name taken, so that inserted nodes get new ones.
    private var names: Set<String>

    init(source: Graph, shapes: [String: Shape], family: LayoutConversion.Family, interface: LayoutConversion.Interface) {
        self.family = family
        self.interface = interface
        self.shapes = shapes
        graph = Graph(name: source.name)
        weights = WeightTable(source.weights)
        names = Set(shapes.keys).union(source.nodes.map(\.name))
    }

    // MARK: Doors

    mutating func enter(_ input: GraphInput, layout: DataLayout?) {
        var input = input
        input.layout = layout
        if interface == .wanted, let layout, layout != family.layout(layout) {
            let order = wantedOrder(layout)
            orders[input.name] = order
            input.layout = family.layout(layout)
            input.shape = Shape(order.map { input.shape[$0] })
        }
        graph.inputs.append(input)
    }

    mutating func leave(_ output: GraphOutput, layout: DataLayout?) {
        if interface == .wanted, let layout, features[output.value] == nil, order(output.value) == wantedOrder(layout) {
            graph.outputs.append(GraphOutput(name: output.name, value: existing(output.value), layout: family.layout(layout)))
        } else {
            graph.outputs.append(GraphOutput(name: output.name, value: logical(output.value), layout: layout))
        }
    }

    // MARK: Values

    private func identity(_ value: String) -> [Int] { Array(0..<(shapes[value]?.rank ?? 0)) }

    func order(_ value: String) -> [Int] { orders[value] ?? identity(value) }

    /// Every value that is not kept in its own order.
    var valueOrders: [String: ValueOrder] {
        let mixed = features.map { name, features in (name, ValueOrder(lead: max((shapes[name]?.rank ?? 1) - 1, 0), features)) }
        return orders.mapValues { ValueOrder(order: $0) }.merging(mixed) { _, mixed in mixed }
    }

    /// The place of a value's axis as it is kept.
    func position(of axis: Int, in value: String) -> Int { order(value).firstIndex(of: axis) ?? axis }

    /// The order that puts the axes of a layout as they are wanted.
    func wantedOrder(_ layout: DataLayout) -> [Int] { layout.permutation(to: family.layout(layout)) ?? Array(0..<layout.rank) }

    /// The name of a value with its axes in their own order.
    mutating func logical(_ value: String) -> String { kept(value, in: identity(value)) }

    /// The name of a value kept in this order, moving its axes if nothing has yet.
    mutating func kept(_ value: String, in wanted: [Int]) -> String {
        let value = unmixed(value)
        let present = order(value)
        if let copy = copies[value]?[wanted] { return copy }
        if let constant = constants[value] { return copied(constant, value, in: wanted) }
        if present == wanted { return value }
        let permutation = wanted.map { axis in present.firstIndex(of: axis) ?? axis }
        let operation = relabelling(value, from: present, to: wanted) ?? Transpose(permutation: permutation).erased
        let copy = insert(operation, value)
        copies[value, default: [:]][wanted] = copy
        return copy
    }

    /// The name of a value in the order in which it is kept.
    mutating func existing(_ value: String) -> String { kept(value, in: order(value)) }

    /// Axes of size 1 move without any element moving.
    private func relabelling(_ value: String, from present: [Int], to wanted: [Int]) -> Operator? {
        guard interface == .wanted, let shape = shapes[value], wanted.first == 0, present.first == 0 else { return nil }
        guard present.filter({ shape[$0] != 1 }) == wanted.filter({ shape[$0] != 1 }) else { return nil }
        let sizes = wanted.dropFirst().map { shape[$0] ?? -1 }
        return sizes.count(where: { $0 == -1 }) <= 1 ? Reshape(sizes: sizes).erased : nil
    }

    /// A constant with its axes in this order.
    private mutating func copied(_ constant: Node, _ value: String, in wanted: [Int]) -> String {
        var constant = constant
        if let name = constant.weights["value"], let weight = weights.original(name), wanted != identity(value) {
            constant.weights["value"] = weights.name(
                of: name, WeightRearrangement.Move(permutation: wanted, layout: weight.layout, reason: .axes))
        } else {
            constant.weights = keptWeights(constant)
        }
        if !copies[value, default: [:]].isEmpty { constant.name = unused(value + "/copy") }
        constant.output = constant.name
        graph.nodes.append(constant)
        copies[value, default: [:]][wanted] = constant.output
        return constant.output
    }

    /// The name of a value with its features in the source's order.
    private mutating func unmixed(_ value: String) -> String {
        guard let mixed = features[value], let shape = shapes[value] else { return value }
        if let copy = copies[value]?[[]] { return copy }
        let rank = shape.rank
        let lead = (1..<max(rank - 1, 1)).map { shape[$0] ?? -1 }
        let permutation = Array(0..<rank - 1) + mixed.inverse.map { rank - 1 + $0 }
        let parts = insert(Reshape(sizes: lead + mixed.keptSizes).erased, value)
        let moved = insert(Transpose(permutation: permutation).erased, parts)
        let whole = insert(Reshape(sizes: lead + [mixed.sizes.reduce(1, *)]).erased, moved)
        copies[value] = [[]: whole]
        shapes[whole] = shape
        return whole
    }

    /// What is added to a value's name for a copy of it.
    static let copySuffix = "/transposed"

    /// Adds a node that the source has not got.
    private mutating func insert(_ operation: Operator, _ input: String) -> String {
        let name = unused(input + Self.copySuffix)
        graph.nodes.append(Node(name: name, operation: operation, inputs: [input], output: name))
        return name
    }

    private mutating func unused(_ wanted: String) -> String {
        var name = wanted
        while names.contains(name) { name += "_" }
        names.insert(name)
        return name
    }

    // MARK: Nodes

    /// Adds a node of the source.
    /// - Parameters:
    ///   - order: the order of the output's axes, where it is not their own.
    ///   - moves: what is done to weights, by role; the others stay.
    mutating func emit(
        _ node: Node, _ operation: Operator, _ inputs: [String], order: [Int]? = nil, features: FlattenedFeatures? = nil,
        moves: [String: WeightRearrangement.Move] = [:]
    ) {
        var node = node
        node.operation = operation
        node.inputs = inputs
        node.weights = keptWeights(node, moves)
        graph.nodes.append(node)
        if let order, order != identity(node.output) { orders[node.output] = order }
        self.features[node.output] = features
    }

    /// Remembers a constant until somebody reads it.
    mutating func keepForReaders(_ node: Node) { constants[node.output] = node }

    private mutating func keptWeights(_ node: Node, _ moves: [String: WeightRearrangement.Move] = [:]) -> [String: String] {
        var result: [String: String] = [:]
        for (role, name) in node.weights.sorted(by: { $0.key < $1.key }) { result[role] = weights.name(of: name, moves[role]) }
        return result
    }
}
