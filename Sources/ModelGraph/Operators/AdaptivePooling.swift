package import ModelCore

/// As many windows along each spatial axis as the output is to have elements, each reduced to one element per channel.
///
/// Of `n` elements and `m` windows, window `i` covers those from `floor(i n / m)` to before `ceil((i + 1) n / m)`: windows may overlap and differ in
/// size by one. Keras and PyTorch AdaptiveMaxPooling and AdaptiveAveragePooling (Keras since 3.13); ONNX has none.
package struct AdaptivePooling: OperatorDefinition {
    package static let name = "adaptive_pooling"

    package var kind: PoolingKind
    package var layout: DataLayout
    /// The output's size along each spatial axis.
    package var outputSize: [Int]

    package init(kind: PoolingKind, layout: DataLayout, outputSize: [Int]) {
        self.kind = kind
        self.layout = layout
        self.outputSize = outputSize
    }

    package init(from attributes: inout AttributeReader) throws(ModelError) {
        kind = try attributes.choice("kind", as: PoolingKind.self)
        layout = try attributes.choice("layout", as: DataLayout.self)
        outputSize = try attributes.integers("output_size")
    }

    package func encode(into attributes: inout AttributeList) {
        attributes.append("kind", .string(kind.rawValue))
        attributes.append("layout", .string(layout.rawValue))
        attributes.append("output_size", .integers(outputSize))
    }

    package func outputShape(_ inputs: [Shape], _ weights: WeightShapes) throws(ModelError) -> Shape {
        try require(inputs[0], layout: layout)
        try require("output_size", outputSize, count: layout.spatialRank, atLeast: 1)
        guard outputSize.allSatisfy({ $0 <= GraphLimits.size }) else { throw attributeError("output_size \(outputSize) is too large") }
        var output = inputs[0]
        for (axis, size) in zip(layout.spatialAxes, outputSize) { output[axis] = size }
        return output
    }

    package func multiplyAdds(_ inputs: [Shape], _ weights: WeightShapes) -> Int {
        zip(layout.spatialAxes, outputSize).compactMap { axis, count in inputs[0][axis].map { Self.largestWindow(of: $0, count: count) } }
            .checkedProduct ?? 0
    }

    package func reach(_ input: Shape, _ weights: WeightShapes) -> Reach { .everything }

    package var erased: Operator { .adaptivePooling(self) }

    /// What a window covers. Sizes are at most `GraphLimits.size`, so that no product overflows.
    package static func window(_ index: Int, of size: Int, count: Int) -> Range<Int> {
        index * size / count..<((index + 1) * size + count - 1) / count
    }

    /// A bound on the elements of a window.
    package static func largestWindow(of size: Int, count: Int) -> Int { min(size, (size + count - 1) / count + 1) }
}
