import Dispatch
import ModelCore
import ModelGraph
import ReferenceEngine
import Synchronization
import Testing

@testable import InferenceEngine

@Suite struct InferencePlanTests {
    /// A residual block: values with several readers, results written over their input, and an output that others read.
    private let block: Graph = {
        var numbers = WholeNumbers(seed: 4)
        let convolution = Operator.convolution(Convolution(layout: .nhwc, strides: [1, 1], dilations: [1, 1], groups: 1, padding: .same))
        return Graph(
            name: "block", inputs: [GraphInput(name: "x", shape: [nil, nil, nil, 3], layout: .nhwc)],
            outputs: [GraphOutput(name: "sum", value: "d"), GraphOutput(name: "given", value: "x"), GraphOutput(name: "flat", value: "g")],
            nodes: [
                Node(name: "conv", operation: convolution, inputs: ["x"], output: "a", weights: ["kernel": "k"]),
                Node(name: "relu", operation: .activation(Activation(.relu)), inputs: ["a"], output: "b"),
                Node(name: "same", operation: .identity(Identity()), inputs: ["b"], output: "c"),
                Node(name: "add", operation: .merge(Merge(.add)), inputs: ["c", "x"], output: "d"),
                Node(name: "relu 2", operation: .activation(Activation(.relu)), inputs: ["d"], output: "e"),
                Node(name: "twice", operation: .merge(Merge(.multiply)), inputs: ["e", "e"], output: "f"),
                Node(name: "unread", operation: .activation(Activation(.relu)), inputs: ["f"], output: "h"),
                Node(
                    name: "pool", operation: .globalPooling(GlobalPooling(kind: .maximum, layout: .nhwc, keepsAxes: false)), inputs: ["f"],
                    output: "g"),
            ],
            weights: ["k": Weight(WeightSource(numbers.tensor([3, 3, 3, 3])), layout: .hwio)])
    }()

    private func input(_ shape: [Int], seed: Int = 1) -> Tensor<Float> {
        var numbers = WholeNumbers(seed: seed)
        return numbers.tensor(shape)
    }

    @Test func everyValueIsThatOfTheReference() throws {
        let plan = try InferencePlan(block, options: InferenceOptions(threads: 2))
        for shape in [[1, 4, 5, 3], [2, 40, 50, 3], [1, 4, 5, 3], [1, 1, 1, 3]] {
            let inputs = ["x": input(shape)]
            var expected: [String] = []
            var values: [String: Tensor<Float>] = [:]
            let outputs = try Reference.run(block, inputs: inputs) { name, value throws(ModelError) in
                expected.append(name)
                values[name] = value
            }
            var names: [String] = []
            let observed = try plan.run(inputs) { name, value throws(ModelError) in
                names.append(name)
                #expect(value == values[name], "\(name)")
            }
            #expect(names == expected)
            #expect(observed == outputs)
            #expect(try plan.run(inputs) == outputs)
        }
    }

    @Test func onePlanRunsOnSeveralThreadsAtOnce() throws {
        let plan = try InferencePlan(block, options: InferenceOptions(threads: 2))
        let inputs = (0..<8).map { input([1, 4 + $0 % 3, 30, 3], seed: $0) }
        let expected = try inputs.map { try Reference.run(block, inputs: ["x": $0]) }
        let right = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: 32) { index in
            if (try? plan.run(["x": inputs[index % 8]])) == expected[index % 8] { right.wrappingAdd(1, ordering: .relaxed) }
        }
        #expect(right.load(ordering: .relaxed) == 32)
    }

    @Test func theObserverCanStopTheRun() throws {
        let stop = ModelError(Problem("test.stop", "enough"))
        let plan = try InferencePlan(block)
        #expect(throws: stop) {
            try plan.run(["x": input([1, 2, 2, 3])]) { name, _ throws(ModelError) in
                if name == "b" { throw stop }
            }
        }
    }

    private func problems(_ body: () throws -> Void) -> [String] {
        do {
            try body()
            return []
        } catch let error as ModelError {
            return error.problems.map { "\($0.code): \($0.message)" }
        } catch {
            return ["\(error)"]
        }
    }

    @Test func wrongInputsAreNamed() throws {
        let plan = try InferencePlan(block)
        #expect(
            problems { _ = try plan.run(["y": input([1])]) } == [
                "run.input: the network has no input 'y', its inputs are 'x'",
                "run.input: input 'x' is missing",
            ])
        for shape in [[1, 4, 5, 4], [4, 5, 3], [0, 4, 5, 3]] {
            #expect(
                problems { _ = try plan.run(["x": Tensor(repeating: 0, shape: shape)]) } == [
                    "run.input: input 'x' has shape \(shape), the network needs [?, ?, ?, 3]"
                ])
        }
    }

    @Test func tooMuchMemoryIsRefused() throws {
        #expect(
            problems { _ = try InferencePlan(block, options: InferenceOptions(memoryLimit: 100)) } == [
                "run.too-large: the weights need 324 bytes, the limit is 100"
            ])
        let plan = try InferencePlan(block, options: InferenceOptions(memoryLimit: 10_000))
        #expect(
            problems { _ = try plan.run(["x": input([1, 20, 20, 3])]) } == [
                "run.too-large: the activations need 19200 bytes at one time, the limit is 10000"
            ])
        _ = try plan.run(["x": input([1, 1, 1, 3])])
    }

    @Test func aHugeActivationIsRefusedBeforeAnyWork() throws {
        let size = 1 << 19
        let pad = Operator.pad(Pad(before: [0, size, size, 0], after: [0, 0, 0, 0]))
        let plan = try InferencePlan(graph(pad, inputs: [[1, 1, 1, 1]]), options: InferenceOptions(threads: 1, memoryLimit: 1 << 32))
        let messages = problems { _ = try plan.run(["x0": input([1, 1, 1, 1])]) }
        #expect(messages == ["run.too-large: the activations need \(4 * (size + 1) * (size + 1) + 4) bytes at one time, the limit is 4294967296"])
    }

    @Test func aWeightOfTheWrongLengthIsRefused() throws {
        for given in [0, 5, 7] {
            let source = WeightSource(dtype: .float32, shape: [2, 3], origin: "/kernel") { consumer throws(ModelError) in
                var failure: ModelError?
                [UInt8](repeating: 0, count: 4 * given).withUnsafeBytes { bytes in
                    do throws(ModelError) { try consumer(bytes) } catch { failure = error }
                }
                if let failure { throw failure }
            }
            var graph = graph(.dense(Dense()), inputs: [[1, 2]])
            graph.nodes[0].weights = ["kernel": "k"]
            graph.weights = ["k": Weight(source, layout: .io)]
            #expect(problems { _ = try InferencePlan(graph) } == ["weight.length: /kernel gave \(given) elements, its shape is [2, 3]"])
        }
    }

    @Test func threadsAreOneTo256() throws {
        #expect(InferenceOptions(threads: -3).threads == 1)
        #expect(InferenceOptions(threads: .max).threads == 256)
        var options = InferenceOptions(threads: 2)
        options.threads = 0
        #expect(options.threads == 1)
        #expect(try InferencePlan(block, options: InferenceOptions(threads: 3)).threads == 3)
        #expect(try InferencePlan(block).threads >= 1)
    }
}
