import ModelCore
import ModelGraph

/// A network in which one node is being made wrong. Each edit says whether it changed anything.
struct GraphEdit {
    private(set) var graph: Graph
    let shapes: [String: Shape]
    let position: Int

    init(_ subject: Subject, at position: Int) {
        graph = subject.graph
        shapes = subject.shapes
        self.position = position
    }

    var node: Node { graph.nodes[position] }

    /// The shape of the node's first input, where it is known.
    var inputShape: [Int]? { node.inputs.first.flatMap { shapes[$0]?.known } }

    /// Whether a value is an input of the network, or one that is only scaled or padded.
    func isImage(_ value: String) -> Bool {
        if graph.inputs.contains(where: { $0.name == value }) { return true }
        guard let maker = graph.nodes.first(where: { $0.output == value }) else { return false }
        switch maker.operation {
        case .rescaling, .pad, .identity, .standardization: return maker.inputs.allSatisfy(isImage)
        default: return false
        }
    }

    /// Puts another operator in place of the node's.
    mutating func replace(_ operation: Operator) -> Bool {
        guard operation != node.operation else { return false }
        graph.nodes[position].operation = operation
        return true
    }

    mutating func replaceInputs(_ inputs: [String]) -> Bool {
        guard inputs != node.inputs else { return false }
        graph.nodes[position].inputs = inputs
        return true
    }

    /// A weight of the node that is stored as Float32.
    func weight(_ role: String) -> (name: String, weight: Weight)? {
        guard let name = node.weights[role], let weight = graph.weights[name], weight.source.dtype == .float32 else { return nil }
        return (name, weight)
    }

    func values(_ role: String) throws(ModelError) -> [Float]? {
        guard let weight = weight(role)?.weight else { return nil }
        return try weight.source.tensor().scalars
    }

    /// The roles of all weights that are stored as Float32, and hold a number that is not 0.
    func roles() throws(ModelError) -> [String] {
        var roles: [String] = []
        for role in node.weights.keys.sorted() where try values(role)?.contains(where: { $0 != 0 }) == true { roles.append(role) }
        return roles
    }

    /// Puts other numbers in place of a weight's, for every node that reads it.
    mutating func replace(_ role: String, with values: [Float]) throws(ModelError) -> Bool {
        guard let (name, weight) = weight(role), let old = try self.values(role), let tensor = Tensor(shape: weight.source.shape, scalars: values)
        else { return false }
        guard zip(old, values).contains(where: { $0.bitPattern != $1.bitPattern }) else { return false }
        graph.weights[name] = Weight(WeightSource(tensor, origin: weight.source.origin), layout: weight.layout)
        return true
    }

    /// Puts a weight's elements in another order: what stands at `index` is what stood at `source(index)`, of the same shape.
    mutating func rearrange(_ role: String, _ source: ([Int]) -> [Int]) throws(ModelError) -> Bool {
        guard let shape = weight(role)?.weight.source.shape, let old = try values(role) else { return false }
        let strides = RowMajor.strides(shape)
        let new = old.indices.map { element in
            let index = shape.indices.map { element / strides[$0] % shape[$0] }
            return old[zip(source(index), strides).reduce(0) { $0 + $1.0 * $1.1 }]
        }
        return try replace(role, with: new)
    }

    mutating func removeWeight(_ role: String) -> Bool {
        graph.nodes[position].weights.removeValue(forKey: role) != nil
    }

    mutating func exchangeNames(_ role: String, with other: Int) {
        let mine = graph.nodes[position].weights[role]
        graph.nodes[position].weights[role] = graph.nodes[other].weights[role]
        graph.nodes[other].weights[role] = mine
    }
}
