package import ModelCore
package import ModelGraph

/// Finds the mistake behind an output that is not what a framework recorded: one that, undone, gives the recorded values within rounding.
///
/// Frameworks record layers, which are several nodes each: a convolution and its activation, say. So the mistake may be at the node whose output was
/// recorded, or at one before it, as far back as the last recorded value.
package struct TraceDiagnosis {
    private let graph: Graph
    private let makers: [String: Node]

    package init(of graph: Graph) {
        self.graph = graph
        makers = Dictionary(graph.nodes.map { ($0.output, $0) }) { first, _ in first }
    }

    /// - Parameters:
    ///   - difference: the node, with what was recorded of it.
    ///   - values: the values that were recorded, by name, the graph's inputs among them.
    /// - Returns: `nil` where no single mistake of the catalogue explains the difference.
    /// - Throws: what reading weights throws.
    package func diagnose(_ difference: TraceDifference, values: [String: Tensor<Float>]) throws(ModelError) -> Diagnosis? {
        var node = difference.node
        var followers: [Follower] = []
        while let input = node.inputs.first, values[input] == nil, let maker = makers[input],
            let follower = Follower(node, weights: graph.weights(of: node), rank: difference.recorded.shape.count)
        {
            followers.insert(follower, at: 0)
            node = maker
        }
        let inputs = node.inputs.compactMap { values[$0] }
        if inputs.count == node.inputs.count {
            return try diagnose(node, followers, inputs: inputs, recorded: difference.recorded, slack: nil, worst: difference.worst)
        }
        // Further back than rows go: the node by itself, whose inputs may be as far off as its bound says.
        return try diagnose(
            difference.node, [], inputs: difference.inputs.mapScalars { Float($0) }, recorded: difference.recorded, slack: difference.bound,
            worst: difference.worst)
    }

    private func diagnose(
        _ node: Node, _ followers: [Follower], inputs: [Tensor<Float>], recorded: Tensor<Float>, slack: Tensor<Double>?, worst: Int?
    ) throws(ModelError) -> Diagnosis? {
        let weights = graph.weights(of: node)
        let replay = Replay(inputs: inputs, followers: followers, output: recorded, slack: slack, worst: worst)
        let before = try replay.rho(node, weights: weights)
        func diagnosis(_ node: Node, _ mistake: Mistake, _ finding: String, _ after: Double) -> Diagnosis {
            Diagnosis(
                node: node.name, mistake: mistake, finding: finding,
                evidence: "undone, rho falls from \(Ratio.text(before)) to \(Ratio.text(after))")
        }
        for remedy in try remedies(for: node, weights, shapes: inputs.map(\.shape)) {
            // A variant that does not even take such an input explains nothing.
            guard let after = try? replay.rho(remedy.node, weights: remedy.weights), after <= 1 else { continue }
            return diagnosis(node, remedy.mistake, remedy.finding, after)
        }
        for (index, follower) in followers.enumerated() {
            for remedy in try remedies(for: follower.node, follower.weights, shapes: [recorded.shape]) {
                var changed = followers
                guard let variant = Follower(remedy.node, weights: remedy.weights, rank: recorded.shape.count) else { continue }
                changed[index] = variant
                guard let after = try? replay.rho(node, weights: weights, followers: changed), after <= 1 else { continue }
                return diagnosis(follower.node, remedy.mistake, remedy.finding, after)
            }
        }
        for (order, swapped) in orders(of: inputs) {
            let turned = Replay(inputs: swapped, followers: followers, output: recorded, slack: slack, worst: worst)
            guard let after = try? turned.rho(node, weights: weights), after <= 1 else { continue }
            return diagnosis(node, .inputOrder, "it reads \(node.inputs), not \(order.map { node.inputs[$0] })", after)
        }
        return try residue(node, weights, replay, inputs: inputs, recorded: followers.isEmpty ? recorded : nil, before)
    }

    /// What the values themselves tell where nothing that was tried explains them.
    private func residue(
        _ node: Node, _ weights: [String: Weight], _ replay: Replay, inputs: [Tensor<Float>], recorded: Tensor<Float>?, _ before: Double
    ) throws(ModelError) -> Diagnosis? {
        guard let recorded else { return nil }
        if let order = try Replay.channelOrder(node, weights: weights, inputs: inputs, recorded: recorded) {
            let mistake: Mistake = order.isTransposed && node.operation.groups > 1 ? .groupOrder : .channelsPermuted
            return Diagnosis(
                node: node.name, mistake: mistake, finding: "of the output, \(order.text)",
                evidence: "in that order each channel is what was recorded within rounding; as it is, rho is \(Ratio.text(before))")
        }
        return try replay.residual(node, weights: weights).map { residual in
            Diagnosis(node: node.name, mistake: residual.mistake, finding: residual.finding, evidence: "rho is \(Ratio.text(before)) as it is")
        }
    }

    private func remedies(for node: Node, _ weights: [String: Weight], shapes: [[Int]]) throws(ModelError) -> [Remedy] {
        let operators = OperatorVariants.of(node.operation, inputs: shapes).compactMap { operation -> Remedy? in
            guard let difference = OperatorDifference(found: node.operation, expected: operation) else { return nil }
            var changed = node
            changed.operation = operation
            return Remedy(mistake: difference.mistake, finding: difference.finding, node: changed, weights: weights)
        }
        return operators + Remedy.exchanges(of: node, weights: weights)
            + Remedy.rearrangements(of: node, weights: weights, flattened: try graph.flattenedSizes(before: node))
    }

    /// Other orders of two to four inputs.
    private func orders(of inputs: [Tensor<Float>]) -> [(order: [Int], inputs: [Tensor<Float>])] {
        guard (2...4).contains(inputs.count) else { return [] }
        return Permutations.others(of: inputs.count).map { ($0, RowMajor.permuted(inputs, by: $0)) }
    }
}
