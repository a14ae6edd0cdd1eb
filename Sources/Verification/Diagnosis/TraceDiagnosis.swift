package import ModelCore
package import ModelGraph

/// Finds the mistake at a node whose output is not what a framework recorded: one that, undone, gives the recorded values within rounding.
package enum TraceDiagnosis {
    /// - Throws: what reading weights throws.
    package static func diagnose(_ difference: TraceDifference, of graph: Graph, isLocal: Bool) throws(ModelError) -> Diagnosis? {
        // Inputs that were not recorded may be as far off as the bound says; those that were are what they are.
        try diagnose(
            difference.node, of: graph, inputs: difference.inputs.mapScalars { Float($0) }, recorded: difference.recorded,
            slack: isLocal ? nil : difference.bound, worst: difference.worst)
    }

    /// - Parameters:
    ///   - inputs: what the framework's run gave to the node.
    ///   - recorded: what it made of that.
    ///   - slack: for each element of the output, how far inputs that were not recorded may have moved it.
    ///   - worst: the position of the element that is the furthest off.
    /// - Returns: `nil` where no single mistake of the catalogue explains the difference.
    package static func diagnose(
        _ node: Node, of graph: Graph, inputs: [Tensor<Float>], recorded: Tensor<Float>, slack: Tensor<Double>? = nil, worst: Int? = nil
    ) throws(ModelError) -> Diagnosis? {
        let weights = graph.weights(of: node)
        let replay = Replay(inputs: inputs, output: recorded, slack: slack, worst: worst)
        let before = try replay.rho(node, weights: weights)
        func diagnosis(_ mistake: Mistake, _ finding: String, _ after: Double) -> Diagnosis {
            Diagnosis(
                node: node.name, mistake: mistake, finding: finding,
                evidence: "undone, rho falls from \(Ratio.text(before)) to \(Ratio.text(after))")
        }
        for remedy in try remedies(for: node, weights, inputs: inputs, graph: graph) {
            // A variant that does not even take such an input explains nothing.
            guard let after = try? replay.rho(remedy.node, weights: remedy.weights), after <= 1 else { continue }
            return diagnosis(remedy.mistake, remedy.finding, after)
        }
        for (order, swapped) in orders(of: inputs) {
            let turned = Replay(inputs: swapped, output: recorded, slack: slack, worst: worst)
            guard let after = try? turned.rho(node, weights: weights), after <= 1 else { continue }
            return diagnosis(.inputOrder, "it reads \(node.inputs), not \(order.map { node.inputs[$0] })", after)
        }
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

    private static func remedies(
        for node: Node, _ weights: [String: Weight], inputs: [Tensor<Float>], graph: Graph
    ) throws(ModelError) -> [Remedy] {
        let operators = OperatorVariants.of(node.operation, inputs: inputs.map(\.shape)).compactMap { operation -> Remedy? in
            guard let difference = OperatorDifference(found: node.operation, expected: operation) else { return nil }
            var changed = node
            changed.operation = operation
            return Remedy(mistake: difference.mistake, finding: difference.finding, node: changed, weights: weights)
        }
        return operators + Remedy.exchanges(of: node, weights: weights)
            + Remedy.rearrangements(of: node, weights: weights, flattened: try graph.flattenedSizes(before: node))
    }

    /// Other orders of two to four inputs.
    private static func orders(of inputs: [Tensor<Float>]) -> [(order: [Int], inputs: [Tensor<Float>])] {
        guard (2...4).contains(inputs.count) else { return [] }
        return Permutations.others(of: inputs.count).map { ($0, RowMajor.permuted(inputs, by: $0)) }
    }
}
