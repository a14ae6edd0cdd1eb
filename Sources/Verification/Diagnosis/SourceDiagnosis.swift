package import ModelCore
package import ModelGraph
import ReferenceEngine

/// Finds the mistake that made a node of its source's, where the source is at hand: one that, undone, gives the source's node in every bit.
package enum SourceDiagnosis {
    /// - Parameters:
    ///   - found: a node that differs from `expected`, with its graph.
    ///   - inputs: what it reads, by the names that these values have in the source.
    package static func diagnose(
        _ found: Node, of graph: Graph, inputs: [String], expected: Node, of source: Graph
    ) throws(ModelError) -> Diagnosis {
        let mine = graph.weights(of: found)
        let theirs = source.weights(of: expected)
        let replay = try Self.replay(expected, theirs, graph: source)
        func diagnosis(_ mistake: Mistake, _ finding: String, isUndone: Bool) throws(ModelError) -> Diagnosis {
            Diagnosis(node: found.name, mistake: mistake, finding: finding, evidence: try evidence(replay, found, mine, expected, theirs, isUndone))
        }
        if let difference = OperatorDifference(found: found.operation, expected: expected.operation) {
            return try diagnosis(difference.mistake, difference.finding, isUndone: false)
        }
        if inputs != expected.inputs {
            let isOrder = inputs.sorted() == expected.inputs.sorted()
            return Diagnosis(
                node: found.name, mistake: isOrder ? .inputOrder : .connections, finding: "it reads \(inputs), not \(expected.inputs)",
                evidence: "the operator is the right one")
        }
        let differing = try differingRoles(mine, theirs)
        if differing.count == 2, mine.keys == theirs.keys, let remedy = try exactRemedy(Remedy.exchanges(of: found, weights: mine), theirs, differing)
        {
            return try diagnosis(remedy.mistake, remedy.finding, isUndone: true)
        }
        if try mayBeRearrangements(mine, theirs, differing) {
            let flattened = try graph.flattenedSizes(before: found)
            let remedies = differing == ["kernel"] ? Remedy.rearrangements(of: found, weights: mine, flattened: flattened) : []
            if let remedy = try exactRemedy(remedies, theirs, differing) {
                return try diagnosis(remedy.mistake, remedy.finding, isUndone: true)
            }
            if let order = try channelOrder(mine, theirs, differing, groups: found.operation.groups) {
                return try diagnosis(order.mistake, order.finding, isUndone: true)
            }
        }
        let (mistake, finding) = try change(mine, theirs, differing)
        return try diagnosis(mistake, finding, isUndone: false)
    }

    private static func differingRoles(_ mine: [String: Weight], _ theirs: [String: Weight]) throws(ModelError) -> [String] {
        var roles: [String] = []
        for role in Set(mine.keys).union(theirs.keys).sorted() {
            if let left = mine[role], let right = theirs[role], try left.hasBits(of: right) { continue }
            roles.append(role)
        }
        return roles
    }

    // MARK: Mistakes with weights

    private static func mayBeRearrangements(
        _ mine: [String: Weight], _ theirs: [String: Weight], _ differing: [String]
    ) throws(ModelError) -> Bool {
        for role in differing {
            guard let left = mine[role], let right = theirs[role], try left.source.mayBeRearrangement(of: right.source) else { return false }
        }
        return true
    }

    private static func exactRemedy(_ remedies: [Remedy], _ theirs: [String: Weight], _ differing: [String]) throws(ModelError) -> Remedy? {
        for remedy in remedies {
            var isExact = true
            for role in differing where isExact {
                guard let left = remedy.weights[role], let right = theirs[role] else { continue }
                isExact = try left.hasBits(of: right)
            }
            if isExact { return remedy }
        }
        return nil
    }

    /// Channels that stand in another order, in each weight that differs in the same.
    private static func channelOrder(
        _ mine: [String: Weight], _ theirs: [String: Weight], _ differing: [String], groups: Int
    ) throws(ModelError) -> (mistake: Mistake, finding: String)? {
        var common: ChannelOrder?
        for role in differing {
            guard let left = mine[role], let right = theirs[role], left.layout == right.layout,
                let order = try ChannelOrder(left.source, right.source, axis: left.layout.axis("o") ?? 0), common == nil || common == order
            else {
                common = nil
                break
            }
            common = order
        }
        if let common {
            let isGroups = groups > 1 && common.isTransposed
            return (isGroups ? .groupOrder : .channelsPermuted, "in \(differing.joined(separator: " and ")), \(common.text)")
        }
        guard differing == ["kernel"], let left = mine["kernel"], let right = theirs["kernel"], left.layout == right.layout,
            let axis = left.layout.axis("i"), let order = try ChannelOrder(left.source, right.source, axis: axis)
        else { return nil }
        return (order.isReversed ? .inputChannelsReversed : .inputChannelsPermuted, "of the input's channels in the kernel, \(order.text)")
    }

    /// What became of a weight that no order of its elements explains.
    private static func change(
        _ mine: [String: Weight], _ theirs: [String: Weight], _ differing: [String]
    ) throws(ModelError) -> (Mistake, String) {
        var findings: [String] = []
        var mistake: Mistake?
        for role in differing {
            let isBias = role == "bias" || role == "beta"
            guard let left = mine[role], let right = theirs[role] else {
                findings.append(mine[role] == nil ? "\(role) is missing" : "there is a \(role) that should not be there")
                mistake = mistake ?? (isBias && mine[role] == nil ? .biasMissing : .weightsChanged)
                continue
            }
            guard left.layout == right.layout, let difference = try WeightDifference(left.source, right.source) else {
                findings.append("\(role) is \(left.source.shape) \(left.layout.rawValue), not \(right.source.shape) \(right.layout.rawValue)")
                mistake = mistake ?? .kernelAxesSwapped
                continue
            }
            findings.append("\(role): \(difference.text)")
            if isBias, difference.isZero {
                mistake = mistake ?? .biasMissing
            } else if difference.factor != nil, difference.count > 1 || difference.total == 1 {
                mistake = mistake ?? (isBias ? .biasScaled : .weightsScaled)
            } else {
                mistake = mistake ?? .weightsChanged
            }
        }
        return (mistake ?? .weightsChanged, findings.joined(separator: "; "))
    }

    /// What a node and its source's give on the same noise, all of it, to be looked at; `nil` where they do not fit the same input.
    package static func outputs(
        _ found: Node, of graph: Graph, expected: Node, of source: Graph, threads: Int
    ) throws(ModelError) -> (found: Tensor<Float>, expected: Tensor<Float>)? {
        guard let inputs = try TrialInput.noise(for: expected, of: source) else { return nil }
        let theirs = try Reference.evaluate(expected.operation, inputs: inputs, weights: source.loadWeights(of: expected), threads: threads)
        guard let ours = try? Reference.evaluate(found.operation, inputs: inputs, weights: graph.loadWeights(of: found), threads: threads),
            ours.shape == theirs.shape
        else { return nil }
        return (ours, theirs)
    }

    // MARK: Evidence

    /// What the source's node gives on noise, where the sizes of what it reads are known.
    private static func replay(_ node: Node, _ weights: [String: Weight], graph: Graph) throws(ModelError) -> Replay? {
        guard let inputs = try TrialInput.noise(for: node, of: graph) else { return nil }
        return try Replay(node, weights: weights, inputs: inputs, seed: 1)
    }

    private static func evidence(
        _ replay: Replay?, _ found: Node, _ mine: [String: Weight], _ expected: Node, _ theirs: [String: Weight], _ isUndone: Bool
    ) throws(ModelError) -> String {
        let exact = isUndone ? "undone, every bit is right" : "everything else is right"
        guard let replay else { return exact }
        // Where the faulty node does not even fit its input, there is nothing to run.
        guard let before = try? replay.rho(found, weights: mine) else { return "\(exact); it does not fit what it reads" }
        let after = try replay.rho(expected, weights: theirs)
        return "\(exact), and on noise rho falls from \(Ratio.text(before)) to \(Ratio.text(after))"
    }
}

extension Operator {
    /// Groups of channels that do not see each other.
    var groups: Int {
        switch self {
        case .convolution(let operation): operation.groups
        case .transposedConvolution(let operation): operation.groups
        default: 1
        }
    }
}

extension WeightDifference {
    /// `12 of 3456 elements differ, by 1 ulp at most`.
    package var text: String {
        if count == 0 { return "none of \(total) elements differs in Float32, but some do in their own type" }
        if isZero { return "all \(total) elements are 0" }
        if let factor { return "\(count) of \(total) elements are \(Ratio.text(factor)) times what they should be" }
        let place = first.map { ", first element \($0.position): \($0.found) for \($0.expected)" } ?? ""
        return "\(count) of \(total) elements differ, by \(Ratio.text(ulps)) ulp at most\(place)"
    }
}

extension Graph {
    /// The sizes of the axes that were flattened to the last axis of what a node reads, where nothing between moves elements.
    package func flattenedSizes(before node: Node) throws(ModelError) -> [Int]? {
        let shapes = try inferShapes()
        let makers = Dictionary(nodes.map { ($0.output, $0) }) { first, _ in first }
        var name = node.inputs.first ?? ""
        while let maker = makers[name] {
            let before = shapes[maker.inputs.first ?? ""]?.sizes.dropFirst() ?? []
            let sizes = before.compactMap(\.self)
            switch maker.operation {
            case .flatten, .reshape:
                guard shapes[name]?.rank == 2, sizes.count == before.count, sizes.count > 1 else { return nil }
                return sizes
            case .activation, .identity, .batchNormalization, .merge, .rescaling: name = maker.inputs.first ?? ""
            default: return nil
            }
        }
        return nil
    }
}
