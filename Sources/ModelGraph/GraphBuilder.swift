package import ModelCore

/// Builds a graph node by node and knows the shape of every value on the way.
package struct GraphBuilder {
    package private(set) var graph: Graph
    private var shapes: [String: Shape] = [:]

    package init(name: String) {
        graph = Graph(name: name)
    }

    package mutating func addInput(_ input: GraphInput) {
        graph.inputs.append(input)
        shapes[input.name] = input.shape
    }

    /// Adds a node that is named as its output.
    /// - Returns: the name of the value.
    /// - Throws: `graph.*` where inputs, weights and attributes do not agree; the node is then left out.
    package mutating func add(_ name: String, _ operation: Operator, inputs: [String], weights: [String: String] = [:]) throws(ModelError) -> String {
        let node = Node(name: name, operation: operation, inputs: inputs, output: name, weights: weights)
        guard shapes[name] == nil else {
            throw ModelError(Problem("graph.duplicate-name", "two layers are called '\(name)'", at: Location(node: name)))
        }
        shapes[name] = try graph.outputShape(of: node, given: shapes)
        graph.nodes.append(node)
        return name
    }

    package mutating func addWeight(_ name: String, _ weight: Weight) {
        graph.weights[name] = weight
    }

    package mutating func addOutput(_ output: GraphOutput) {
        graph.outputs.append(output)
    }

    /// The shape of a value that has been added.
    package func shape(of value: String) -> Shape? { shapes[value] }

    /// Whether a value of this name has been added.
    package func has(_ value: String) -> Bool { shapes[value] != nil }
}
