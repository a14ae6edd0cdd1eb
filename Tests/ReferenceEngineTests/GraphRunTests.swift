import ModelCore
import ModelGraph
import ReferenceEngine
import Testing

@Suite struct GraphRunTests {
    /// x -> double -> sum(x, double) -> relu, with one output that is the input.
    private func graph() throws -> Graph {
        let kernel = Weight(WeightSource(try tensor([1, 1], [2])), layout: .io)
        return Graph(
            name: "test", inputs: [GraphInput(name: "x", shape: [nil, 1])],
            outputs: [GraphOutput(name: "rectified", value: "r"), GraphOutput(name: "echo", value: "x")],
            nodes: [
                Node(name: "twice", operation: Dense().erased, inputs: ["x"], output: "d", weights: ["kernel": "k"]),
                Node(name: "sum", operation: Merge(.add).erased, inputs: ["x", "d"], output: "s"),
                Node(name: "unused", operation: Identity().erased, inputs: ["s"], output: "u"),
                Node(name: "rectifier", operation: Activation(.relu).erased, inputs: ["s"], output: "r"),
            ], weights: ["k": kernel])
    }

    private func problems(_ inputs: [String: Tensor<Float>]) throws -> [Problem] {
        let graph = try graph()
        do throws(ModelError) {
            _ = try Reference.run(graph, inputs: inputs)
            return []
        } catch {
            return error.problems
        }
    }

    @Test func outputsByName() throws {
        let outputs = try Reference.run(graph(), inputs: ["x": tensor([2, 1], [1, -1])])
        #expect(try outputs == ["rectified": tensor([2, 1], [3, 0]), "echo": tensor([2, 1], [1, -1])])
        let wide = try Reference.run(graph(), inputs: ["x": tensor([1, 1], [1]).map(Double.init)])
        #expect(wide["rectified"]?.scalars == [3])
    }

    @Test func everyValueIsSeenAsItIsMade() throws {
        var seen: [String] = []
        var values: [Float] = []
        _ = try Reference.run(graph(), inputs: ["x": tensor([1, 1], [1])], threads: 2) { name, tensor throws(ModelError) in
            seen.append(name)
            values += tensor.scalars
        }
        #expect(seen == ["x", "d", "s", "u", "r"])
        #expect(values == [1, 2, 3, 3, 3])
    }

    @Test func theObserverCanStopTheRun() throws {
        let graph = try graph()
        let input = try tensor([1, 1], [1])
        #expect(throws: ModelError(Problem("test.stop", "enough"))) {
            _ = try Reference.run(graph, inputs: ["x": input]) { (_, _) throws(ModelError) in throw ModelError(Problem("test.stop", "enough")) }
        }
    }

    @Test func inputsThatDoNotFit() throws {
        #expect(try problems([:]).map(\.message) == ["input 'x' is missing"])
        #expect(
            try problems(["y": tensor([1, 1], [1]), "x": tensor([1, 2], [1, 2])]).map(\.message)
                == ["the network has no input 'y'", "input 'x' has shape [1, 2], the network needs [?, 1]"])
        #expect(try problems(["x": tensor([0, 1], [])]).map(\.code) == ["graph.too-large"])
    }

    @Test func aWeightPastAllMemoryIsNotRead() throws {
        var graph = try graph()
        graph.nodes = [graph.nodes[0]]
        graph.outputs = [GraphOutput(name: "d", value: "d")]
        graph.inputs[0].shape = [1, 1 << 20]
        graph.weights["k"] = Weight(WeightSource(dtype: .float32, shape: [1 << 20, 1 << 20], origin: "k") { _ throws(ModelError) in }, layout: .io)
        let huge = graph
        do throws(ModelError) {
            _ = try Reference.run(huge, inputs: ["x": Tensor<Float>(repeating: 0, shape: [1, 1 << 20])])
            Issue.record("a weight of 2^40 elements was read")
        } catch {
            #expect(error.problems.map(\.code) == ["run.too-large"])
        }
    }

    @Test func problemsNameTheNode() throws {
        var graph = try graph()
        graph.weights["k"] = Weight(
            WeightSource(dtype: .float32, shape: [1, 1], origin: "k") { _ throws(ModelError) in throw ModelError(Problem("test.read", "no")) },
            layout: .io)
        let input = try tensor([1, 1], [1])
        #expect(throws: ModelError(Problem("test.read", "no", at: Location(node: "twice")))) {
            _ = try Reference.run(graph, inputs: ["x": input])
        }
    }
}
