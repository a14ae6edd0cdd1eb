package import ModelCore

/// Each channel reduced to one element. `[N, H, W, C]` becomes `[N, C]`, or `[N, 1, 1, C]` with `keepsAxes`.
///
/// ONNX GlobalMaxPool and GlobalAveragePool, Keras GlobalMaxPooling and GlobalAveragePooling, PyTorch's adaptive pooling to 1.
package struct GlobalPooling: OperatorDefinition {
    package static let name = "global_pooling"

    package var kind: PoolingKind
    package var layout: DataLayout
    package var keepsAxes: Bool

    package init(kind: PoolingKind, layout: DataLayout, keepsAxes: Bool) {
        self.kind = kind
        self.layout = layout
        self.keepsAxes = keepsAxes
    }

    package init(from attributes: inout AttributeReader) throws(ModelError) {
        kind = try attributes.choice("kind", as: PoolingKind.self)
        layout = try attributes.choice("layout", as: DataLayout.self)
        keepsAxes = try attributes.boolean("keeps_axes")
    }

    package func encode(into attributes: inout AttributeList) {
        attributes.append("kind", .string(kind.rawValue))
        attributes.append("layout", .string(layout.rawValue))
        attributes.append("keeps_axes", .boolean(keepsAxes))
    }

    package func outputShape(_ inputs: [Shape], _ weights: WeightShapes) throws(ModelError) -> Shape {
        let input = inputs[0]
        try require(input, layout: layout)
        guard keepsAxes else { return Shape([input[0], input[layout.channelAxis]]) }
        var output = input
        for axis in layout.spatialAxes { output[axis] = 1 }
        return output
    }

    package func multiplyAdds(_ inputs: [Shape], _ weights: WeightShapes) -> Int {
        layout.spatialAxes.compactMap { inputs[0][$0] }.checkedProduct ?? 0
    }

    package func reach(_ input: Shape, _ weights: WeightShapes) -> Reach { .everything }

    package var erased: Operator { .globalPooling(self) }
}
