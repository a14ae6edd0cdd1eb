package import ModelCore

/// A convolution whose kernel is another one at every place (Keras 2 LocallyConnected1D and 2D), without padding.
///
/// - `kernel` `[places, window..., C, O]` flattened to `[places, window * C, O]`: places in row-major order of the output, the rows of one place in the
///   order window, channel.
/// - `bias` `[output sizes..., O]`.
package struct LocallyConnected: OperatorDefinition {
    package static let name = "locally_connected"
    package static let weightRoles: [WeightRole] = [.required("kernel"), .optional("bias")]

    package var layout: DataLayout
    package var window: [Int]
    package var strides: [Int]

    package init(layout: DataLayout, window: [Int], strides: [Int]) {
        self.layout = layout
        self.window = window
        self.strides = strides
    }

    package init(from attributes: inout AttributeReader) throws(ModelError) {
        layout = try attributes.choice("layout", as: DataLayout.self)
        window = try attributes.integers("window")
        strides = try attributes.integers("strides")
    }

    package func encode(into attributes: inout AttributeList) {
        attributes.append("layout", .string(layout.rawValue))
        attributes.append("window", .integers(window))
        attributes.append("strides", .integers(strides))
    }

    package func outputShape(_ inputs: [Shape], _ weights: WeightShapes) throws(ModelError) -> Shape {
        let input = inputs[0]
        try require(input, layout: layout)
        guard layout.isChannelsLast else { throw attributeError("layout \(layout.rawValue) has channels first") }
        try require("window", window, count: layout.spatialRank, atLeast: 1)
        try require("strides", strides, count: layout.spatialRank, atLeast: 1)
        guard let kernel = weights["kernel"]?.shape, kernel.count == 3 else { throw weightError("the kernel must have 3 axes") }
        let windows = zip(window, strides).map { Window(size: $0, stride: $1) }
        var output = try slide(windows, .valid, over: input, layout: layout)
        let places = layout.spatialAxes.compactMap { output[$0] }
        guard places.count == layout.spatialRank, let channels = input[layout.channelAxis] else {
            throw shapeError("input \(input) has unknown sizes, and every place has a kernel of its own")
        }
        guard kernel[0] == places.checkedProduct, kernel[1] == (window + [channels]).checkedProduct else {
            throw weightError("kernel \(kernel) does not fit windows of \(window) over the input \(input)")
        }
        output[layout.channelAxis] = kernel[2]
        if let bias = weights["bias"]?.shape, bias != places + [kernel[2]] {
            throw weightError("bias has shape \(bias), the output \(output) needs \(places + [kernel[2]])")
        }
        return output
    }

    package func multiplyAdds(_ inputs: [Shape], _ weights: WeightShapes) -> Int { weights["kernel"]?.shape[1] ?? 0 }
    package func reach(_ input: Shape, _ weights: WeightShapes) -> Reach { .windows(extent: window, stride: strides) }

    package var erased: Operator { .locallyConnected(self) }
}
