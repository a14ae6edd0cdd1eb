package import ModelCore
package import ModelGraph
import ReferenceEngine

/// The exact values of a network for given inputs, and how far any Float32 execution may be from them.
package enum ForwardAnalysis {
    /// Walks through the graph in Float64.
    ///
    /// A value that `anchors` holds is taken from there, without error, for everything that reads it: with a framework's recorded activations each
    /// layer is judged by its own inputs. Without anchors the bounds accumulate from the inputs of the network.
    /// - Parameter visit: called for every node with what it reads, its exact result and bounds, before an anchor replaces the result.
    /// - Throws: what loading weights and evaluating throws, and `visit`.
    package static func run(
        _ graph: Graph, inputs: [String: Tensor<Float>], anchors: [String: Tensor<Float>] = [:],
        visit: (Node, _ inputs: [Tensor<Double>], _ exact: Tensor<Double>, _ bound: Tensor<Double>) throws(ModelError) -> Void
    ) throws(ModelError) {
        var exact: [String: Tensor<Double>] = [:]
        var errors: [String: Tensor<Double>] = [:]
        func settle(_ name: String, _ tensor: Tensor<Float>) {
            exact[name] = tensor.map(Double.init)
            errors[name] = Tensor(repeating: 0, shape: tensor.shape)
        }
        for input in graph.inputs {
            guard let tensor = inputs[input.name] else {
                throw ModelError(Problem("run.input", "input '\(input.name)' is missing", kind: .usage))
            }
            settle(input.name, tensor)
        }
        for node in graph.nodes {
            let weights = try graph.loadWeights(of: node)
            let values = node.inputs.compactMap { exact[$0] }
            let deviations = node.inputs.compactMap { errors[$0] }
            let (result, bound) = try step(node.operation, inputs: values, errors: deviations, weights: weights)
            try visit(node, values, result, bound)
            exact[node.output] = result
            errors[node.output] = bound
            if let anchor = anchors[node.output], anchor.shape == result.shape { settle(node.output, anchor) }
        }
    }

    /// One operator's exact result, and how far an execution may be from it whose inputs are within `errors` of `inputs`.
    static func step(
        _ operation: Operator, inputs: [Tensor<Double>], errors: [Tensor<Double>], weights: [String: ReferenceWeight]
    ) throws(ModelError) -> (exact: Tensor<Double>, bound: Tensor<Double>) {
        let result = try Reference.evaluate(operation, inputs: inputs, weights: weights)
        // What an execution reads may be larger by its own errors.
        let widest = zip(inputs, errors).map { value, deviation in
            Tensor(shape: value.shape) { value.scalars[$0] + (value.scalars[$0] < 0 ? -1 : 1) * deviation.scalars[$0] }
        }
        let own = try ErrorBound.of(operation, inputs: widest, weights: weights)
        let carried = try ErrorPropagation.through(operation, inputs: inputs, errors: errors, weights: weights, output: result)
        let bound = Tensor(shape: result.shape) { position in
            let deviation = carried.scalars[position]
            let value = result.scalars[position]
            return deviation + own.value(position, value + (value < 0 ? -deviation : deviation))
        }
        return (result, bound)
    }

    /// Holds a trace against the network: every recorded value against the exact result and its bound.
    /// - Parameter isLocal: whether each layer is judged by the inputs that the trace itself recorded; else from the network's inputs on.
    /// - Parameter onDifference: told of each node that differs.
    /// - Returns: a report for each node whose output was recorded.
    package static func certify(
        _ graph: Graph, inputs: [String: Tensor<Float>], trace: [String: Tensor<Float>], isLocal: Bool,
        onDifference: (TraceDifference) throws(ModelError) -> Void = { (_) throws(ModelError) in }
    ) throws(ModelError) -> [NodeReport] {
        var reports: [NodeReport] = []
        try run(graph, inputs: inputs, anchors: isLocal ? trace : [:]) { node, inputs, exact, bound throws(ModelError) in
            guard let recorded = trace[node.output] else { return }
            guard recorded.shape == exact.shape else {
                throw ModelError(
                    Problem(
                        "verify.shape", "'\(node.output)' was recorded with shape \(recorded.shape), the network makes \(exact.shape)",
                        kind: .different,
                        at: Location(node: node.name)))
            }
            var tally = Tally()
            for position in exact.scalars.indices {
                tally.add("recorded", recorded.scalars[position], exact.scalars[position], bound.scalars[position], at: position)
            }
            tally.areIdentical = tally.rho == 0
            if tally.verdict == .different {
                let difference = TraceDifference(
                    node: node, inputs: inputs, exact: exact, bound: bound, recorded: recorded, worst: tally.worst?.position)
                try onDifference(difference)
            }
            reports.append(NodeReport(node: node, shape: exact.shape, checked: exact.scalars.count, tally: tally))
        }
        return reports
    }
}

/// A node whose recorded output is not what the network makes of the inputs that it had.
package struct TraceDifference: Sendable {
    package let node: Node
    package let inputs: [Tensor<Double>]
    package let exact: Tensor<Double>
    /// How far an execution may be from that, element by element.
    package let bound: Tensor<Double>
    package let recorded: Tensor<Float>
    /// The position of the element that is the furthest off.
    package let worst: Int?
}
