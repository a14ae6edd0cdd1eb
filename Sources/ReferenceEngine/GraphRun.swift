import ModelCore
import ModelGraph

/// One run of a graph: which values are still needed, and what they are.
struct GraphRun<Scalar: ReferenceScalar> {
    private let graph: Graph
    private let inputs: [String: Tensor<Scalar>]
    private let threads: Int
    /// For each value, the position of the last node that reads it; outputs have none.
    private var lastReader: [String: Int] = [:]

    /// Checks the inputs and the whole graph for their sizes.
    init(_ graph: Graph, _ inputs: [String: Tensor<Scalar>], _ threads: Int) throws(ModelError) {
        self.graph = graph
        self.inputs = inputs
        self.threads = threads
        try checkInputs()
        _ = try graph.inferShapes(assuming: inputs.mapValues { Shape(known: $0.shape) })
        for (position, node) in graph.nodes.enumerated() {
            for input in node.inputs { lastReader[input] = position }
        }
        for output in graph.outputs { lastReader[output.value] = nil }
    }

    private func checkInputs() throws(ModelError) {
        var problems: [Problem] = []
        let names = Set(graph.inputs.map(\.name))
        for name in inputs.keys.sorted() where !names.contains(name) {
            problems.append(Problem("run.input", "the network has no input '\(name)'", kind: .usage))
        }
        for input in graph.inputs {
            guard let given = inputs[input.name] else {
                problems.append(Problem("run.input", "input '\(input.name)' is missing", kind: .usage))
                continue
            }
            let fits =
                given.shape.count == input.shape.rank
                && zip(given.shape, input.shape.sizes).allSatisfy { size, declared in declared == nil || declared == size }
            if !fits {
                let message = "input '\(input.name)' has shape \(given.shape), the network needs \(input.shape)"
                problems.append(Problem("run.input", message, kind: .usage))
            }
        }
        if let error = ModelError(problems) { throw error }
    }

    /// Computes every node in order.
    func outputs(_ observe: (String, Tensor<Scalar>) throws(ModelError) -> Void) throws(ModelError) -> [String: Tensor<Scalar>] {
        let needed = Set(graph.outputs.map(\.value))
        var values: [String: Tensor<Scalar>] = [:]
        for input in graph.inputs {
            guard let value = inputs[input.name] else { continue }
            try observe(input.name, value)
            if lastReader[input.name] != nil || needed.contains(input.name) { values[input.name] = value }
        }
        for (position, node) in graph.nodes.enumerated() {
            let output = try self.output(of: node, values)
            try observe(node.output, output)
            if lastReader[node.output] != nil || needed.contains(node.output) { values[node.output] = output }
            for input in node.inputs where lastReader[input] == position { values[input] = nil }
        }
        var outputs: [String: Tensor<Scalar>] = [:]
        for output in graph.outputs { outputs[output.name] = values[output.value] }
        return outputs
    }

    private func output(of node: Node, _ values: [String: Tensor<Scalar>]) throws(ModelError) -> Tensor<Scalar> {
        do throws(ModelError) {
            var weights: [String: ReferenceWeight] = [:]
            for (role, name) in node.weights {
                guard let weight = graph.weights[name] else { continue }
                guard let count = weight.source.shape.checkedProduct, count <= Reference.elementLimit else {
                    throw ModelError(Problem("run.too-large", "weight '\(name)' has shape \(weight.source.shape)"))
                }
                weights[role] = ReferenceWeight(values: try weight.source.tensor(), layout: weight.layout)
            }
            let inputs = node.inputs.compactMap { values[$0] }
            return try Reference.fill(Reference.prepare(node.operation, inputs, weights), threads: threads)
        } catch {
            throw error.locating(node: node.name)
        }
    }
}
