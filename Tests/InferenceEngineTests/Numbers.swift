import ModelCore
import ModelGraph
import ReferenceEngine
import Testing

@testable import InferenceEngine

/// Small whole numbers that look random but are the same in every run. Sums of their products are exact in any order.
struct WholeNumbers {
    private var state: UInt64

    init(seed: Int) { state = UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func next(_ range: ClosedRange<Int>) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return range.lowerBound + Int(state >> 33) % range.count
    }

    mutating func array(_ count: Int, _ range: ClosedRange<Int> = -3...3) -> [Float] {
        (0..<count).map { _ in Float(next(range)) }
    }

    mutating func tensor(_ shape: [Int], _ range: ClosedRange<Int> = -3...3) -> Tensor<Float> {
        Tensor(shape: shape, generating: { _ in Float(next(range)) })
    }
}

/// A graph of one node.
func graph(_ operation: Operator, inputs: [[Int]], weights: [String: (tensor: Tensor<Float>, layout: KernelLayout)] = [:]) -> Graph {
    let names = inputs.indices.map { "x\($0)" }
    return Graph(
        name: "one node",
        inputs: zip(names, inputs).map { GraphInput(name: $0, shape: Shape(known: $1)) },
        outputs: [GraphOutput(name: "result", value: "y")],
        nodes: [
            Node(
                name: "node", operation: operation, inputs: names, output: "y",
                weights: Dictionary(uniqueKeysWithValues: weights.keys.map { ($0, $0) }))
        ],
        weights: weights.mapValues { Weight(WeightSource($0.tensor), layout: $0.layout) })
}

/// Expects the bits of the reference from plans of one to three threads and of every instruction set.
func expectReference(
    _ operation: Operator, inputs shapes: [[Int]], weights: [String: (tensor: Tensor<Float>, layout: KernelLayout)] = [:], seed: Int = 1,
    range: ClosedRange<Int> = -3...3, _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    var numbers = WholeNumbers(seed: seed)
    try expectReference(operation, on: shapes.map { numbers.tensor($0, range) }, weights: weights, comment, sourceLocation: sourceLocation)
}

/// The same for given inputs.
func expectReference(
    _ operation: Operator, on tensors: [Tensor<Float>], weights: [String: (tensor: Tensor<Float>, layout: KernelLayout)],
    _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let graph = graph(operation, inputs: tensors.map(\.shape), weights: weights)
    let inputs = Dictionary(uniqueKeysWithValues: zip(graph.inputs.map(\.name), tensors))
    let constants = weights.mapValues { ReferenceWeight(values: $0.tensor, layout: $0.layout) }
    let expected = try Reference.evaluate(operation, inputs: tensors, weights: constants)
    for (kernels, threads) in zip(Kernels.all + [.best, .best], [1, 2, 1, 2, 3]) {
        var options = InferenceOptions(threads: threads)
        options.kernels = kernels
        let result = try InferencePlan(graph, options: options).run(inputs)["result"]
        #expect(result?.shape == expected.shape, comment, sourceLocation: sourceLocation)
        #expect(result?.scalars.map(\.bitPattern) == expected.scalars.map(\.bitPattern), comment, sourceLocation: sourceLocation)
    }
}
