package import ModelCore
package import ModelGraph
import ReferenceEngine

/// One node with the values that a run gave it. Its weights are read in parts when it is checked.
package struct NodeCheck: Sendable {
    private let node: Node
    private let inputs: [Tensor<Float>]
    private let slices: ChannelSlices
    private let dense: StreamedDense?

    /// The numbers in the weights of a part: they are in memory up to three times.
    static let partLimit = 1 << 22

    /// - Parameter graph: has the node's weights.
    package init(_ node: Node, of graph: Graph, inputs: [Tensor<Float>]) {
        self.node = node
        self.inputs = inputs
        slices = graph.slices(of: node, rankOfInput: inputs.first?.shape.count ?? 0, limit: Self.partLimit)
        dense = StreamedDense(node, of: graph, input: inputs.first?.shape)
    }

    /// The memory that it takes, about: the weights of a part twice, and its inputs in Float64, without weights their magnitudes too.
    var byteCount: Int {
        let weights = dense != nil ? 0 : slices.parts.map { $0.weights.values.reduce(0) { $0 + $1.source.count } }.max() ?? 0
        let isSelected = Selection(node.operation, inputs: inputs.map(\.shape), positions: []) != nil
        let numbers = isSelected ? 0 : inputs.reduce(0) { $0 + $1.scalars.count }
        return 8 * weights + (node.weights.isEmpty ? 16 : 8) * numbers
    }

    /// Holds an output that a run gave, and the Float32 reference, against the exact result within the operator's bound.
    package func report(on output: Tensor<Float>, sampling: Sampling, seed: UInt64, threads: Int = 1) throws(ModelError) -> NodeReport {
        var none: FingerprintTrial.NodePart?
        return try report(on: output, sampling: sampling, seed: seed, threads: threads, with: &none)
    }

    /// - Parameter trial: given each part of the node's weights while it is in memory.
    func report(
        on output: Tensor<Float>, sampling: Sampling, seed: UInt64, threads: Int, with trial: inout FingerprintTrial.NodePart?
    ) throws(ModelError) -> NodeReport {
        if let dense { return try report(on: output, dense, threads: threads, with: &trial) }
        let positions = sampling.limited(inputs: inputs.count).positions(of: output.shape, seed: seed)
        let selection = Selection(node.operation, inputs: inputs.map(\.shape), positions: positions)
        let operation = selection?.operation ?? node.operation
        let inputs = selection.map { selection in self.inputs.map { selection.gather($0) } } ?? self.inputs
        var tally = Tally()
        for part in slices.parts {
            let weights = try ReferenceWeight.load(part.weights)
            try trial?.add(part, weights)
            let definition = try Definition(operation, inputs, selection?.gather(weights) ?? weights)
            let shape = selection?.shape ?? slices.shape(of: part, in: output.shape)
            guard definition.shape == shape else { throw wrongShape(shape, definition.shape) }
            let members = positions.compactMap { whole in
                slices.position(whole, in: part, of: output.shape).map { (whole: whole, part: selection?.place(of: $0) ?? $0) }
            }
            let elements = Reference.elements(members.count, threads: threads) { definition.element(members[$0].part) }
            for (member, element) in zip(members, elements) { tally.add(output.scalars[member.whole], element, at: member.whole) }
        }
        return NodeReport(node: node, shape: output.shape, checked: positions.count, tally: tally)
    }

    /// Holds all of a dense layer's output against sums that grow as its kernel comes.
    private func report(
        on output: Tensor<Float>, _ dense: StreamedDense, threads: Int, with trial: inout FingerprintTrial.NodePart?
    ) throws(ModelError) -> NodeReport {
        guard output.scalars.count == dense.outputs else { throw wrongShape(output.shape, [dense.outputs]) }
        let elements = try dense.elements(of: inputs[0].scalars, threads: threads) { trial?.add($0, $1) }
        trial?.add(bias: try dense.loadBias())
        var tally = Tally()
        for (position, element) in elements.enumerated() { tally.add(output.scalars[position], element, at: position) }
        return NodeReport(node: node, shape: output.shape, checked: elements.count, tally: tally)
    }

    private func wrongShape(_ given: [Int], _ defined: [Int]) -> ModelError {
        ModelError(
            Problem("verify.shape", "layer '\(node.name)' gave \(given), its definition \(defined)", kind: .fault, at: Location(node: node.name)))
    }
}

extension NodeReport {
    init(node: Node, shape: [Int], checked: Int, tally: Tally) {
        let strides = RowMajor.strides(shape)
        self.init(
            name: node.name, operation: node.operation.name, verdict: tally.verdict, checked: checked, count: shape.reduce(1, *), rho: tally.rho,
            ulps: tally.ulps,
            worst: tally.worst.map { worst in
                Worst(
                    engine: worst.engine, index: shape.indices.map { worst.position / strides[$0] % shape[$0] }, got: Double(worst.got),
                    exact: worst.exact, bound: worst.bound)
            })
    }
}

/// The largest ratio and the largest difference so far.
struct Tally {
    struct Worst {
        let engine: String
        let position: Int
        let got: Float
        let exact: Double
        let bound: Double
    }

    private(set) var rho = 0.0
    private(set) var ulps = 0.0
    private(set) var worst: Worst?
    private var isInconclusive = false
    var areIdentical = true

    var verdict: Verdict {
        if !(rho <= 1) { return .different }
        if isInconclusive { return .inconclusive }
        return areIdentical ? .identical : .rounding
    }

    /// What the fast engine gave, and the reference.
    fileprivate mutating func add(_ got: Float, _ element: Definition.Element, at position: Int) {
        add("fast", got, element.exact, element.bound, at: position)
        add("reference", element.reference, element.exact, element.bound, at: position)
        if got.bitPattern != element.reference.bitPattern { areIdentical = false }
    }

    mutating func add(_ engine: String, _ got: Float, _ exact: Double, _ bound: Double, at position: Int) {
        ulps = max(ulps, UnitsInLastPlace.between(got, exact))
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

extension ReferenceWeight {
    /// Weights in memory, in the order in which outputs read them.
    static func load(_ weights: [String: Weight]) throws(ModelError) -> [String: ReferenceWeight] {
        var loaded: [String: ReferenceWeight] = [:]
        for (role, weight) in weights {
            loaded[role] = ReferenceWeight(values: try weight.source.tensor(), layout: weight.layout).outputFirst
        }
        return loaded
    }
}
