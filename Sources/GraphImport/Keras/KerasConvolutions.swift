import ModelCore
import ModelGraph

/// Conv1D to Conv3D, DepthwiseConv, SeparableConv and ConvTranspose. Kernels are `[window..., in, out]`, transposed ones `[window..., out, in]`.
let convolutionKinds: [String: KerasLayerKind] = {
    var kinds: [String: KerasLayerKind] = [:]
    for rank in 1...3 {
        kinds["Conv\(rank)D"] = convolution(rank)
        kinds["Conv\(rank)DTranspose"] = transposedConvolution(rank)
    }
    for rank in 1...2 {
        kinds["DepthwiseConv\(rank)D"] = depthwise(rank)
        kinds["SeparableConv\(rank)D"] = separable(rank)
    }
    return kinds
}()

private func biased(_ layer: KerasLayer, _ kernels: [String]) throws(ModelError) -> [KerasVariable] {
    (kernels + (try layer.bool("use_bias", default: true) ? ["bias"] : [])).map(KerasVariable.trained)
}

private func biasWeight(_ layer: KerasLayer, count: Int?) throws(ModelError) -> [String: KerasStepWeight] {
    try layer.bool("use_bias", default: true) ? ["bias": KerasStepWeight("bias", .vector, [count])] : [:]
}

private func kernelLayout(_ rank: Int, _ layer: KerasLayer) throws(ModelError) -> KernelLayout {
    guard let layout = KernelLayout.windowFirst(spatialRank: rank) else {
        throw layer.problem("keras.config", "has \(rank) spatial axes")
    }
    return layout
}

private func padding(_ layer: KerasLayer, _ names: [String] = ["valid", "same"]) throws(ModelError) -> Padding {
    let text = try layer.string("padding", default: "valid")
    guard names.contains(text) else {
        throw layer.problem("keras.config", "has padding '\(text)', expected \(names.joined(separator: " or "))", key: "padding")
    }
    switch text {
    case "same": return .same
    case "causal": return .causal
    default: return .valid
    }
}

/// The sizes that a kernel's configuration asks for, all positive.
private func window(_ layer: KerasLayer, _ rank: Int) throws(ModelError) -> [Int] {
    let window = try layer.integers("kernel_size", count: rank)
    guard window.allSatisfy({ $0 >= 1 }) else {
        throw layer.problem("keras.config", "has kernel_size \(window), expected at least 1", key: "kernel_size")
    }
    return window
}

private func positive(_ layer: KerasLayer, _ key: String, default fallback: Int? = nil) throws(ModelError) -> Int {
    let value = try layer.integer(key, default: fallback)
    guard value >= 1, value <= GraphLimits.size else {
        throw layer.problem("keras.config", "has \(key) \(value), expected 1 to \(GraphLimits.size)", key: key)
    }
    return value
}

private func channels(_ inputs: [Shape], _ layout: DataLayout) -> Int? {
    guard let input = inputs.first, input.rank == layout.rank else { return nil }
    return input[layout.channelAxis]
}

private func convolution(_ rank: Int) -> KerasLayerKind {
    KerasLayerKind { layer throws(ModelError) in
        try biased(layer, ["kernel"])
    } steps: { layer, inputs throws(ModelError) in
        let layout = try layer.dataLayout(spatialRank: rank)
        let filters = try positive(layer, "filters")
        let groups = try positive(layer, "groups", default: 1)
        let kernel: [Int?] = try window(layer, rank) + [channels(inputs, layout).map { $0 / groups }, filters]
        let operation = Convolution(
            layout: layout, strides: try layer.integers("strides", count: rank, default: 1),
            dilations: try layer.integers("dilation_rate", count: rank, default: 1), groups: groups,
            padding: try padding(layer, rank == 1 ? ["valid", "same", "causal"] : ["valid", "same"]))
        let weights = ["kernel": KerasStepWeight("kernel", try kernelLayout(rank, layer), kernel)].merging(try biasWeight(layer, count: filters)) {
            $1
        }
        return [KerasStep("convolution", operation.erased, weights)] + (try activationSteps(layer, rank: layout.rank))
    }
}

private func transposedConvolution(_ rank: Int) -> KerasLayerKind {
    KerasLayerKind { layer throws(ModelError) in
        try biased(layer, ["kernel"])
    } steps: { layer, inputs throws(ModelError) in
        let layout = try layer.dataLayout(spatialRank: rank)
        let filters = try positive(layer, "filters")
        let groups = try layer.integer("groups", default: 1)
        guard groups == 1, let kernelLayout = KernelLayout.transposedWindowFirst(spatialRank: rank) else {
            throw layer.problem("keras.unsupported", "is a transposed convolution with groups \(groups)", key: "groups")
        }
        let outputPadding = layer.gives("output_padding") ? try layer.integers("output_padding", count: rank) : []
        let operation = TransposedConvolution(
            layout: layout, strides: try layer.integers("strides", count: rank, default: 1),
            dilations: try layer.integers("dilation_rate", count: rank, default: 1), groups: 1, padding: try padding(layer),
            outputPadding: outputPadding)
        let kernel: [Int?] = try window(layer, rank) + [filters, channels(inputs, layout)]
        let weights = ["kernel": KerasStepWeight("kernel", kernelLayout, kernel)].merging(try biasWeight(layer, count: filters)) { $1 }
        return [KerasStep("transposed_convolution", operation.erased, weights)] + (try activationSteps(layer, rank: layout.rank))
    }
}

/// A depthwise kernel `[window..., C, M]` has output channel `c * M + m`: in memory it is the kernel `[window..., 1, C * M]` of C groups.
private func depthwiseStep(
    _ layer: KerasLayer, _ rank: Int, variable: String, bias: Bool, part: String, inputs: [Shape]
) throws(ModelError) -> (step: KerasStep, outputChannels: Int?) {
    let layout = try layer.dataLayout(spatialRank: rank)
    let multiplier = try positive(layer, "depth_multiplier", default: 1)
    guard let input = inputs.first, input.rank == layout.rank, let channels = input[layout.channelAxis] else {
        throw layer.problem("keras.config", "needs an input of rank \(layout.rank) with a known number of channels")
    }
    let outputChannels = channels.multiplied(by: multiplier)
    let kernel: [Int?] = try window(layer, rank) + [channels, multiplier]
    let operation = Convolution(
        layout: layout, strides: try layer.integers("strides", count: rank, default: 1),
        dilations: try layer.integers("dilation_rate", count: rank, default: 1), groups: channels, padding: try padding(layer))
    var weights = [
        "kernel": KerasStepWeight(variable, try kernelLayout(rank, layer), kernel) { shape in
            Array(shape.dropLast(2)) + [1, shape.suffix(2).reduce(1, *)]
        }
    ]
    if bias { weights.merge(try biasWeight(layer, count: outputChannels)) { $1 } }
    return (KerasStep(part, operation.erased, weights), outputChannels)
}

private func depthwise(_ rank: Int) -> KerasLayerKind {
    KerasLayerKind { layer throws(ModelError) in
        try biased(layer, ["depthwise_kernel"])
    } steps: { layer, inputs throws(ModelError) in
        let (step, _) = try depthwiseStep(layer, rank, variable: "depthwise_kernel", bias: true, part: "convolution", inputs: inputs)
        return [step] + (try activationSteps(layer, rank: rank + 2))
    }
}

private func separable(_ rank: Int) -> KerasLayerKind {
    KerasLayerKind { layer throws(ModelError) in
        try biased(layer, ["depthwise_kernel", "pointwise_kernel"])
    } steps: { layer, inputs throws(ModelError) in
        let (depthwise, middle) = try depthwiseStep(layer, rank, variable: "depthwise_kernel", bias: false, part: "depthwise", inputs: inputs)
        let ones = Array(repeating: 1, count: rank)
        let filters = try positive(layer, "filters")
        let pointwise = Convolution(
            layout: try layer.dataLayout(spatialRank: rank), strides: ones, dilations: ones, groups: 1, padding: .valid)
        let weights = ["kernel": KerasStepWeight("pointwise_kernel", try kernelLayout(rank, layer), ones + [middle, filters])]
            .merging(try biasWeight(layer, count: filters)) { $1 }
        return [depthwise, KerasStep("pointwise", pointwise.erased, weights)] + (try activationSteps(layer, rank: rank + 2))
    }
}
