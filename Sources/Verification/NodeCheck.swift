package import ModelCore
package import ModelGraph
package import ReferenceEngine

/// One node with the values that a run gave it.
package struct NodeCheck {
    let node: Node
    let inputs: [Tensor<Float>]
    let weights: [String: ReferenceWeight<Float>]

    package init(node: Node, inputs: [Tensor<Float>], weights: [String: ReferenceWeight<Float>]) {
        self.node = node
        self.inputs = inputs
        self.weights = weights
    }

    /// Holds an output that a run gave, and the Float32 reference, against the exact result within the operator's bound.
    package func report(on output: Tensor<Float>, sampling: Sampling, seed: UInt64) throws(ModelError) -> NodeReport {
        let wideInputs = inputs.mapScalars { Double($0) }
        let wideWeights = weights.mapValues { ReferenceWeight(values: $0.values.map(Double.init), layout: $0.layout) }
        let exact = try Reference.evaluation(of: node.operation, inputs: wideInputs, weights: wideWeights)
        let reference = try Reference.evaluation(of: node.operation, inputs: inputs, weights: weights)
        let bound = try ErrorBound.of(node.operation, inputs: wideInputs, weights: wideWeights)
        guard exact.shape == output.shape else {
            throw ModelError(
                Problem(
                    "verify.shape", "layer '\(node.name)' gave \(output.shape), its definition \(exact.shape)", kind: .fault,
                    at: Location(node: node.name)))
        }
        var tally = Tally()
        let positions = sampling.limited(inputs: inputs.count).positions(of: output.shape, seed: seed)
        for position in positions {
            let value = exact.element(position)
            let limit = bound.value(position, value)
            tally.add("fast", output.scalars[position], value, limit, at: position)
            tally.add("reference", reference.element(position), value, limit, at: position)
            if output.scalars[position].bitPattern != reference.element(position).bitPattern { tally.areIdentical = false }
        }
        return NodeReport(node: node, shape: output.shape, checked: positions.count, tally: tally)
    }
}

extension NodeReport {
    init(node: Node, shape: [Int], checked: Int, tally: Tally) {
        let strides = RowMajor.strides(shape)
        self.init(
            name: node.name, operation: node.operation.name, verdict: tally.verdict, checked: checked, count: shape.reduce(1, *), rho: tally.rho,
            worst: tally.worst.map { worst in
                Worst(
                    engine: worst.engine, index: shape.indices.map { worst.position / strides[$0] % shape[$0] }, got: Double(worst.got),
                    exact: worst.exact, bound: worst.bound)
            })
    }
}

/// The largest ratio so far.
struct Tally {
    struct Worst {
        let engine: String
        let position: Int
        let got: Float
        let exact: Double
        let bound: Double
    }

    private(set) var rho = 0.0
    private(set) var worst: Worst?
    private var isInconclusive = false
    var areIdentical = true

    var verdict: Verdict {
        if !(rho <= 1) { return .different }
        if isInconclusive { return .inconclusive }
        return areIdentical ? .identical : .rounding
    }

    mutating func add(_ engine: String, _ got: Float, _ exact: Double, _ bound: Double, at position: Int) {
        let ratio: Double
        if exact.isNaN && got.isNaN || exact == Double(got) {
            ratio = 0
        } else if got.isNaN || exact.isNaN || !bound.isFinite || abs(exact) + bound > Double(Float.greatestFiniteMagnitude) {
            // Beyond Float32, or made of infinities, no bound holds; where the exact result is an ordinary number, NaN is a difference.
            isInconclusive = true
            guard exact.isFinite, bound.isFinite, abs(exact) + bound <= Double(Float.greatestFiniteMagnitude) else { return }
            ratio = .infinity
        } else {
            let difference = abs(Double(got) - exact)
            ratio = bound > 0 ? difference / bound : .infinity
        }
        if ratio > rho {
            rho = ratio
            worst = Worst(engine: engine, position: position, got: got, exact: exact, bound: bound)
        }
    }
}
