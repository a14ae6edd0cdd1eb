package import ModelCore
package import ModelGraph
import ReferenceEngine

/// One node with the values that a run gave it. Its weights are read in parts when it is checked.
package struct NodeCheck: Sendable {
    private let node: Node
    private let inputs: [Tensor<Float>]
    private let slices: ChannelSlices

    /// The numbers in the weights of a part: they are in memory up to three times.
    static let partLimit = 1 << 22

    /// - Parameter graph: has the node's weights.
    package init(_ node: Node, of graph: Graph, inputs: [Tensor<Float>]) {
        self.node = node
        self.inputs = inputs
        slices = graph.slices(of: node, rankOfInput: inputs.first?.shape.count ?? 0, limit: Self.partLimit)
    }

    /// Whether it takes much memory: many weights or large inputs.
    var isLarge: Bool { hasLargeInputs || slices.parts.contains { $0.weights.values.contains { $0.source.count > Self.small } } }

    var hasLargeInputs: Bool { inputs.contains { $0.scalars.count > Self.small } }

    private static let small = 1 << 19

    /// Holds an output that a run gave, and the Float32 reference, against the exact result within the operator's bound.
    package func report(on output: Tensor<Float>, sampling: Sampling, seed: UInt64, threads: Int = 1) throws(ModelError) -> NodeReport {
        try report(on: output, sampling: sampling, seed: seed, threads: threads) { (_, _) throws(ModelError) in }
    }

    /// - Parameter visit: called for each part of the node while its weights are in memory.
    func report(
        on output: Tensor<Float>, sampling: Sampling, seed: UInt64, threads: Int,
        visit: (ChannelSlice, [String: ReferenceWeight]) throws(ModelError) -> Void
    ) throws(ModelError) -> NodeReport {
        let positions = sampling.limited(inputs: inputs.count).positions(of: output.shape, seed: seed)
        let rows = RowSelection(node.operation, inputs: inputs.map(\.shape), positions: positions)
        let operation = rows?.operation ?? node.operation
        let inputs = rows.map { rows in self.inputs.map(rows.gather) } ?? self.inputs
        let wideInputs = inputs.mapScalars { Double($0) }
        var tally = Tally()
        for part in slices.parts {
            let weights = try ReferenceWeight.load(part.weights)
            try visit(part, weights)
            let definition = try Definition(operation, inputs, wideInputs, weights)
            let shape = rows?.shape ?? slices.shape(of: part, in: output.shape)
            guard definition.shape == shape else {
                throw ModelError(
                    Problem(
                        "verify.shape", "layer '\(node.name)' gave \(shape), its definition \(definition.shape)", kind: .fault,
                        at: Location(node: node.name)))
            }
            let members = positions.compactMap { whole in
                slices.position(whole, in: part, of: output.shape).map { (whole: whole, part: rows?.place(of: $0) ?? $0) }
            }
            let elements = Reference.elements(members.count, threads: threads) { definition.element(members[$0].part) }
            for (member, element) in zip(members, elements) {
                let got = output.scalars[member.whole]
                tally.add("fast", got, element.exact, element.bound, at: member.whole)
                tally.add("reference", element.reference, element.exact, element.bound, at: member.whole)
                if got.bitPattern != element.reference.bitPattern { tally.areIdentical = false }
            }
        }
        return NodeReport(node: node, shape: output.shape, checked: positions.count, tally: tally)
    }
}

/// What an operator makes of given inputs: exactly, in Float32, and how far an execution may be from the exact result.
private struct Definition: Sendable {
    private let exact: Evaluation<Double>
    private let reference: Evaluation<Float>
    private let bound: ErrorBound

    init(
        _ operation: Operator, _ inputs: [Tensor<Float>], _ wideInputs: [Tensor<Double>], _ weights: [String: ReferenceWeight]
    ) throws(ModelError) {
        exact = try Reference.evaluation(of: operation, inputs: wideInputs, weights: weights)
        reference = try Reference.evaluation(of: operation, inputs: inputs, weights: weights)
        bound = try ErrorBound.of(operation, inputs: wideInputs, weights: weights)
    }

    var shape: [Int] { exact.shape }

    func element(_ position: Int) -> (exact: Double, reference: Float, bound: Double) {
        let value = exact.element(position)
        return (value, reference.element(position), bound.value(position, value))
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
