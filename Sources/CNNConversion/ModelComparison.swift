import ModelCore
import ModelGraph
import Verification

/// Everything in which one graph differs from another, which it should be: nodes, connections, attributes and every bit of every weight.
struct ModelComparison {
    /// In what inputs and outputs differ, a sentence each.
    private(set) var ends: [String] = []
    /// The layers that differ, in their order.
    private(set) var layers: [LayerDifference] = []
    /// What was done wrong at the first of them.
    private(set) var diagnosis: Diagnosis?

    private let found: Graph
    private let expected: Graph
    private let pairs: NodePairs

    /// - Parameters:
    ///   - found: the graph to look at.
    ///   - expected: the one that it should be.
    ///   - pairs: which node stands for which; by name unless said otherwise.
    init(
        of found: Graph, with expected: Graph, pairs: NodePairs? = nil, progress: ((Double) -> Void)? = nil
    ) throws(ModelError) {
        (self.found, self.expected) = (found, expected)
        self.pairs = pairs ?? NodePairs(byName: found, expected)
        compareEnds()
        try compareLayers(progress)
        // The same in another form is the same.
        if !areEqual, try Self.areOneNetwork(found, expected) { (ends, layers) = ([], []) }
        if let first = layers.first { diagnosis = try diagnose(first) }
    }

    var areEqual: Bool { ends.isEmpty && layers.isEmpty }

    /// An error for each difference: `verify.structure` or `verify.weight`.
    var problems: [Problem] {
        ends.map { Problem("verify.structure", $0, kind: .different) }
            + layers.flatMap { layer in
                layer.findings.map { finding in
                    let code = finding.kind == .weight ? "verify.weight" : "verify.structure"
                    let order = finding.order.map { "; \($0)" } ?? ""
                    return Problem(
                        code, "layer '\(layer.name)': \(finding.text)\(order)", kind: .different, at: Location(node: layer.name))
                }
            }
    }

    private static func areOneNetwork(_ found: Graph, _ expected: Graph) throws(ModelError) -> Bool {
        guard found.inputs.map(\.layout) == expected.inputs.map(\.layout), found.outputs.map(\.layout) == expected.outputs.map(\.layout) else {
            return false
        }
        var identity = GraphIdentity()
        let mine = try identity.outputs(of: expected) { _ in }
        return try identity.outputs(of: found) { _ in } == mine
    }

    private mutating func compareEnds() {
        func describe(_ inputs: [GraphInput]) -> String {
            inputs.map { "\($0.name) \(Shape([nil] + $0.shape.sizes.dropFirst())) \($0.layout?.rawValue ?? "")" }.joined(separator: ", ")
        }
        func kind(_ input: GraphInput) -> GraphInput {
            GraphInput(name: "", shape: Shape([nil] + input.shape.sizes.dropFirst()), layout: input.layout)
        }
        if found.inputs.map(kind) != expected.inputs.map(kind) {
            ends.append("the inputs are \(describe(found.inputs)), not \(describe(expected.inputs))")
        }
        let mine = found.outputs.map { GraphOutput(name: "", value: pairs.expected($0.value), layout: $0.layout) }
        if mine != expected.outputs.map({ GraphOutput(name: "", value: $0.value, layout: $0.layout) }) {
            let texts = [found, expected].map { $0.outputs.map { "\($0.name) (of \($0.value))" }.joined(separator: ", ") }
            ends.append("the outputs are \(texts[0]), not \(texts[1])")
        }
    }

    private mutating func compareLayers(_ progress: ((Double) -> Void)?) throws(ModelError) {
        for (position, pair) in pairs.pairs.enumerated() {
            var layer = LayerDifference(pair.found, pair.expected)
            switch pair {
            case (let node?, nil): layer.add(.extra, "the other model has no such layer (\(node.operation.name))")
            case (nil, let node?): layer.add(.missing, "only the other model has this layer (\(node.operation.name))")
            case (let node?, let other?): try compare(node, other, &layer)
            case (nil, nil): continue
            }
            if !layer.findings.isEmpty { layers.append(layer) }
            progress?(Double(position + 1) / Double(pairs.pairs.count))
        }
    }

    private func compare(_ node: Node, _ other: Node, _ layer: inout LayerDifference) throws(ModelError) {
        if let difference = OperatorDifference(found: node.operation, expected: other.operation) { layer.add(.attribute, difference.finding) }
        let inputs = node.inputs.map(pairs.expected)
        if inputs != other.inputs { layer.add(.connection, "it reads \(inputs), not \(other.inputs)") }
        let (mine, theirs) = (found.weights(of: node), expected.weights(of: other))
        for role in Set(mine.keys).union(theirs.keys).sorted() {
            switch (mine[role], theirs[role]) {
            case (let left?, let right?):
                if try left.hasBits(of: right) { continue }
                layer.add(.weight, "\(role): \(try Self.difference(left, right))", order: try WeightOrder.text(left, right))
            case (nil, _): layer.add(.weight, "\(role) is missing")
            case (_, nil): layer.add(.weight, "there is a \(role) that should not be there")
            }
        }
    }

    private static func difference(_ left: Weight, _ right: Weight) throws(ModelError) -> String {
        if left.source.dtype != right.source.dtype { return "\(left.source.dtype.rawValue), not \(right.source.dtype.rawValue)" }
        guard left.layout == right.layout, let difference = try WeightDifference(left.source, right.source) else {
            return "\(left.source.shape) \(left.layout.rawValue), not \(right.source.shape) \(right.layout.rawValue)"
        }
        return difference.text
    }

    /// What the first layer that differs and its counterpart make of the same noise.
    func firstDifference(threads: Int) throws(ModelError) -> DifferingLayer? {
        guard let layer = layers.first, let node = layer.found, let other = layer.expected,
            let outputs = try SourceDiagnosis.outputs(node, of: found, expected: other, of: expected, threads: threads)
        else { return nil }
        let declared = found.outputs.first { $0.value == node.output }?.layout
        return DifferingLayer(
            name: node.name, layout: declared ?? .channelsLast(spatialRank: outputs.found.shape.count - 2), ours: outputs.found,
            theirs: outputs.expected, theirsName: "source")
    }

    private func diagnose(_ layer: LayerDifference) throws(ModelError) -> Diagnosis {
        guard let node = layer.found, let other = layer.expected else {
            return Diagnosis(
                node: layer.name, mistake: layer.found == nil ? .nodeMissing : .nodeExtra, finding: layer.findings.first?.text ?? "",
                evidence: "no layer of this name is in the other model")
        }
        return try SourceDiagnosis.diagnose(node, of: found, inputs: node.inputs.map(pairs.expected), expected: other, of: expected)
    }
}
