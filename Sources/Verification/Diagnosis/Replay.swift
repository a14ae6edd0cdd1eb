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
    /// What is done to the node's output, row by row, before it is what was expected.
    private let followers: [Follower]

    private static let (leastElements, partLimit) = (256, 1 << 20)

    /// - Parameters:
    ///   - output: what is expected after the followers, all of it.
    ///   - slack: for each element, how far its inputs may have moved it.
    ///   - worst: a position that must be among those tried.
    init(inputs: [Tensor<Float>], followers: [Follower], output: Tensor<Float>, slack: Tensor<Double>?, worst: Int?) {
        self.inputs = inputs
        self.followers = followers
        shape = output.shape
        positions = Self.rows(of: shape, including: worst)
        expected = positions.map { output.scalars[$0] }
        self.slack = positions.map { slack?.scalars[$0] ?? 0 }
    }

    /// The positions of whole rows along the last axis.
    private static func rows(of shape: [Int], including position: Int?) -> [Int] {
        let channels = max(shape.last ?? 1, 1)
        let count = shape.reduce(1, *) / channels
        let wanted = max(leastElements / channels, 4)
        var random = RandomStream(seed: 1)
        var rows: Set<Int> = count <= wanted ? Set(0..<count) : Set((0..<wanted).map { _ in Int(random.next() % UInt64(count)) })
        if let position { rows.insert(position / channels) }
        return rows.sorted().flatMap { row in (0..<channels).map { row * channels + $0 } }
    }

    /// What a node gives on seeded noise, computed for these positions alone.
    init(_ node: Node, weights: [String: Weight], inputs: [Tensor<Float>], seed: UInt64) throws(ModelError) {
        self.inputs = inputs
        followers = []
        let shapes = weights.mapValues { WeightShapes.Entry(shape: $0.source.shape, layout: $0.layout) }
        let output = try node.operation.definition.outputShape(inputs.map { Shape(known: $0.shape) }, WeightShapes(shapes))
        shape = output.sizes.compactMap(\.self)
        let sampling = Sampling.sample(atLeast: Self.leastElements).limited(inputs: inputs.count)
        positions = shape.count == output.rank ? sampling.positions(of: shape, seed: seed) : []
        expected = try Self.evaluate(node, weights, inputs, shape, positions)?.map(\.reference) ?? []
        slack = positions.map { _ in 0 }
    }

    /// The largest ratio of a difference to its bound; infinity for another shape.
    /// - Parameter followers: in place of those that it has.
    func rho(_ node: Node, weights: [String: Weight], followers: [Follower]? = nil) throws(ModelError) -> Double {
        guard let elements = try Self.evaluate(node, weights, inputs, shape, positions), elements.count == expected.count else { return .infinity }
        var exact = Tensor(shape: rowShape, scalars: elements.map(\.exact))
        var bound = Tensor(shape: rowShape, scalars: elements.map(\.bound))
        for follower in followers ?? self.followers {
            guard let values = exact, let errors = bound else { return .infinity }
            (exact, bound) = try ForwardAnalysis.step(
                follower.operation, inputs: [values], errors: [errors], weights: ReferenceWeight.load(follower.weights))
        }
        guard let exact, let bound, exact.scalars.count == expected.count else { return .infinity }
        var tally = Tally()
        for index in expected.indices {
            tally.add("recorded", expected[index], exact.scalars[index], bound.scalars[index] + slack[index], at: positions[index])
        }
        return tally.rho
    }

    private var rowShape: [Int] {
        let channels = max(shape.last ?? 1, 1)
        return positions.count.isMultiple(of: channels) ? [positions.count / channels, channels] : [positions.count]
    }

    /// The order of output channels in which the node would give what was recorded; `nil` where there is none, or it is the one that it has.
    static func channelOrder(
        _ node: Node, weights: [String: Weight], inputs: [Tensor<Float>], recorded: Tensor<Float>
    ) throws(ModelError) -> ChannelOrder? {
        guard weights["kernel"] != nil, let channels = recorded.shape.last, channels <= 1 << 12 else { return nil }
        let rows = recorded.scalars.count / max(channels, 1)
        let chosen = Set([0, rows / 3, rows / 2, rows - 1]).sorted()
        let positions = chosen.flatMap { row in (0..<channels).map { row * channels + $0 } }
        guard let elements = try evaluate(node, weights, inputs, recorded.shape, positions) else { return nil }
        func fits(_ channel: Int, _ origin: Int) -> Bool {
            chosen.indices.allSatisfy { row in
                let element = elements[row * channels + channel]
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
        guard let channels = shape.last, weights["kernel"] != nil, followers.isEmpty, expected.count >= 2 * channels,
            let elements = try Self.evaluate(node, weights, inputs, shape, positions)
        else { return nil }
        // A constant of a channel lies within the bound around each of its differences.
        var lower = [Double](repeating: -.infinity, count: channels)
        var upper = [Double](repeating: .infinity, count: channels)
        var fits = true
        for (index, element) in elements.enumerated() {
            let channel = positions[index] % channels
            let (difference, bound) = (Double(expected[index]) - element.exact, element.bound + slack[index])
            lower[channel] = max(lower[channel], difference - bound)
            upper[channel] = min(upper[channel], difference + bound)
            fits = fits && difference.isFinite
        }
        guard fits, zip(lower, upper).allSatisfy({ $0 <= $1 }) else { return nil }
        let finding = "what was recorded is what it gives and a constant for each channel: its bias is missing, or another"
        return (.biasMissing, finding)
    }

    /// - Returns: an element for each position; `nil` where the node makes an output of another shape.
    private static func evaluate(
        _ node: Node, _ weights: [String: Weight], _ inputs: [Tensor<Float>], _ shape: [Int], _ positions: [Int]
    ) throws(ModelError) -> [Definition.Element]? {
        var node = node
        node.weights = Dictionary(uniqueKeysWithValues: weights.keys.map { ($0, $0) })
        let graph = Graph(name: "", nodes: [node], weights: weights)
        if let dense = StreamedDense(node, of: graph, input: inputs.first?.shape) {
            guard shape.last == dense.outputs, shape.checkedProduct == dense.outputs else { return nil }
            let elements = try dense.elements(of: inputs[0].scalars, threads: 1, eta: ErrorBound.flushingEta)
            return positions.map { elements[$0] }
        }
        let slices = graph.slices(of: node, rankOfInput: inputs.first?.shape.count ?? 0, limit: partLimit)
        var elements = [Definition.Element](repeating: (0, 0, 0), count: positions.count)
        for part in slices.parts {
            let definition = try Definition(node.operation, inputs, ReferenceWeight.load(part.weights), eta: ErrorBound.flushingEta)
            guard definition.shape == slices.shape(of: part, in: shape) else { return nil }
            for (index, whole) in positions.enumerated() {
                guard let position = slices.position(whole, in: part, of: shape) else { continue }
                elements[index] = definition.element(position)
            }
        }
        return elements
    }
}
