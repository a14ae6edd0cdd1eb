// Functions by PyTorch's names, and the modules that hold their tensors.
extension TorchSketch {
    private func pair(_ size: (Int, Int)) -> TorchArgument { .list([.integer(size.0), .integer(size.1)]) }

    mutating func conv(
        _ x: Value, _ module: String, _ channels: Int, kernel: Int, stride: Int = 1, padding: Int = 0, groups: Int = 1, bias: Bool = false
    ) -> Value {
        conv(x, module, channels, kernel: (kernel, kernel), stride: stride, padding: (padding, padding), groups: groups, bias: bias)
    }

    mutating func conv(
        _ x: Value, _ module: String, _ channels: Int, kernel: (Int, Int), stride: Int = 1, padding: (Int, Int), groups: Int = 1, bias: Bool = false
    ) -> Value {
        var arguments: [String: TorchArgument] = [
            "input": .value(x.name), "stride": pair((stride, stride)), "padding": pair(padding), "groups": .integer(groups),
        ]
        arguments["weight"] = tensor("\(module).weight", [channels, x.channels / groups, kernel.0, kernel.1])
        if bias { arguments["bias"] = tensor("\(module).bias", [channels]) }
        return call("conv2d", module, arguments, channels: channels)
    }

    mutating func linear(_ x: Value, _ module: String, _ features: Int) -> Value {
        let weight = tensor("\(module).weight", [features, x.channels])
        let bias = tensor("\(module).bias", [features])
        return call("linear", module, ["input": .value(x.name), "weight": weight, "bias": bias], channels: features)
    }

    mutating func batchNorm(_ x: Value, _ module: String, epsilon: Double = 1e-5) -> Value {
        var arguments: [String: TorchArgument] = ["input": .value(x.name), "training": .bool(false), "eps": .number(epsilon)]
        for name in ["weight", "bias", "running_mean", "running_var"] { arguments[name] = tensor("\(module).\(name)", [x.channels]) }
        return call("batch_norm", module, arguments, channels: x.channels)
    }

    /// Along the last axis, which must be that of the channels.
    mutating func layerNorm(_ x: Value, _ module: String, epsilon: Double) -> Value {
        let weight = tensor("\(module).weight", [x.channels])
        let bias = tensor("\(module).bias", [x.channels])
        let shape = TorchArgument.list([.integer(x.channels)])
        return call(
            "layer_norm", module,
            ["input": .value(x.name), "normalized_shape": shape, "weight": weight, "bias": bias, "eps": .number(epsilon)], channels: x.channels)
    }

    // MARK: Activations

    enum Activation: String, Sendable {
        case relu, relu6, silu, hardswish, sigmoid, hardsigmoid, gelu
    }

    mutating func activation(_ x: Value, _ module: String, _ activation: Activation) -> Value {
        call(activation.rawValue, module, ["self": .value(x.name)], channels: x.channels)
    }

    mutating func relu(_ x: Value, _ module: String) -> Value {
        activation(x, module, .relu)
    }

    // MARK: Pooling

    mutating func maxPool(_ x: Value, _ module: String, kernel: Int, stride: Int, padding: Int = 0, ceilMode: Bool = false) -> Value {
        let arguments: [String: TorchArgument] = [
            "self": .value(x.name), "kernel_size": pair((kernel, kernel)), "stride": pair((stride, stride)), "padding": pair((padding, padding)),
            "ceil_mode": .bool(ceilMode),
        ]
        return call("max_pool2d", module, arguments, channels: x.channels)
    }

    mutating func averagePool(_ x: Value, _ module: String, kernel: Int, stride: Int, padding: Int = 0) -> Value {
        let arguments: [String: TorchArgument] = [
            "self": .value(x.name), "kernel_size": pair((kernel, kernel)), "stride": pair((stride, stride)), "padding": pair((padding, padding)),
        ]
        return call("avg_pool2d", module, arguments, channels: x.channels)
    }

    mutating func adaptiveAveragePool(_ x: Value, _ module: String, _ size: Int = 1) -> Value {
        call("adaptive_avg_pool2d", module, ["self": .value(x.name), "output_size": pair((size, size))], channels: x.channels)
    }

    /// The mean over height and width, without these axes.
    mutating func spatialMean(_ x: Value) -> Value {
        call("mean", "", ["self": .value(x.name), "dim": .list([.integer(2), .integer(3)])], channels: x.channels)
    }

    // MARK: Shapes

    /// All axes but the first as one; `area` is height times width.
    mutating func flatten(_ x: Value, _ module: String = "", area: Int = 1) -> Value {
        call("flatten", module, ["self": .value(x.name), "start_dim": .integer(1)], channels: x.channels * area)
    }

    mutating func permute(_ x: Value, _ module: String, _ axes: [Int]) -> Value {
        call("permute", module, ["self": .value(x.name), "dims": .list(axes.map(TorchArgument.integer))], channels: x.channels)
    }

    /// Two halves of the channels.
    mutating func halves(_ x: Value, _ module: String) -> (Value, Value) {
        let results = call(
            "chunk", module, ["self": .value(x.name), "chunks": .integer(2), "dim": .integer(1)], channels: [x.channels / 2, x.channels / 2])
        return (results[0], results[1])
    }

    /// Zeros before and after the channels.
    mutating func padChannels(_ x: Value, _ module: String, by count: Int) -> Value {
        // From the last axis to the second.
        let amounts = [0, 0, 0, 0, count, count].map(TorchArgument.integer)
        return call("pad", module, ["self": .value(x.name), "pad": .list(amounts)], channels: x.channels + 2 * count)
    }

    mutating func shuffleChannels(_ x: Value, _ module: String, groups: Int) -> Value {
        call("channel_shuffle", module, ["self": .value(x.name), "groups": .integer(groups)], channels: x.channels)
    }

    // MARK: Several tensors

    mutating func add(_ x: Value, _ y: Value, _ module: String) -> Value {
        call("add", module, ["self": .value(x.name), "other": .value(y.name)], channels: x.channels)
    }

    /// Factors of every channel, one or as many as there are places.
    mutating func multiply(_ factors: Value, _ x: Value, _ module: String) -> Value {
        call("mul", module, ["self": .value(factors.name), "other": .value(x.name)], channels: x.channels)
    }

    /// A factor of the state dict for every channel.
    mutating func scale(_ x: Value, _ module: String, _ name: String) -> Value {
        let factors = tensor("\(module).\(name)", [x.channels, 1, 1])
        return call("mul", module, ["self": factors, "other": .value(x.name)], channels: x.channels)
    }

    /// Along the channels.
    mutating func cat(_ values: [Value], _ module: String) -> Value {
        let tensors = TorchArgument.list(values.map { .value($0.name) })
        return call("cat", module, ["tensors": tensors, "dim": .integer(1)], channels: values.reduce(0) { $0 + $1.channels })
    }
}
