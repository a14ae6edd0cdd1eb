import ModelCore
import ModelGraph
import ReferenceEngine
import Testing

@testable import Verification

/// Runs that somebody else made.
@Suite struct RecordedRunTests {
    private static func verdict(_ operation: Operator, _ input: [Float], recorded: [Float], weights: [String: Weight] = [:]) throws -> Verdict {
        let graph = Graph(
            name: "g", inputs: [GraphInput(name: "x", shape: Shape(known: [1, input.count]))], outputs: [GraphOutput(name: "y", value: "y")],
            nodes: [
                Node(
                    name: "y", operation: operation, inputs: ["x"], output: "y",
                    weights: Dictionary(uniqueKeysWithValues: weights.keys.map { ($0, $0) }))
            ], weights: weights)
        let inputs = ["x": try #require(Tensor(shape: [1, input.count], scalars: input))]
        let trace = ["y": try #require(Tensor(shape: [1, recorded.count], scalars: recorded))]
        let reports = try ForwardAnalysis.certify(graph, inputs: inputs, trace: trace, isLocal: true)
        return try #require(reports.first).verdict
    }

    /// What oneDNN makes of an exponential just below 2^-125, whose half is subnormal.
    @Test func aSoftmaxMayBeZeroWhereHalfOfItIsSubnormal() throws {
        let inputs: [Float] = [0, -86.65]
        let exact = try Reference.evaluate(
            Softmax(axes: [1]).erased, inputs: [try #require(Tensor(shape: [1, 2], scalars: inputs.map(Double.init)))], weights: [:]
        ).scalars[1]
        #expect(exact > 0x1p-126 && exact < 0x1p-125)
        #expect(try Self.verdict(Softmax(axes: [1]).erased, inputs, recorded: [1, 0]) == .rounding)
        // Twice as much is no exponential that a library takes for 0.
        #expect(try Self.verdict(Softmax(axes: [1]).erased, [0, -85.9], recorded: [1, 0]) == .different)
    }

    /// TensorFlow takes subnormal results for 0. Our engine does not.
    @Test func subnormalResultsMayBeZero() throws {
        let kernel = Weight(WeightSource(Tensor(repeating: 0x1p-70, shape: [1, 1])), layout: .io)
        #expect(try Self.verdict(Dense().erased, [0x1p-60], recorded: [0], weights: ["kernel": kernel]) == .rounding)
        #expect(try Self.verdict(Dense().erased, [0x1p-50], recorded: [0], weights: ["kernel": kernel]) == .different)
        let graph = Graph(name: "g", weights: ["kernel": kernel])
        let node = Node(name: "y", operation: Dense().erased, inputs: ["x"], output: "y", weights: ["kernel": "kernel"])
        let check = NodeCheck(node, of: graph, inputs: [Tensor(repeating: 0x1p-60, shape: [1, 1])])
        #expect(try check.report(on: Tensor(repeating: 0, shape: [1, 1]), sampling: .all, seed: 1).verdict == .different)
    }

    /// Values that were recorded and values in between that were not: both are the reference's in Float64.
    @Test(arguments: [1, 3]) func exactValuesAreThoseOfTheReference(threads: Int) throws {
        let graph = try PlantedFaultTests.network()
        let inputs = try TrialInput.make(for: graph, seed: 7)
        var trace: [String: Tensor<Float>] = [:]
        _ = try Reference.run(graph, inputs: inputs) { trace[$0] = $1 }
        for anchors in [trace, trace.filter { ["norm", "up"].contains($0.key) }, [:]] {
            var seen: [(node: Node, exact: Tensor<Double>, bound: Tensor<Double>, given: [Tensor<Double>])] = []
            try ForwardAnalysis.run(graph, inputs: inputs, anchors: anchors, threads: threads) { seen.append(($0, $1, $2, $3())) }
            #expect(seen.map(\.node.name) == graph.nodes.map(\.name))
            var values = inputs.mapValues { $0.map(Double.init) }
            for (node, exact, bound, given) in seen {
                let read = node.inputs.compactMap { values[$0] }
                #expect(given == read)
                #expect(try exact == Reference.evaluate(node.operation, inputs: read, weights: graph.loadWeights(of: node)))
                #expect(bound.shape == exact.shape && bound.scalars.allSatisfy { $0 >= 0 && $0 < 1 })
                values[node.output] = anchors[node.output]?.map(Double.init) ?? exact
            }
        }
    }
}
