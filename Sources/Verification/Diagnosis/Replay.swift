import ModelCore
import ModelGraph
import ReferenceEngine

/// Values that a node should give on given inputs, and how far a variant of the node is from them.
struct Replay {
    let inputs: [Tensor<Float>]
    /// What is expected, and how far the expectation itself may be off, at some positions of the output.
    private let positions: [Int]
    private let expected: [Float]
    private let slack: [Double]
    private let shape: [Int]

    private static let (leastElements, partLimit) = (256, 1 << 20)

    /// - Parameters:
    ///   - output: what is expected, all of it.
    ///   - slack: for each element, how far its inputs may have moved it.
    ///   - worst: a position that must be among those tried.
    init(inputs: [Tensor<Float>], output: Tensor<Float>, slack: Tensor<Double>? = nil, worst: Int? = nil) {
        self.inputs = inputs
        shape = output.shape
        let sampling = Sampling.sample(atLeast: Self.leastElements).limited(inputs: inputs.count)
        positions = Set(sampling.positions(of: shape, seed: 1) + (worst.map { [$0] } ?? [])).sorted()
        expected = positions.map { output.scalars[$0] }
        self.slack = positions.map { slack?.scalars[$0] ?? 0 }
    }

    /// What a node gives on seeded noise, computed for these positions alone.
    init(_ node: Node, weights: [String: Weight], inputs: [Tensor<Float>], seed: UInt64) throws(ModelError) {
        self.inputs = inputs
        let shapes = weights.mapValues { WeightShapes.Entry(shape: $0.source.shape, layout: $0.layout) }
        let output = try node.operation.definition.outputShape(inputs.map { Shape(known: $0.shape) }, WeightShapes(shapes))
        shape = output.sizes.compactMap(\.self)
        let sampling = Sampling.sample(atLeast: Self.leastElements).limited(inputs: inputs.count)
        positions = shape.count == output.rank ? sampling.positions(of: shape, seed: seed) : []
        var values = [Float](repeating: 0, count: positions.count)
        try Self.evaluate(node, weights, inputs, shape, positions) { index, element in values[index] = element.value }
        expected = values
        slack = values.map { _ in 0 }
    }

    /// The largest ratio of a difference to its bound; infinity for another shape.
    func rho(_ node: Node, weights: [String: Weight]) throws(ModelError) -> Double {
        var tally = Tally()
        let fits = try Self.evaluate(node, weights, inputs, shape, positions) { index, element in
            tally.add("recorded", expected[index], element.exact, element.bound + slack[index], at: positions[index])
        }
        return fits ? tally.rho : .infinity
    }

    /// The order of output channels in which the node would give what was recorded; `nil` where there is none, or it is the one that it has.
    static func channelOrder(
        _ node: Node, weights: [String: Weight], inputs: [Tensor<Float>], recorded: Tensor<Float>
    ) throws(ModelError) -> ChannelOrder? {
        guard weights["kernel"] != nil, let channels = recorded.shape.last, channels <= 1 << 12 else { return nil }
        let rows = recorded.scalars.count / max(channels, 1)
        let chosen = Set([0, rows / 3, rows / 2, rows - 1]).sorted()
        let positions = chosen.flatMap { row in (0..<channels).map { row * channels + $0 } }
        var elements: [Element?] = positions.map { _ in nil }
        guard try evaluate(node, weights, inputs, recorded.shape, positions, { elements[$0] = $1 }) else { return nil }
        func fits(_ channel: Int, _ origin: Int) -> Bool {
            chosen.indices.allSatisfy { row in
                guard let element = elements[row * channels + channel] else { return false }
                return abs(Double(recorded.scalars[chosen[row] * channels + origin]) - element.exact) <= element.bound
            }
        }
        var free = Set(0..<channels)
        var order: [Int] = []
        for channel in 0..<channels {
            guard let origin = free.contains(channel) && fits(channel, channel) ? channel : free.sorted().first(where: { fits(channel, $0) }) else {
                return nil
            }
            free.remove(origin)
            order.append(origin)
        }
        return ChannelOrder(order)
    }

    /// What is left where no attribute and no order of weights explains the difference: a constant in each channel.
    func residual(_ node: Node, weights: [String: Weight]) throws(ModelError) -> (mistake: Mistake, finding: String)? {
        guard let channels = shape.last, weights["kernel"] != nil, expected.count >= 2 * channels else { return nil }
        // A constant of a channel lies within the bound around each of its differences.
        var lower = [Double](repeating: -.infinity, count: channels)
        var upper = [Double](repeating: .infinity, count: channels)
        var fits = true
        let evaluates = try Self.evaluate(node, weights, inputs, shape, positions) { index, element in
            let channel = positions[index] % channels
            let (difference, bound) = (Double(expected[index]) - element.exact, element.bound + slack[index])
            lower[channel] = max(lower[channel], difference - bound)
            upper[channel] = min(upper[channel], difference + bound)
            fits = fits && difference.isFinite
        }
        guard evaluates, fits, zip(lower, upper).allSatisfy({ $0 <= $1 }) else { return nil }
        let finding = "what was recorded is what it gives and a constant for each channel: its bias is missing, or another"
        return (.biasMissing, finding)
    }

    private struct Element {
        let value: Float
        let exact: Double
        let bound: Double
    }

    /// - Returns: whether the node makes an output of this shape.
    @discardableResult private static func evaluate(
        _ node: Node, _ weights: [String: Weight], _ inputs: [Tensor<Float>], _ shape: [Int], _ positions: [Int], _ visit: (Int, Element) -> Void
    ) throws(ModelError) -> Bool {
        var node = node
        node.weights = Dictionary(uniqueKeysWithValues: weights.keys.map { ($0, $0) })
        let graph = Graph(name: "", nodes: [node], weights: weights)
        let slices = graph.slices(of: node, rankOfInput: inputs.first?.shape.count ?? 0, limit: partLimit)
        let wide = inputs.mapScalars { Double($0) }
        for part in slices.parts {
            let loaded = try ReferenceWeight.load(part.weights)
            let members = positions.indices.compactMap { index in slices.position(positions[index], in: part, of: shape).map { (index, $0) } }
            let exact = try Reference.evaluation(of: node.operation, inputs: wide, weights: loaded)
            guard exact.shape == slices.shape(of: part, in: shape) else { return false }
            let value = try Reference.evaluation(of: node.operation, inputs: inputs, weights: loaded)
            let bound = try ErrorBound.of(node.operation, inputs: wide, weights: loaded)
            for (index, position) in members {
                let y = exact.element(position)
                visit(index, Element(value: value.element(position), exact: y, bound: bound.value(position, y)))
            }
        }
        return true
    }
}
