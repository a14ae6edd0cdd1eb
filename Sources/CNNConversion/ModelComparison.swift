import ModelCore
import ModelGraph
import Verification

/// Everything in which one graph differs from another, which it should be: nodes, connections, attributes and every bit of every weight.
struct ModelComparison {
    /// An error for each difference, in the order of the nodes.
    private(set) var problems: [Problem] = []
    /// What was done wrong at the first node that differs.
    private(set) var diagnosis: Diagnosis?
    /// The nodes that differ, by the name that they have in the graph that was looked at.
    private(set) var differingNodes: [String] = []
    /// The weights that were compared.
    private(set) var weightCount = 0

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
        try compareNodes(progress)
        // The same in another form is the same; weights without a counterpart are a difference in any form.
        if !differingNodes.isEmpty, try Self.areOneNetwork(found, expected) {
            (problems, diagnosis, differingNodes) = ([], nil, [])
        }
    }

    private static func areOneNetwork(_ found: Graph, _ expected: Graph) throws(ModelError) -> Bool {
        guard found.inputs.count == expected.inputs.count, found.outputs.map(\.layout) == expected.outputs.map(\.layout) else { return false }
        var identity = GraphIdentity()
        return try identity.outputs(of: expected) { _ in } == identity.outputs(of: found) { _ in }
    }

    private mutating func compareEnds() {
        func shape(_ input: GraphInput) -> Shape { Shape([nil] + input.shape.sizes.dropFirst()) }
        if found.inputs.map(shape) != expected.inputs.map(shape) || found.inputs.map(\.layout) != expected.inputs.map(\.layout) {
            let texts = [found, expected].map { $0.inputs.map { "\($0.name) \($0.shape) \($0.layout?.rawValue ?? "")" }.joined(separator: ", ") }
            add("verify.structure", "the inputs are \(texts[0]), in the source \(texts[1])")
        }
        if found.outputs.map(\.layout) != expected.outputs.map(\.layout)
            || found.outputs.map({ pairs.expected($0.value) }) != expected.outputs.map(\.value)
        {
            let texts = [found, expected].map { $0.outputs.map { "\($0.name) (of \($0.value))" }.joined(separator: ", ") }
            add("verify.structure", "the outputs are \(texts[0]), in the source \(texts[1])")
        }
    }

    private mutating func compareNodes(_ progress: ((Double) -> Void)?) throws(ModelError) {
        for (position, pair) in pairs.pairs.enumerated() {
            switch pair {
            case (let node?, nil): try onlyOne(node, .nodeExtra, "the source has no such layer")
            case (nil, let node?): try onlyOne(node, .nodeMissing, "the source has this layer, the model has not")
            case (let node?, let other?): try compare(node, other)
            case (nil, nil): continue
            }
            progress?(Double(position + 1) / Double(pairs.pairs.count))
        }
    }

    private mutating func onlyOne(_ node: Node, _ mistake: Mistake, _ text: String) throws(ModelError) {
        add("verify.structure", "layer '\(node.name)' (\(node.operation.name)): \(text)", node)
        if diagnosis == nil {
            diagnosis = Diagnosis(node: node.name, mistake: mistake, finding: text, evidence: "no layer of this name and kind is there")
        }
    }

    private mutating func compare(_ node: Node, _ other: Node) throws(ModelError) {
        let before = problems.count
        if let difference = OperatorDifference(found: node.operation, expected: other.operation) {
            add("verify.structure", "layer '\(node.name)': \(difference.finding)", node)
        }
        if node.inputs.map(pairs.expected) != other.inputs {
            add("verify.structure", "layer '\(node.name)' reads \(node.inputs), in the source \(other.inputs)", node)
        }
        let (mine, theirs) = (found.weights(of: node), expected.weights(of: other))
        for role in Set(mine.keys).union(theirs.keys).sorted() {
            weightCount += 1
            guard let left = mine[role], let right = theirs[role] else {
                add(
                    "verify.weight",
                    "layer '\(node.name)' has \(mine[role] == nil ? "no \(role), its source has" : "a \(role), its source has none")", node)
                continue
            }
            if try left.hasBits(of: right) { continue }
            add("verify.weight", "layer '\(node.name)', \(role): \(try Self.difference(left, right))", node)
        }
        guard problems.count > before else { return }
        guard diagnosis == nil else { return }
        diagnosis = try SourceDiagnosis.diagnose(node, of: found, inputs: node.inputs.map(pairs.expected), expected: other, of: expected)
    }

    private static func difference(_ left: Weight, _ right: Weight) throws(ModelError) -> String {
        if left.source.dtype != right.source.dtype { return "\(left.source.dtype.rawValue), in the source \(right.source.dtype.rawValue)" }
        guard left.layout == right.layout, let difference = try WeightDifference(left.source, right.source) else {
            return "\(left.source.shape) \(left.layout.rawValue), in the source \(right.source.shape) \(right.layout.rawValue)"
        }
        return difference.text
    }

    private mutating func add(_ code: String, _ message: String, _ node: Node? = nil) {
        problems.append(Problem(code, message, kind: .different, at: Location(node: node?.name)))
        if let node, differingNodes.last != node.name { differingNodes.append(node.name) }
    }
}
