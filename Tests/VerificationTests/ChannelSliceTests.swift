import InferenceEngine
import ModelCore
import ModelGraph
import Synchronization
import Testing

@testable import Verification

/// Nodes with large weights, which are verified in parts.
@Suite struct ChannelSliceTests {
    /// A dense layer of more numbers than a part may have, and a little one after it.
    private static let graph: Graph = {
        let (inputs, outputs) = (20_000, 300)
        var random = RandomStream(seed: 3)
        let kernel = Tensor<Float>(
            shape: [inputs, outputs],
            uncheckedScalars: [Float](unsafeUninitializedCapacity: inputs * outputs) { buffer, count in
                for position in buffer.indices { buffer[position] = Float(Int32(truncatingIfNeeded: random.next())) * 0x1p-36 }
                count = buffer.count
            })
        let bias = Tensor<Float>(shape: [outputs]) { Float($0) }
        return Graph(
            name: "wide", inputs: [GraphInput(name: "x", shape: Shape(known: [1, inputs]))], outputs: [GraphOutput(name: "y", value: "z")],
            nodes: [
                Node(name: "wide", operation: .dense(Dense()), inputs: ["x"], output: "y", weights: ["kernel": "k", "bias": "b"]),
                Node(name: "relu", operation: .activation(Activation(.relu)), inputs: ["y"], output: "z"),
            ],
            weights: ["k": Weight(WeightSource(kernel), layout: .io), "b": Weight(WeightSource(bias), layout: .vector)])
    }()

    private static func values(keepsWeights: Bool) throws -> [String: Tensor<Float>] {
        var options = InferenceOptions(threads: 2)
        options.keepsWeights = keepsWeights
        var values: [String: Tensor<Float>] = [:]
        _ = try InferencePlan(graph, options: options).run(try TrialInput.make(for: graph, seed: 1)) { values[$0] = $1 }
        return values
    }

    @Test func aPlanThatKeepsNoWeightsGivesTheSameBits() throws {
        #expect(try Self.values(keepsWeights: false) == Self.values(keepsWeights: true))
    }

    @Test func anElementOfEveryPartIsHeldToItsBound() throws {
        let values = try Self.values(keepsWeights: true)
        let (input, output) = (try #require(values["x"]), try #require(values["y"]))
        let check = NodeCheck(Self.graph.nodes[0], of: Self.graph, inputs: [input])
        let good = try check.report(on: output, sampling: .sample(atLeast: 16), seed: 1)
        #expect(good.verdict == .rounding || good.verdict == .identical)
        #expect(good.checked == 300)
        for channel in [191, 192] {
            var bad = output
            bad[position: channel] += 5
            let report = try check.report(on: bad, sampling: .sample(atLeast: 16), seed: 1)
            #expect(report.verdict == .different)
            #expect(report.worst?.index == [0, channel])
        }
    }

    @Test(arguments: [
        (Operator.dense(Dense()), ["kernel": [1000, 50], "bias": [50]], KernelLayout.io, 2),
        (.dense(Dense()), ["kernel": [50, 1000]], .oi, 3),
        (
            .convolution(Convolution(layout: .nchw, strides: [1, 1], dilations: [1, 1], groups: 1, padding: .same)), ["kernel": [50, 40, 5, 5]],
            .oihw, 4
        ),
        (.locallyConnected(LocallyConnected(layout: .nwc, window: [2], strides: [1])), ["kernel": [100, 10, 50], "bias": [100, 50]], .other, 3),
        (.embedding(Embedding()), ["table": [1000, 50]], .other, 2),
    ]) func partsCoverTheOutputOnce(_ operation: Operator, _ shapes: [String: [Int]], _ layout: KernelLayout, _ rank: Int) {
        let weights = shapes.mapValues { Weight(WeightSource(Tensor(repeating: 0, shape: $0)), layout: $0.count > 1 ? layout : .vector) }
        let names = Dictionary(uniqueKeysWithValues: shapes.keys.map { ($0, $0) })
        let node = Node(name: "n", operation: operation, inputs: ["x"], output: "y", weights: names)
        let slices = Graph(name: "g", weights: weights).slices(of: node, rankOfInput: rank, limit: 9000)
        #expect(slices.parts.count >= 6)
        #expect(slices.parts.flatMap(\.channels) == Array(0..<50))
        for part in slices.parts {
            #expect(part.weights.values.reduce(0) { $0 + $1.source.count } <= 9000)
            #expect(part.weights.keys.sorted() == shapes.keys.sorted())
        }
    }

    @Test func groupsAndSmallWeightsStayTogether() {
        let weights = ["kernel": Weight(WeightSource(Tensor(repeating: 0, shape: [3, 3, 8, 64])), layout: .hwio)]
        for (groups, limit) in [(1, 5000), (8, 100)] {
            let operation = Convolution(layout: .nhwc, strides: [1, 1], dilations: [1, 1], groups: groups, padding: .same)
            let node = Node(name: "n", operation: operation.erased, inputs: ["x"], output: "y", weights: ["kernel": "kernel"])
            #expect(Graph(name: "g", weights: weights).slices(of: node, rankOfInput: 4, limit: limit).parts.count == 1)
        }
    }

    /// A kernel of zeros, and how its numbers are asked for.
    private static func zeros(_ shape: [Int], _ requests: Requests) -> WeightSource {
        let zeros = [UInt8](repeating: 0, count: 1 << 20)
        return WeightSource(dtype: .float32, shape: shape, origin: "counted", readsAnywhere: true) { elements, consumer throws(ModelError) in
            requests.note(elements.count)
            var rest = elements.count * 4
            while rest > 0 {
                try zeros.withUnsafeBufferPointer { buffer throws(ModelError) in
                    try consumer(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer).prefix(rest)))
                }
                rest -= min(rest, zeros.count)
            }
        }
    }

    private static func network(_ kernel: WeightSource, _ layout: KernelLayout, inputs: Int) -> Graph {
        Graph(
            name: "g", inputs: [GraphInput(name: "x", shape: Shape(known: [1, inputs]))], outputs: [GraphOutput(name: "y", value: "y")],
            nodes: [Node(name: "d", operation: .dense(Dense()), inputs: ["x"], output: "y", weights: ["kernel": "k"])],
            weights: ["k": Weight(kernel, layout: layout)])
    }

    /// Whoever verifies a large weight whose outputs lie together never asks for much of it at once.
    @Test func noLargeWeightIsReadWhole() throws {
        let (inputs, outputs) = (9_000, 512)
        let requests = Requests()
        let graph = Self.network(Self.zeros([outputs, inputs], requests), .oi, inputs: inputs)
        #expect(try GraphVerification.verify(graph, threads: 2).verdict == .identical)
        #expect(requests.greatest <= NodeCheck.partLimit)
        #expect(requests.sum == 2 * inputs * outputs)
    }

    /// One whose inputs lie together is streamed from first to last: once to run it, once to check it and to try its fingerprint.
    @Test func aDenseKernelIsStreamedTwice() throws {
        let (inputs, outputs) = (9_000, 512)
        let requests = Requests()
        let graph = Self.network(Self.zeros([inputs, outputs], requests), .io, inputs: inputs)
        let report = try GraphVerification.verify(graph, threads: 2, fingerprints: try FingerprintTrial(graph, seed: 1))
        #expect(report.verdict == .identical)
        #expect(report.fingerprints["d"]?.projection == 0)
        #expect(requests.count == 2)
        #expect(requests.sum == 2 * inputs * outputs)
    }

    private final class Requests: Sendable {
        private let state = Mutex<[Int]>([])
        var count: Int { state.withLock { $0.count } }
        var sum: Int { state.withLock { $0.reduce(0, +) } }
        var greatest: Int { state.withLock { $0.max() ?? 0 } }
        func note(_ count: Int) { state.withLock { $0.append(count) } }
    }
}
