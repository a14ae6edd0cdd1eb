package import ModelCore

/// The gradient of a convolution with respect to its input: every input element adds its kernel, scaled, to the output.
///
/// - `kernel` in a layout whose I is what this operator reads and O what it makes (per group); `bias` `[O]`.
/// - Padding `valid` crops nothing, `same` crops so that the output is `input * stride` where `output_padding` is absent;
///   the crop before is half of the total, rounded down (TensorFlow's `conv2d_transpose`). Explicit padding crops these amounts (PyTorch, ONNX).
/// - With `output_padding` the size is `(input - 1) * stride + extent + output_padding` for `valid` and explicit padding,
///   less the crop, and `(input - 1) * stride + extent % 2 + output_padding` for `same`.
///
/// Keras Conv1DTranspose to Conv3DTranspose, PyTorch ConvTranspose1d to 3d, ONNX ConvTranspose.
package struct TransposedConvolution: OperatorDefinition {
    package static let name = "transposed_convolution"
    package static let weightRoles: [WeightRole] = [.required("kernel"), .optional("bias")]

    package var layout: DataLayout
    package var strides: [Int]
    package var dilations: [Int]
    package var groups: Int
    package var padding: Padding
    /// Extra elements after each spatial axis; empty where the source framework was not told.
    package var outputPadding: [Int]

    package init(layout: DataLayout, strides: [Int], dilations: [Int], groups: Int, padding: Padding, outputPadding: [Int]) {
        self.layout = layout
        self.strides = strides
        self.dilations = dilations
        self.groups = groups
        self.padding = padding
        self.outputPadding = outputPadding
    }

    package init(from attributes: inout AttributeReader) throws(ModelError) {
        layout = try attributes.choice("layout", as: DataLayout.self)
        strides = try attributes.integers("strides")
        dilations = try attributes.integers("dilations")
        groups = try attributes.integer("groups")
        padding = try attributes.padding()
        outputPadding = try attributes.integers("output_padding")
    }

    package func encode(into attributes: inout AttributeList) {
        attributes.append("layout", .string(layout.rawValue))
        attributes.append("strides", .integers(strides))
        attributes.append("dilations", .integers(dilations))
        attributes.append("groups", .integer(groups))
        attributes.append(padding)
        attributes.append("output_padding", .integers(outputPadding))
    }

    package func outputShape(_ inputs: [Shape], _ weights: WeightShapes) throws(ModelError) -> Shape {
        let input = inputs[0]
        try require(input, layout: layout)
        try require("strides", strides, count: layout.spatialRank, atLeast: 1)
        try require("dilations", dilations, count: layout.spatialRank, atLeast: 1)
        try require(padding, count: layout.spatialRank)
        if padding == .causal { throw attributeError("a transposed convolution has no causal padding") }
        if case .explicit(_, _, let mode) = padding, mode != .constant {
            throw attributeError("a transposed convolution has no padding mode '\(mode.rawValue)'")
        }
        if !outputPadding.isEmpty { try require("output padding", outputPadding, count: layout.spatialRank, atLeast: 0) }
        let kernel = try KernelShape(weights, spatialRank: layout.spatialRank)
        guard groups >= 1, let outputChannels = kernel.outputChannels.multiplied(by: groups) else {
            throw attributeError("groups \(groups) must be positive")
        }
        if let channels = input[layout.channelAxis], kernel.inputChannels != channels || channels % groups != 0 {
            throw shapeError("kernel \(kernel.shape) with groups \(groups) reads \(kernel.inputChannels) channels, input \(input) has \(channels)")
        }
        try weights.requireVector("bias", count: outputChannels, of: "a kernel of shape \(kernel.shape)")
        var output = input
        for (position, window) in windows(kernel).enumerated() {
            let axis = layout.spatialAxes.lowerBound + position
            guard let size = input[axis] else { continue }
            let length = outputSize(window, axis: position, input: size)
            guard length >= 1, length <= GraphLimits.size else {
                throw shapeError("axis \(axis) of the input \(input) would become \(length)")
            }
            output[axis] = length
        }
        output[layout.channelAxis] = outputChannels
        return output
    }

    /// The window along each spatial axis.
    package func windows(_ kernel: KernelShape) -> [Window] {
        kernel.window.indices.map { Window(size: kernel.window[$0], stride: strides[$0], dilation: dilations[$0]) }
    }

    /// The length of an axis that was `input` long.
    package func outputSize(_ window: Window, axis: Int, input: Int) -> Int {
        let spread = (input - 1) * window.stride
        let extra = outputPadding.isEmpty ? nil : outputPadding[axis]
        switch padding {
        case .valid, .causal: return spread + window.extent + (extra ?? max(window.stride - window.extent, 0))
        case .same: return extra.map { spread + window.extent % 2 + $0 } ?? input * window.stride
        case .explicit(let before, let after, _): return spread + window.extent + (extra ?? 0) - before[axis] - after[axis]
        }
    }

    /// How many leading elements of the full result are cropped.
    package func crop(_ window: Window, axis: Int, input: Int) -> Int {
        switch padding {
        case .valid, .causal: return 0
        case .same: return max((input - 1) * window.stride + window.extent - outputSize(window, axis: axis, input: input), 0) / 2
        case .explicit(let before, _, _): return before[axis]
        }
    }

    package func multiplyAdds(_ inputs: [Shape], _ weights: WeightShapes) -> Int {
        guard let kernel = try? KernelShape(weights, spatialRank: layout.spatialRank) else { return 0 }
        let taps = zip(kernel.window, strides).reduce(1) { $0 * (($1.0 + $1.1 - 1) / $1.1) }
        return taps * (kernel.inputChannels / groups)
    }

    package func reach(_ input: Shape, _ weights: WeightShapes) -> Reach {
        guard let kernel = try? KernelShape(weights, spatialRank: layout.spatialRank) else { return .everything }
        return .magnified(by: strides.map(Double.init), extent: windows(kernel).map { ($0.extent + $0.stride - 1) / $0.stride })
    }

    package var erased: Operator { .transposedConvolution(self) }
}
