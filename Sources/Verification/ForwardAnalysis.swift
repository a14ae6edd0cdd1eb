package import ModelCore
package import ModelGraph
import ReferenceEngine

/// The exact values of a network for given inputs, and how far any Float32 execution may be from them.
package enum ForwardAnalysis {
    /// Walks through the graph in Float64.
    ///
    /// A value that `anchors` holds is taken from there, without error, for everything that reads it: with a framework's recorded activations each
    /// layer is judged by its own inputs. Without anchors the bounds accumulate from the inputs of the network.
    /// - Parameter visit: called for every node with its exact result and bounds, before an anchor replaces the result, and with what it reads.
    /// - Throws: what loading weights and evaluating throws, and `visit`.
    package static func run(
        _ graph: Graph, inputs: [String: Tensor<Float>], anchors: [String: Tensor<Float>] = [:], threads: Int = 1,
        visit: (Node, _ exact: Tensor<Double>, _ bound: Tensor<Double>, _ inputs: () -> [Tensor<Double>]) throws(ModelError) -> Void
    ) throws(ModelError) {
        // Numbers of Float32 without error, and numbers that may be off by so much.
        var settled: [String: Tensor<Float>] = [:]
        var open: [String: Estimate] = [:]
        var lastReaders: [String: Int] = [:]
        for (position, node) in graph.nodes.enumerated() { for input in node.inputs { lastReaders[input] = position } }
        for input in graph.inputs {
            guard let tensor = inputs[input.name] else {
                throw ModelError(Problem("run.input", "input '\(input.name)' is missing", kind: .usage))
            }
            settled[input.name] = tensor
        }
        for (position, node) in graph.nodes.enumerated() {
            let given = node.inputs.compactMap { settled[$0] }
            func estimates() -> [Estimate] { node.inputs.compactMap { name in open[name] ?? settled[name].map(Estimate.init) } }
            let result: Estimate
            if given.count == node.inputs.count {
                result = try local(node, of: graph, given, threads: threads)
            } else {
                let (inputs, weights) = (estimates(), try graph.loadWeights(of: node))
                if inputs.allSatisfy(\.isUnknown) {
                    // What is made of them is not known either, and no bound need be computed.
                    let exact = try Reference.evaluate(node.operation, inputs: inputs.map(\.exact), weights: weights, threads: threads)
                    result = Estimate(exact: exact, bound: Tensor(repeating: .infinity, shape: exact.shape))
                } else {
                    let (exact, bound) = try step(
                        node.operation, inputs: inputs.map(\.exact), errors: inputs.map(\.bound), weights: weights, threads: threads)
                    result = Estimate(exact: exact, bound: bound)
                }
            }
            try visit(node, result.exact, result.bound) { estimates().map(\.exact) }
            if let anchor = anchors[node.output], anchor.shape == result.exact.shape {
                settled[node.output] = anchor
            } else {
                open[node.output] = result
            }
            for name in Set(node.inputs + [node.output]) where lastReaders[name] ?? position <= position {
                settled[name] = nil
                open[name] = nil
            }
        }
    }

    /// A value that is computed exactly, and how far an execution may be from it.
    private struct Estimate {
        let exact: Tensor<Double>
        let bound: Tensor<Double>

        /// Whether nothing can be said of any element.
        var isUnknown: Bool { bound.scalars.allSatisfy { $0 == .infinity } }

        init(exact: Tensor<Double>, bound: Tensor<Double>) { (self.exact, self.bound) = (exact, bound) }

        init(_ tensor: Tensor<Float>) { self.init(exact: tensor.map(Double.init), bound: Tensor(repeating: 0, shape: tensor.shape)) }
    }

    /// What a node makes of numbers without error; its weights are in memory a part at a time.
    private static func local(_ node: Node, of graph: Graph, _ inputs: [Tensor<Float>], threads: Int) throws(ModelError) -> Estimate {
        if let dense = StreamedDense(node, of: graph, input: inputs.first?.shape), let row = inputs.first {
            let elements = try dense.elements(of: row.scalars, threads: threads, eta: ErrorBound.flushingEta)
            let shape = row.shape.dropLast() + [dense.outputs]
            return Estimate(
                exact: Tensor(shape: Array(shape)) { elements[$0].exact }, bound: Tensor(shape: Array(shape)) { elements[$0].bound })
        }
        let slices = graph.slices(of: node, rankOfInput: inputs.first?.shape.count ?? 0, limit: NodeCheck.partLimit)
        let shapes = inputs.map { Shape(known: $0.shape) }
        let output = try node.operation.definition.outputShape(shapes, graph.weightShapes(of: node))
        let shape = output.sizes.compactMap(\.self)
        guard shape.count == output.rank, let count = shape.checkedProduct, count <= Reference.elementLimit else {
            throw ModelError(Problem("run.too-large", "the output of '\(node.name)' is too large", at: Location(node: node.name)))
        }
        var exact = [Double](repeating: 0, count: count)
        var bound = exact
        for part in slices.parts {
            let definition = try Definition(node.operation, inputs, ReferenceWeight.load(part.weights), eta: ErrorBound.flushingEta)
            guard definition.shape == slices.shape(of: part, in: shape) else {
                throw ModelError(Problem("verify.shape", "'\(node.name)' gives \(definition.shape) in a part of \(shape)", kind: .fault))
            }
            let (starts, length) = slices.runs(of: part, in: shape)
            let elements = Reference.elements(definition.shape.reduce(1, *), threads: threads, definition.element)
            for (run, start) in starts.enumerated() {
                for offset in 0..<length {
                    let element = elements[run * length + offset]
                    (exact[start + offset], bound[start + offset]) = (element.exact, element.bound)
                }
            }
        }
        guard let values = Tensor(shape: shape, scalars: exact), let bounds = Tensor(shape: shape, scalars: bound) else {
            throw ModelError(Problem("run.shape", "an output of shape \(shape) has \(count) elements", kind: .fault))
        }
        return Estimate(exact: values, bound: bounds)
    }

    /// One operator's exact result, and how far an execution may be from it whose inputs are within `errors` of `inputs`.
    static func step(
        _ operation: Operator, inputs: [Tensor<Double>], errors: [Tensor<Double>], weights: [String: ReferenceWeight], threads: Int = 1
    ) throws(ModelError) -> (exact: Tensor<Double>, bound: Tensor<Double>) {
        let result = try Reference.evaluate(operation, inputs: inputs, weights: weights, threads: threads)
        // What an execution reads may be larger by its own errors.
        let widest = zip(inputs, errors).map { value, deviation in
            Tensor(shape: value.shape) { value.scalars[$0] + (value.scalars[$0] < 0 ? -1 : 1) * deviation.scalars[$0] }
        }
        let own = try ErrorBound.of(operation, inputs: widest, weights: weights, eta: ErrorBound.flushingEta)
        let carried = try ErrorPropagation.through(operation, inputs: inputs, errors: errors, weights: weights, output: result)
        let bound = Tensor(shape: result.shape) { position in
            let deviation = carried.scalars[position]
            let value = result.scalars[position]
            return deviation + own.value(position, value + (value < 0 ? -deviation : deviation))
        }
        return (result, bound)
    }

    /// Holds a trace against the network, whoever made it: subnormal results may be zero there. Every recorded value against the exact result and its bound.
    /// - Parameter isLocal: whether each layer is judged by the inputs that the trace itself recorded; else from the network's inputs on.
    /// - Parameter onDifference: told of each node that differs.
    /// - Returns: a report for each node whose output was recorded.
    package static func certify(
        _ graph: Graph, inputs: [String: Tensor<Float>], trace: [String: Tensor<Float>], isLocal: Bool, threads: Int = 1,
        onDifference: (TraceDifference) throws(ModelError) -> Void = { (_) throws(ModelError) in }
    ) throws(ModelError) -> [NodeReport] {
        var reports: [NodeReport] = []
        try run(graph, inputs: inputs, anchors: isLocal ? trace : [:], threads: threads) { node, exact, bound, inputs throws(ModelError) in
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
                    node: node, inputs: inputs(), exact: exact, bound: bound, recorded: recorded, worst: tally.worst?.position)
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
