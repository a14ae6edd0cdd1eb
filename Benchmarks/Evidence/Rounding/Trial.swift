import ModelCore
import ModelGraph
import ReferenceEngine
import Verification

/// An operator with inputs and weights, and what some admissible execution makes of them.
struct Execution {
    let operation: Operator
    var inputs: [Tensor<Float>]
    var weights: [String: Weight] = [:]
    var output: Tensor<Float>

    /// What a verification says of it.
    func report() throws(ModelError) -> NodeReport {
        let names = inputs.indices.map { "x\($0)" }
        let node = Node(
            name: "node", operation: operation, inputs: names, output: "y",
            weights: Dictionary(uniqueKeysWithValues: weights.keys.map { ($0, $0) }))
        let graph = Graph(
            name: "trial", inputs: zip(names, inputs).map { GraphInput(name: $0, shape: Shape(known: $1.shape)) },
            outputs: [GraphOutput(name: "y", value: "y")], nodes: [node], weights: weights)
        return try NodeCheck(node, of: graph, inputs: inputs).report(on: output, sampling: .all, seed: 1)
    }
}

/// One execution of one operator, the same for the same seed and number.
struct RoundingTrial {
    var numbers: Numbers
    var arithmetic: Arithmetic

    init(seed: UInt64, number: Int) {
        let stream = RandomStream(seed: seed, trial: number)
        numbers = Numbers(random: stream)
        arithmetic = Arithmetic(RandomStream(seed: numbers.random.next()))
        numbers.random = RandomStream(seed: numbers.random.next())
    }

    mutating func vector(_ count: Int) -> Tensor<Float> { numbers.array([count]) }

    /// The shape of the output, as the operator itself gives it; `nil` for attributes that do not fit.
    func shape(_ operation: Operator, _ inputs: [Tensor<Float>], _ weights: [String: Weight] = [:]) -> [Int]? {
        let shapes = WeightShapes(weights.mapValues { .init(shape: $0.source.shape, layout: $0.layout) })
        return (try? operation.definition.outputShape(inputs.map { Shape(known: $0.shape) }, shapes))?.known
    }

    /// An execution that treats each element of its first input by itself.
    mutating func elementwise(
        _ operation: Operator, _ input: Tensor<Float>, weights: [String: Weight] = [:],
        _ element: (inout Arithmetic, _ position: Int, _ x: Float) -> Float
    ) -> Execution {
        var scalars: [Float] = []
        for (position, x) in input.scalars.enumerated() { scalars.append(element(&arithmetic, position, x)) }
        return Execution(
            operation: operation, inputs: [input], weights: weights, output: Tensor(shape: input.shape, filledWith: scalars))
    }
}

extension Weight {
    init(_ tensor: Tensor<Float>, _ layout: KernelLayout = .vector) { self.init(WeightSource(tensor), layout: layout) }
}

/// All indices of an array of these sizes, row-major.
func indices(of sizes: [Int]) -> [[Int]] {
    let strides = RowMajor.strides(sizes)
    return (0..<sizes.reduce(1, *)).map { position in sizes.indices.map { position / strides[$0] % sizes[$0] } }
}

/// The row-major position of an index.
func position(_ index: [Int], in shape: [Int]) -> Int {
    var position = 0
    for (size, step) in zip(shape, index) { position = position * size + step }
    return position
}
