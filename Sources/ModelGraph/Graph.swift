package import ModelCore

/// A network: nodes in an order in which every value is made before it is read, and the weights that they share by name.
package struct Graph: Sendable {
    package var name: String
    package var inputs: [GraphInput]
    package var outputs: [GraphOutput]
    package var nodes: [Node]
    /// Weights by name. Several nodes may read one.
    package var weights: [String: Weight]

    package init(name: String, inputs: [GraphInput] = [], outputs: [GraphOutput] = [], nodes: [Node] = [], weights: [String: Weight] = [:]) {
        self.name = name
        self.inputs = inputs
        self.outputs = outputs
        self.nodes = nodes
        self.weights = weights
    }

    /// The names of all weights that nodes read, in the order in which nodes first read them.
    package var weightOrder: [String] {
        var seen: Set<String> = []
        var order: [String] = []
        for node in nodes {
            for role in type(of: node.operation.definition).weightRoles {
                if let name = node.weights[role.name], seen.insert(name).inserted { order.append(name) }
            }
        }
        return order
    }
}

/// A value that the caller gives.
package struct GraphInput: Sendable, Hashable {
    /// The name of the value, too.
    package var name: String
    package var shape: Shape
    /// The meaning of the axes, where the network gives them one.
    package var layout: DataLayout?
    package var dtype: DType

    package init(name: String, shape: Shape, layout: DataLayout? = nil, dtype: DType = .float32) {
        self.name = name
        self.shape = shape
        self.layout = layout
        self.dtype = dtype
    }
}

/// A value that the caller gets.
package struct GraphOutput: Sendable, Hashable {
    package var name: String
    /// The value, which may be an input's.
    package var value: String
    package var layout: DataLayout?

    package init(name: String, value: String, layout: DataLayout? = nil) {
        self.name = name
        self.value = value
        self.layout = layout
    }
}

/// An operator at its place in the graph.
package struct Node: Sendable, Hashable {
    package var name: String
    package var operation: Operator
    /// The values that it reads.
    package var inputs: [String]
    /// The value that it makes.
    package var output: String
    /// The names of its weights by role.
    package var weights: [String: String]

    package init(name: String, operation: Operator, inputs: [String], output: String, weights: [String: String] = [:]) {
        self.name = name
        self.operation = operation
        self.inputs = inputs
        self.output = output
        self.weights = weights
    }
}

extension Node {
    /// The values whose elements it reads; of the others only the sizes.
    package var valueInputs: ArraySlice<String> {
        if case .sized = operation { inputs.prefix(1) } else { inputs[...] }
    }
}

/// A constant that training made.
package struct Weight: Sendable {
    package var source: WeightSource
    package var layout: KernelLayout

    package init(_ source: WeightSource, layout: KernelLayout) {
        self.source = source
        self.layout = layout
    }
}
