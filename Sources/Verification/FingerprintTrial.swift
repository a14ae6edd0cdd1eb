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

        /// That of a node that is not tried.
        static let none = Outcome(projection: nil, bound: 0)
    }

    private let graph: Graph
    private let seed: Int
    private let shapes: [String: [Int]]
    /// The shapes of the network's inputs.
    package let sizes: TrialSizes

    /// The numbers in the weights of a part: as many as are checked together.
    private static let partLimit = NodeCheck.partLimit
    /// The most numbers in a node's inputs.
    private static let inputLimit = 1 << 25

    /// - Parameter inputs: the shapes of the network's inputs in their order; without them, some are found.
    /// - Throws: what `TrialSizes` throws.
    package init(_ graph: Graph, seed: Int, inputs: [[Int]]? = nil) throws(ModelError) {
        self.graph = graph
        self.seed = seed
        sizes = if let inputs { try TrialSizes(inputs, for: graph) } else { try TrialSizes(for: graph) }
        shapes = try graph.inferShapes(assuming: sizes.shapes.mapValues { Shape(known: $0) }).compactMapValues(\.known)
    }

    /// The shape of a node's output.
    package func shape(of node: Node) -> [Int] { shapes[node.output] ?? [] }

    /// - Throws: what reading weights throws.
    package func outcome(of node: Node, threads: Int) throws(ModelError) -> Outcome {
        do throws(ModelError) {
            guard var part = part(node, threads: threads) else { return .none }
            if let dense = StreamedDense(node, of: graph, input: node.inputs.first.flatMap { shapes[$0] }) {
                try dense.forEachPart { part.add($0, $1) }
                part.add(bias: try dense.loadBias())
                return part.outcome
            }
            for slice in part.slices.parts { try part.add(slice, try ReferenceWeight.load(slice.weights)) }
            return part.outcome
        } catch {
            throw error.locating(node: node.name)
        }
    }

    /// One node's part of the trial, for who has its weights in memory anyway; `nil` for inputs that are too large to try.
    func part(_ node: Node, threads: Int) -> NodePart? {
        let shapes = node.inputs.compactMap { self.shapes[$0] }
        let distinct = Dictionary(zip(node.inputs, shapes)) { first, _ in first }
        guard shapes.count == node.inputs.count, let count = distinct.values.compactMap(\.checkedProduct).checkedSum, count <= Self.inputLimit else {
            return nil
        }
        let shape = shape(of: node)
        let samples = FingerprintSample.all(of: shape, inputCount: shapes.count, stream: FingerprintNoise.stream(node.output, seed: seed))
        let selection = Selection(node.operation, inputs: shapes, positions: samples.map(\.position))
        // A value that is read several times is there once.
        let table = graph.weightShapes(of: node)["table"]?.shape.first
        var values: [String: Tensor<Double>] = [:]
        for (name, shape) in distinct {
            let noise = FingerprintNoise(name, for: node, rows: table, seed: seed)
            values[name] = if let selection { noise.value(selection) } else { noise.value(shape: shape, threads: threads) }
        }
        return NodePart(
            operation: selection?.operation ?? node.operation, inputs: node.inputs.compactMap { values[$0] }, shape: shape, samples: samples,
            selection: selection,
            slices: graph.slices(of: node, rankOfInput: shapes.first?.count ?? 0, limit: Self.partLimit), threads: threads,
            elements: [Element](repeating: Element(value: 0, bound: 0), count: samples.count), sums: [Double](repeating: 0, count: shape.last ?? 0))
    }

    /// A node's noise and samples, and what has been found of them.
    struct NodePart {
        fileprivate let operation: Operator
        fileprivate let inputs: [Tensor<Double>]
        fileprivate let shape: [Int]
        fileprivate let samples: [FingerprintSample]
        fileprivate let selection: Selection?
        let slices: ChannelSlices
        fileprivate let threads: Int
        fileprivate var elements: [Element]
        /// Of a dense layer whose kernel comes row by row.
        fileprivate var sums: [Double]

        /// Evaluates the samples that lie in a slice whose weights are in memory.
        mutating func add(_ slice: ChannelSlice, _ weights: [String: ReferenceWeight]) throws(ModelError) {
            let weights = selection?.gather(weights) ?? weights
            let exact = try Reference.evaluation(of: operation, inputs: inputs, weights: weights)
            let bound = operation.precision == nil ? nil : try ErrorBound.of(operation, inputs: inputs, weights: weights)
            let members = samples.indices.compactMap { index in
                slices.position(samples[index].position, in: slice, of: shape).map { (index: index, position: selection?.place(of: $0) ?? $0) }
            }
            let found = Reference.elements(members.count, threads: threads) { number in
                let position = members[number].position
                let value = exact.element(position)
                return Element(value: value, bound: bound?.value(position, value) ?? 0)
            }
            for (member, element) in zip(members, found) { elements[member.index] = element }
        }

        /// Adds the products of some features with their rows of the kernel.
        mutating func add(_ features: Range<Int>, _ rows: UnsafeBufferPointer<Float>) {
            Reference.add(inputs[0].scalars[features], times: rows, to: &sums, threads: threads)
        }

        /// Ends the sums of a dense layer.
        mutating func add(bias: [Float]?) {
            for (index, sample) in samples.enumerated() {
                var sum = sums[sample.position]
                if let bias { sum.add(bias: bias[sample.position]) }
                elements[index] = Element(value: sum, bound: 0)
            }
        }

        var outcome: Outcome { FingerprintTrial.outcome(samples, elements, operation.precision) }
    }

    fileprivate struct Element: Sendable {
        let value: Double
        /// The bound for Float32.
        let bound: Double
    }

    /// Adds up, in the order of the samples.
    ///
    /// Two executions in Float64 are each within the operator's own bound of the exact result, so twice that apart; and each of their sums of n
    /// terms is within n 2^-53 of the terms' magnitudes of its own terms' exact sum (Higham 2002, section 4.2).
    fileprivate static func outcome(_ samples: [FingerprintSample], _ elements: [Element], _ precision: Double?) -> Outcome {
        var (sum, magnitude, bounds) = (0.0, 0.0, 0.0)
        for (sample, element) in zip(samples, elements) {
            sum += sample.isNegative ? -element.value : element.value
            magnitude += abs(element.value)
            bounds += element.bound
        }
        guard sum.isFinite else { return .none }
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
            .squareRoot, .sign, .floor, .ceiling, .roundToEven:
            true
        case .elu, .selu, .celu, .sigmoid, .tanh, .exponential, .softplus, .silu, .mish, .logSigmoid, .gelu, .geluTanh, .tanhShrink, .logarithm,
            .power, .errorFunction:
            false
        }
    }
}
