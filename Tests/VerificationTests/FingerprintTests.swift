import ModelCore
import ModelGraph
import ReferenceEngine
import Testing

@testable import Verification

@Suite struct FingerprintTests {
    /// FNV-1a's published values of the empty string and of "a".
    @Test func streamsBeginWithTheHashOfTheName() {
        var empty = RandomStream(seed: 0xCBF2_9CE4_8422_2325)
        var letter = RandomStream(seed: 0xAF63_DC4C_8601_EC8C &+ 5)
        let streams = (FingerprintNoise.stream("", seed: 0), FingerprintNoise.stream("a", seed: 5))
        for index in 0..<4 {
            #expect(streams.0.word(at: index) == empty.next())
            #expect(streams.1.word(at: index) == letter.next())
        }
    }

    @Test(arguments: [[], [3], [1, 7, 7, 40], [2, 100, 100, 3], [1, 300_000], [4, 4, 4, 4]], [1, 2, 100_000])
    func samplesAreDifferentAndOfEveryChannel(_ shape: [Int], _ inputCount: Int) {
        let samples = FingerprintSample.all(of: shape, inputCount: inputCount, stream: RandomStream(seed: 9))
        let (count, last) = (shape.reduce(1, *), shape.last ?? 1)
        let most = max(16, (1 << 18) / inputCount)
        #expect(Set(samples.map(\.position)).count == samples.count)
        #expect(samples.allSatisfy { (0..<count).contains($0.position) })
        #expect(samples.count <= most)
        guard last <= most else { return }
        for channel in 0..<last {
            #expect(samples.filter { $0.position % last == channel }.count >= min(4, count / last, most / last))
        }
    }

    /// Sum of signed noise, by hand for a network that does nothing.
    @Test func theProjectionOfNothingIsASumOfNoise() throws {
        var builder = GraphBuilder(name: "copy")
        builder.addInput(GraphInput(name: "x", shape: [nil, 5]))
        _ = try builder.add("y", Identity().erased, inputs: ["x"])
        builder.addOutput(GraphOutput(name: "y", value: "y"))
        let trial = try FingerprintTrial(builder.graph, seed: 3)
        let node = try #require(builder.graph.nodes.first)
        #expect(trial.shape(of: node) == [2, 5])
        var signs = FingerprintNoise.stream("y", seed: 3)
        let noise = FingerprintNoise.stream("x", seed: 3)
        var sum = 0.0
        for position in 0..<10 {
            let element = Double(Int32(truncatingIfNeeded: Int64(bitPattern: noise.word(at: position)) >> 40)) / 1_048_576
            sum += signs.next() % 2 == 1 ? -element : element
        }
        #expect(try trial.outcome(of: node, threads: 1) == FingerprintTrial.Outcome(projection: sum, bound: 0))
    }

    private func outcomes(_ graph: Graph, threads: Int = 1) throws -> [String: FingerprintTrial.Outcome] {
        let trial = try FingerprintTrial(graph, seed: 1)
        return try Dictionary(uniqueKeysWithValues: graph.nodes.map { ($0.name, try trial.outcome(of: $0, threads: threads)) })
    }

    @Test func anyNumberOfThreadsGivesTheSame() throws {
        let graph = try PlantedFaultTests.network()
        #expect(try outcomes(graph, threads: 1) == outcomes(graph, threads: 7))
        #expect(try outcomes(graph).filter { $0.value.bound > 0 }.map(\.key) == ["prob"])
    }

    /// A mistake in one layer shows in that layer, and in no other.
    @Test(arguments: PlantedFaultTests.faults) func aFaultShowsInItsLayerAlone(_ fault: PlantedFaultTests.Fault) throws {
        let graph = try PlantedFaultTests.network()
        var faulty = graph
        try fault.plant(&faulty)
        let (good, bad) = (try outcomes(graph), try outcomes(faulty))
        let different = good.filter { name, outcome in
            guard let mine = outcome.projection, let theirs = bad[name]?.projection else { return true }
            return abs(mine - theirs) > outcome.bound
        }
        #expect(different.map(\.key) == [fault.layer])
    }

    @Test func operandsThatWereSwappedShow() throws {
        func graph(_ inputs: [String]) throws -> Graph {
            var builder = GraphBuilder(name: "two")
            for name in ["a", "b"] { builder.addInput(GraphInput(name: name, shape: [nil, 3, 3, 4], layout: .nhwc)) }
            _ = try builder.add("both", Concatenate(axis: 3).erased, inputs: inputs)
            builder.addOutput(GraphOutput(name: "both", value: "both"))
            return builder.graph
        }
        #expect(try outcomes(graph(["a", "b"])) != outcomes(graph(["b", "a"])))
    }

    /// Functions that negative numbers have none of are tried on positive ones, rows of a table on whole numbers.
    @Test func everyProjectionIsANumber() throws {
        var builder = GraphBuilder(name: "domains")
        builder.addInput(GraphInput(name: "x", shape: [nil, 6]))
        builder.addWeight("table", Weight(WeightSource(Tensor<Float>(shape: [3, 2]) { Float($0) }), layout: .other))
        for (name, function) in [("root", ActivationFunction.squareRoot), ("log", .logarithm), ("power", .power(exponent: 0.3))] {
            _ = try builder.add(name, Activation(function).erased, inputs: ["x"])
        }
        _ = try builder.add("rows", Embedding().erased, inputs: ["x"], weights: ["table": "table"])
        builder.addOutput(GraphOutput(name: "rows", value: "rows"))
        #expect(try outcomes(builder.graph).allSatisfy { $0.value.projection != nil })
    }
}
