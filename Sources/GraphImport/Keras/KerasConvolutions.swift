import ByteIO
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

/// How files hold the kernel of a convolution of this rank.
///
/// By `KerasVersionTable.kernelOrder` and, in one dimension, `sequenceKernel`.
private func kernelForms(
    _ layer: KerasLayer, window: [Int], input: Int?, output: Int?, isTransposed: Bool = false
) throws(ModelError) -> [KerasStepWeight.Form] {
    let rank = window.count
    guard let last = KernelLayout.windowFirst(spatialRank: rank), let swapped = KernelLayout.transposedWindowFirst(spatialRank: rank),
        let first = KernelLayout.outputFirst(spatialRank: rank)
    else { throw layer.problem("keras.config", "has \(rank) spatial axes") }
    let flips = layer.origin.flipsKernels
    let windowFirst = KerasStepWeight.Form(layout: last, shape: window + [input, output], flippedAxes: flips ? Array(0..<rank) : [])
    let outputFirst = KerasStepWeight.Form(layout: first, shape: [output, input] + window, flippedAxes: flips ? Array(2..<2 + rank) : [])
    if rank == 1, KerasVersionTable.sequenceKernel[layer.origin.version] != .plain {
        let twoDimensional = KerasStepWeight.Form(layout: .wio, shape: [window[0], 1, input, output], flippedAxes: flips ? [0] : []) {
            $0.reshaped([$0.shape[0], $0.shape[2], $0.shape[3]])
        }
        let outputFirst = KerasStepWeight.Form(layout: .oiw, shape: [output, input, window[0], 1], flippedAxes: flips ? [2] : []) {
            $0.reshaped($0.shape.dropLast())
        }
        // A file may hold the weights of an older one, as Keras does not convert them when it reads them.
        let isOutputFirst = KerasVersionTable.sequenceKernel[layer.origin.version] == .outputFirst
        return isOutputFirst ? [outputFirst, twoDimensional] : [twoDimensional, outputFirst]
    }
    switch KerasVersionTable.kernelOrder[layer.origin.version] {
    case .byDataFormat: return try layer.dataLayout(spatialRank: rank).isChannelsLast ? [windowFirst] : [outputFirst]
    case .windowFirst where isTransposed:
        return [KerasStepWeight.Form(layout: swapped, shape: window + [output, input], flippedAxes: flips ? Array(0..<rank) : [])]
    case .windowFirst: return [windowFirst]
    }
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
        let channels = channels(inputs, layout)
        if let channels, channels % groups != 0 {
            throw layer.problem("keras.config", "has groups \(groups), which do not divide its \(channels) channels of input", key: "groups")
        }
        let kernel = try kernelForms(layer, window: window(layer, rank), input: channels.map { $0 / groups }, output: filters)
        let operation = Convolution(
            layout: layout, strides: try layer.integers("strides", count: rank, default: 1),
            dilations: try layer.integers("dilation_rate", count: rank, default: 1), groups: groups,
            padding: try padding(layer, rank == 1 ? ["valid", "same", "causal"] : ["valid", "same"]))
        let weights = ["kernel": KerasStepWeight("kernel", kernel)].merging(try biasWeight(layer, count: filters)) {
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
        guard groups == 1 else {
            throw layer.problem("keras.unsupported", "is a transposed convolution with groups \(groups)", key: "groups")
        }
        let size = try window(layer, rank)
        let operation = TransposedConvolution(
            layout: layout, strides: try layer.integers("strides", count: rank, default: 1),
            dilations: try layer.integers("dilation_rate", count: rank, default: 1), groups: 1, padding: try padding(layer),
            outputPadding: try outputPadding(layer, window: size, input: inputs.first, layout))
        let kernel = try kernelForms(layer, window: size, input: channels(inputs, layout), output: filters, isTransposed: true)
        let weights = ["kernel": KerasStepWeight("kernel", kernel)].merging(try biasWeight(layer, count: filters)) { $1 }
        return [KerasStep("transposed_convolution", operation.erased, weights)] + (try activationSteps(layer, rank: layout.rank))
    }
}

/// `output_padding`; for Keras 1, which names the shape of the output instead, what leads to that shape.
private func outputPadding(_ layer: KerasLayer, window: [Int], input: Shape?, _ layout: DataLayout) throws(ModelError) -> [Int] {
    let rank = window.count
    if layer.gives("output_padding") { return try layer.integers("output_padding", count: rank) }
    guard let wanted = layer.config["output_shape"]?.array, let input, input.rank == layout.rank else { return [] }
    let strides = try layer.integers("strides", count: rank, default: 1)
    let isSame = try padding(layer) == .same
    var extra: [Int] = []
    for (position, axis) in layout.spatialAxes.enumerated() {
        guard let size = input[axis], wanted.indices.contains(axis), let output = wanted[axis].integer,
            [output, strides[position], window[position]].allSatisfy({ (0...GraphLimits.size).contains($0) })
        else { return [] }
        extra.append(output - (size - 1) * strides[position] - (isSame ? window[position] % 2 : window[position]))
    }
    guard extra.allSatisfy({ $0 >= 0 }) else {
        throw layer.problem("keras.unsupported", "has an output smaller than its input's windows cover", key: "output_shape")
    }
    return extra
}

/// A depthwise kernel `[window..., C, M]` has output channel `c * M + m`: in memory it is the kernel `[window..., 1, C * M]` of C groups.
private func depthwiseStep(
    _ layer: KerasLayer, _ rank: Int, variable: String, bias: Bool, part: String, inputs: [Shape], paddings: [String] = ["valid", "same"]
) throws(ModelError) -> (step: KerasStep, outputChannels: Int?) {
    let layout = try layer.dataLayout(spatialRank: rank)
    let multiplier = try positive(layer, "depth_multiplier", default: 1)
    guard let input = inputs.first, input.rank == layout.rank, let channels = input[layout.channelAxis] else {
        throw layer.problem("keras.config", "needs an input of rank \(layout.rank) with a known number of channels")
    }
    let outputChannels = channels.multiplied(by: multiplier)
    // A setting that tf-keras takes for every convolution.
    let groups = try layer.integer("groups", default: 1)
    guard groups == 1 else { throw layer.problem("keras.unsupported", "is a depthwise convolution with groups \(groups)", key: "groups") }
    var forms = try kernelForms(layer, window: window(layer, rank), input: channels, output: multiplier)
    guard forms.count == 1, let axis = forms[0].layout.axis("i"), axis == rank else {
        throw layer.problem("keras.unsupported", "has its depthwise kernel in Theano's order")
    }
    forms[0].arrange = { $0.reshaped($0.shape.dropLast(2) + [1, $0.shape.suffix(2).reduce(1, *)]) }
    let operation = Convolution(
        layout: layout, strides: try layer.integers("strides", count: rank, default: 1),
        dilations: try layer.integers("dilation_rate", count: rank, default: 1), groups: channels, padding: try padding(layer, paddings))
    var weights = ["kernel": KerasStepWeight(variable, forms)]
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
        // Keras 2 pads sequences as it does for Conv1D.
        let paddings = ["valid", "same"] + (rank == 1 && layer.origin.version.major < 3 ? ["causal"] : [])
        let (depthwise, middle) = try depthwiseStep(
            layer, rank, variable: "depthwise_kernel", bias: false, part: "depthwise", inputs: inputs, paddings: paddings)
        let ones = Array(repeating: 1, count: rank)
        let filters = try positive(layer, "filters")
        let pointwise = Convolution(
            layout: try layer.dataLayout(spatialRank: rank), strides: ones, dilations: ones, groups: 1, padding: .valid)
        let kernel = try kernelForms(layer, window: ones, input: middle, output: filters)
        let weights = ["kernel": KerasStepWeight("pointwise_kernel", kernel)]
            .merging(try biasWeight(layer, count: filters)) { $1 }
        return [depthwise, KerasStep("pointwise", pointwise.erased, weights)] + (try activationSteps(layer, rank: rank + 2))
    }
}
