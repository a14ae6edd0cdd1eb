import ModelCore
import ModelGraph
import ReferenceEngine
import Testing

/// One channel of one image, row by row, as `[1, H, W, 1]`.
func image(_ rows: [[Float]]) throws -> Tensor<Float> {
    try #require(Tensor(shape: [1, rows.count, rows[0].count, 1], scalars: rows.flatMap(\.self)))
}

/// One filter over one channel, row by row, as `[H, W, 1, 1]`.
func filter(_ rows: [[Float]]) throws -> [String: ReferenceWeight] {
    let values = try #require(Tensor(shape: [rows.count, rows[0].count, 1, 1], scalars: rows.flatMap(\.self)))
    return ["kernel": ReferenceWeight(values: values, layout: .hwio)]
}

/// The rows of a one-channel image.
func rows(_ image: Tensor<Float>) -> [[Float]] {
    let width = image.shape[2]
    return (0..<image.shape[1]).map { Array(image.scalars[$0 * width..<($0 + 1) * width]) }
}

func convolution(strides: [Int] = [1, 1], groups: Int = 1, padding: Padding = .valid) -> Convolution {
    Convolution(layout: .nhwc, strides: strides, dilations: [1, 1], groups: groups, padding: padding)
}

func evaluate(
    _ operation: any OperatorDefinition, _ inputs: Tensor<Float>..., weights: [String: ReferenceWeight] = [:]
) throws -> Tensor<Float> {
    try Reference.evaluate(operation.erased, inputs: inputs, weights: weights)
}

/// A weight of this shape whose elements follow a fixed pattern of small numbers.
func weight(_ shape: [Int], _ layout: KernelLayout) -> Weight {
    Weight(WeightSource(Tensor(shape: shape) { Float($0 * 7 % 11 - 5) / 16 }), layout: layout)
}

/// A weight of which only the shape is known, of any size.
func unreadWeight(_ shape: [Int], _ layout: KernelLayout) -> Weight {
    Weight(WeightSource(dtype: .float32, shape: shape, origin: "nowhere") { _ throws(ModelError) in }, layout: layout)
}

/// A graph without branches: each layer reads what the one before made.
func chain(_ input: Shape, _ layers: [(operation: any OperatorDefinition, weights: [String: Weight])]) -> Graph {
    var graph = Graph(name: "chain", inputs: [GraphInput(name: "v0", shape: input)])
    for (index, layer) in layers.enumerated() {
        let names = Dictionary(uniqueKeysWithValues: layer.weights.keys.map { ($0, "\(index)/\($0)") })
        for (role, weight) in layer.weights { graph.weights["\(index)/\(role)"] = weight }
        graph.nodes.append(
            Node(name: "layer\(index)", operation: layer.operation.erased, inputs: ["v\(index)"], output: "v\(index + 1)", weights: names))
    }
    graph.outputs = [GraphOutput(name: "output", value: "v\(layers.count)")]
    return graph
}
