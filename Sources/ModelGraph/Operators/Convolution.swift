package import ModelCore

/// Cross-correlation of rank 1, 2 or 3 with optional groups and bias.
///
/// - Input `[N, spatial..., C]` or `[N, C, spatial...]`, as `layout` says.
/// - `kernel`: a window for each output channel over `C / groups` input channels, in the weight's own layout;
///   output channel o belongs to group `o / (O / groups)`. A depthwise convolution has `groups = C`.
/// - `bias` `[O]`.
///
/// ONNX Conv, Keras Conv1D to Conv3D and DepthwiseConv, PyTorch Conv1d to Conv3d.
package struct Convolution: OperatorDefinition {
    package static let name = "convolution"
    package static let weightRoles: [WeightRole] = [.required("kernel"), .optional("bias")]

    package var layout: DataLayout
    package var strides: [Int]
    package var dilations: [Int]
    package var groups: Int
    package var padding: Padding

    package init(layout: DataLayout, strides: [Int], dilations: [Int], groups: Int, padding: Padding) {
        self.layout = layout
        self.strides = strides
        self.dilations = dilations
        self.groups = groups
        self.padding = padding
    }

    package init(from attributes: inout AttributeReader) throws(ModelError) {
        layout = try attributes.choice("layout", as: DataLayout.self)
        strides = try attributes.integers("strides")
        dilations = try attributes.integers("dilations")
        groups = try attributes.integer("groups")
        padding = try attributes.padding()
    }

    package func encode(into attributes: inout AttributeList) {
        attributes.append("layout", .string(layout.rawValue))
        attributes.append("strides", .integers(strides))
        attributes.append("dilations", .integers(dilations))
        attributes.append("groups", .integer(groups))
        attributes.append(padding)
    }

    package func outputShape(_ inputs: [Shape], _ weights: WeightShapes) throws(ModelError) -> Shape {
        let input = inputs[0]
        try require(input, layout: layout)
        try require("strides", strides, count: layout.spatialRank, atLeast: 1)
        try require("dilations", dilations, count: layout.spatialRank, atLeast: 1)
        try require(padding, count: layout.spatialRank)
        let kernel = try KernelShape(weights, spatialRank: layout.spatialRank)
        guard groups >= 1, kernel.outputChannels % groups == 0 else {
            throw attributeError("groups \(groups) must be positive and divide the \(kernel.outputChannels) output channels")
        }
        if let channels = input[layout.channelAxis], kernel.inputChannels.multiplied(by: groups) != channels {
            throw shapeError(
                "kernel \(kernel.shape) with groups \(groups) reads \(kernel.inputChannels) x \(groups) channels, input \(input) has \(channels)")
        }
        try weights.requireVector("bias", count: kernel.outputChannels, of: "a kernel of shape \(kernel.shape)")
        var output = try slide(windows(kernel), padding, over: input, layout: layout)
        output[layout.channelAxis] = kernel.outputChannels
        return output
    }

    /// The window along each spatial axis.
    package func windows(_ kernel: KernelShape) -> [Window] {
        kernel.window.indices.map { Window(size: kernel.window[$0], stride: strides[$0], dilation: dilations[$0]) }
    }

    package func multiplyAdds(_ inputs: [Shape], _ weights: WeightShapes) -> Int {
        guard let kernel = try? KernelShape(weights, spatialRank: layout.spatialRank) else { return 0 }
        return kernel.window.reduce(kernel.inputChannels, *)
    }

    package func reach(_ input: Shape, _ weights: WeightShapes) -> Reach {
        guard let kernel = try? KernelShape(weights, spatialRank: layout.spatialRank) else { return .everything }
        return .windows(extent: windows(kernel).map(\.extent), stride: strides)
    }

    package var erased: Operator { .convolution(self) }
}

/// The sizes of a convolution's kernel, whatever its layout.
package struct KernelShape: Sendable {
    package let shape: [Int]
    /// The sizes of the window, outermost spatial axis first.
    package let window: [Int]
    /// Channels that one output reads: those of one group.
    package let inputChannels: Int
    package let outputChannels: Int

    /// - Throws: `graph.weight-shape` where the kernel has not this many spatial axes, or an axis of size 0.
    package init(_ weights: WeightShapes, spatialRank: Int) throws(ModelError) {
        guard let kernel = weights["kernel"], let input = kernel.layout.axis("i"), let output = kernel.layout.axis("o"),
            kernel.shape.count == kernel.layout.axes.count
        else {
            throw ModelError(Problem("graph.weight-shape", "the kernel is missing or has no axes for input and output channels"))
        }
        shape = kernel.shape
        window = shape.indices.filter { $0 != input && $0 != output }.map { kernel.shape[$0] }
        inputChannels = shape[input]
        outputChannels = shape[output]
        guard window.count == spatialRank, shape.allSatisfy({ $0 >= 1 && $0 <= GraphLimits.size }), shape.checkedProduct != nil else {
            throw ModelError(
                Problem(
                    "graph.weight-shape",
                    "kernel \(shape) in \(kernel.layout.rawValue) must have \(spatialRank) window axes and no empty axis"))
        }
    }
}
