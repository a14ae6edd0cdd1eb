import ModelCore
import ModelGraph

/// Nodes of the graph that were one layer of Keras, and become one again.
///
/// The importer splits a layer `sep` into nodes `sep/depthwise`, `sep/pointwise` and `sep`. Where nodes have such names, and nothing else reads
/// what is between them, they are joined.
struct KerasUnit {
    /// The last node's.
    let name: String
    /// The node whose operator the unit is.
    var core: Node
    /// The first half of a separable convolution.
    var depthwise: Node?
    /// The function that the layer applies to its result.
    var activation: Operator?
    /// Whether a sequence of one step is made and repeated.
    var repeatsVector = false
    /// The values that it reads.
    var inputs: [String]
    /// The value that it makes.
    let output: String
}

/// Joins nodes into units.
struct KerasFolding {
    private let graph: Graph
    private let shapes: [String: Shape]
    private let target: KerasTarget
    private let makers: [String: Node]
    private let readCounts: [String: Int]
    /// The values that nodes read.
    private let readInside: Set<String>

    init(_ graph: Graph, shapes: [String: Shape], target: KerasTarget) {
        (self.graph, self.shapes, self.target) = (graph, shapes, target)
        makers = Dictionary(graph.nodes.map { ($0.output, $0) }, uniquingKeysWith: { first, _ in first })
        readInside = Set(graph.nodes.flatMap(\.inputs))
        var counts: [String: Int] = [:]
        for value in graph.nodes.flatMap(\.inputs) + graph.outputs.map(\.value) { counts[value, default: 0] += 1 }
        readCounts = counts
    }

    /// The units in the order of the graph. Nodes that no output depends on are left out.
    func units() -> [KerasUnit] {
        var needed = Set(graph.outputs.map(\.value))
        for node in graph.nodes.reversed() where needed.contains(node.output) { needed.formUnion(node.inputs) }
        var joined: Set<String> = []
        var units: [KerasUnit] = []
        for node in graph.nodes.reversed() where needed.contains(node.output) && !joined.contains(node.output) {
            var unit = KerasUnit(name: node.name, core: node, inputs: node.inputs, output: node.output)
            for part in join(&unit) { joined.insert(part) }
            units.append(unit)
        }
        return units.reversed()
    }

    /// Takes parts of the same layer into a unit of one node.
    /// - Returns: the values that are inside now.
    private func join(_ unit: inout KerasUnit) -> [String] {
        var inside: [String] = []
        func take(_ part: Node) {
            inside.append(part.output)
            unit.inputs = part.inputs
        }
        if let core = part(of: unit, ["convolution", "transposed_convolution", "pointwise", "dense"]), core.isWeighted,
            let rank = shapes[unit.output]?.rank, isNamed(unit, rank: rank)
        {
            unit.activation = unit.core.operation
            unit.core = core
            take(core)
        }
        if case .convolution = unit.core.operation, let first = part(of: unit, ["depthwise"]), case .convolution = first.operation {
            unit.depthwise = first
            take(first)
        }
        if case .resize = unit.core.operation, let step = part(of: unit, ["step"]), case .reshape = step.operation {
            unit.repeatsVector = true
            take(step)
        }
        if case .merge = unit.core.operation {
            for (position, value) in unit.inputs.enumerated() {
                guard let step = makers[value], isPart(step, of: unit), step.name == "\(unit.name)/expanded_\(position)", isExpansion(step) else {
                    continue
                }
                inside.append(step.output)
                unit.inputs[position] = step.inputs[0]
            }
        }
        return inside
    }

    /// Whether a layer can be told the unit's function by name.
    private func isNamed(_ unit: KerasUnit, rank: Int) -> Bool {
        let operation = unit.core.operation
        return KerasActivations.name(of: operation, rank: rank, target: target) != nil
            || KerasActivations.gateName(of: operation, rank: rank, isEnd: !readInside.contains(unit.output)) != nil
    }

    /// The node before a unit of one input, where it is this part of the same layer.
    private func part(of unit: KerasUnit, _ names: [String]) -> Node? {
        guard unit.inputs.count == 1, let node = makers[unit.inputs[0]], isPart(node, of: unit) else { return nil }
        return names.contains { node.name == "\(unit.name)/\($0)" } ? node : nil
    }

    private func isPart(_ node: Node, of unit: KerasUnit) -> Bool {
        readCounts[node.output] == 1 && node.inputs.count == 1 && node.name.hasPrefix(unit.name + "/")
    }

    /// Whether a node puts axes of size 1 after the first axis and leaves the others.
    private func isExpansion(_ node: Node) -> Bool {
        guard case .reshape(let reshape) = node.operation, let shape = shapes[node.inputs[0]] else { return false }
        let inner = shape.sizes.dropFirst().map { $0 ?? -1 }
        let added = reshape.sizes.count - inner.count
        return added > 0 && reshape.sizes.prefix(added).allSatisfy { $0 == 1 } && Array(reshape.sizes.dropFirst(added)) == inner
    }
}

extension Node {
    fileprivate var isWeighted: Bool {
        switch operation {
        case .convolution, .transposedConvolution, .dense: true
        default: false
        }
    }
}
