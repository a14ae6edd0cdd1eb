package import ModelCore
package import ModelGraph
import ReferenceEngine

/// Tries every node of a graph alone, on noise of the shapes that its values have in a trial of the whole.
package struct FingerprintTrial: Sendable {
    /// What a node gave.
    package struct Outcome: Sendable, Hashable {
        /// The sum of the samples with their signs, in Float64; `nil` where it is not finite, or where the inputs are too large to try.
        package let projection: Double?
        /// How far two executions may be apart: 0 where every machine gives the same bits.
        package let bound: Double
    }

    private let graph: Graph
    private let seed: Int
    private let shapes: [String: [Int]]

    /// The numbers in the weights of a part.
    private static let partLimit = 1 << 22
    /// The most numbers in a node's inputs.
    private static let inputLimit = 1 << 25

    /// - Throws: what `TrialInput` throws for a network that it finds no sizes for.
    package init(_ graph: Graph, seed: Int) throws(ModelError) {
        self.graph = graph
        self.seed = seed
        let sizes = try TrialInput.shapes(for: graph)
        shapes = try graph.inferShapes(assuming: sizes.mapValues { Shape(known: $0) }).compactMapValues(\.known)
    }

    /// The shape of a node's output.
    package func shape(of node: Node) -> [Int] { shapes[node.output] ?? [] }

    /// - Throws: what reading weights throws.
    package func outcome(of node: Node, threads: Int) throws(ModelError) -> Outcome {
        do throws(ModelError) {
            guard let inputs = inputs(of: node, threads: threads) else { return Outcome(projection: nil, bound: 0) }
            return try outcome(of: node, inputs: inputs, threads: threads)
        } catch {
            throw error.locating(node: node.name)
        }
    }

    /// A value that is read several times is there once.
    private func inputs(of node: Node, threads: Int) -> [Tensor<Double>]? {
        let shapes = Dictionary(node.inputs.map { ($0, self.shapes[$0]) }) { first, _ in first }.compactMapValues(\.self)
        guard let count = shapes.values.compactMap(\.checkedProduct).checkedSum, count <= Self.inputLimit else { return nil }
        let rows = graph.weightShapes(of: node)["table"]?.shape.first
        let values = shapes.compactMapValues { $0 }.map { name, shape in
            (name, FingerprintNoise.value(name, shape: shape, for: node, rows: rows, seed: seed, threads: threads))
        }
        let byName = Dictionary(values) { first, _ in first }.compactMapValues(\.self)
        return node.inputs.compactMap { byName[$0] }
    }

    private func outcome(of node: Node, inputs: [Tensor<Double>], threads: Int) throws(ModelError) -> Outcome {
        let shape = shape(of: node)
        let samples = FingerprintSample.all(
            of: shape, inputCount: inputs.count, stream: FingerprintNoise.stream(node.output, seed: seed))
        let slices = graph.slices(of: node, rankOfInput: inputs.first?.shape.count ?? 0, limit: Self.partLimit)
        let precision = node.operation.precision
        var elements = [Element](repeating: Element(value: 0, bound: 0), count: samples.count)
        for part in slices.parts {
            var weights: [String: ReferenceWeight] = [:]
            for (role, weight) in part.weights {
                weights[role] = ReferenceWeight(values: try weight.source.tensor(), layout: weight.layout).outputFirst
            }
            let exact = try Reference.evaluation(of: node.operation, inputs: inputs, weights: weights)
            let bound = precision == nil ? nil : try ErrorBound.of(node.operation, inputs: inputs, weights: weights)
            let members = samples.indices.compactMap { index in
                slices.position(samples[index].position, in: part, of: shape).map { (index: index, position: $0) }
            }
            let found = Reference.elements(members.count, threads: threads) { number in
                let position = members[number].position
                let value = exact.element(position)
                return Element(value: value, bound: bound?.value(position, value) ?? 0)
            }
            for (member, element) in zip(members, found) { elements[member.index] = element }
        }
        return Self.outcome(samples, elements, precision)
    }

    private struct Element: Sendable {
        let value: Double
        /// The bound for Float32.
        let bound: Double
    }

    /// Adds up, in the order of the samples.
    ///
    /// Two executions in Float64 are each within the operator's own bound of the exact result, so twice that apart; and each of their sums of n
    /// terms is within n 2^-53 of the terms' magnitudes of its own terms' exact sum (Higham 2002, section 4.2).
    private static func outcome(_ samples: [FingerprintSample], _ elements: [Element], _ precision: Double?) -> Outcome {
        var (sum, magnitude, bounds) = (0.0, 0.0, 0.0)
        for (sample, element) in zip(samples, elements) {
            sum += sample.isNegative ? -element.value : element.value
            magnitude += abs(element.value)
            bounds += element.bound
        }
        guard sum.isFinite else { return Outcome(projection: nil, bound: 0) }
        let bound = precision.map { 2 * (bounds * $0 + Double(samples.count) * 0x1p-53 * (magnitude + bounds * $0)) }
        return Outcome(projection: sum, bound: bound ?? 0)
    }
}

extension Operator {
    /// For an operator whose evaluation in Float64 calls the mathematical library, which differs from machine to machine: what its bounds for
    /// Float32 are to be multiplied with. `nil` for all others, whose formulas are made of operations that IEEE 754 defines to the last bit.
    ///
    /// The bounds count roundings of u = 2^-24 each; in Float64 each is 2^-53, and what a library adds is as many units in the last place of either.
    fileprivate var precision: Double? {
        switch self {
        case .softmax(let operation): operation.kind == .sparsemaxKeras ? nil : 0x1p-29
        case .gatedLinearUnit: 0x1p-29
        case .activation(let operation): operation.function.isAlgebraic ? nil : 0x1p-29
        case .resize(let operation):
            // Its weights are rounded to Float32 before they are used, and may be rounded to neighbours.
            if case .lanczos = operation.interpolation { 1 } else { nil }
        default: nil
        }
    }
}

extension ActivationFunction {
    fileprivate var isAlgebraic: Bool {
        switch self {
        case .relu, .softsign, .hardSigmoid, .hardSilu, .hardTanh, .hardShrink, .softShrink, .threshold, .squareplus, .sparsePlus, .sparseSigmoid,
            .squareRoot:
            true
        case .elu, .selu, .celu, .sigmoid, .tanh, .exponential, .softplus, .silu, .mish, .logSigmoid, .gelu, .geluTanh, .tanhShrink, .logarithm,
            .power:
            false
        }
    }
}
