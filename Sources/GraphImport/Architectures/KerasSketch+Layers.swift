import ByteIO

/// The layers of keras.applications. What is not said is Keras' default.
extension KerasSketch {
    enum Padding: String {
        case valid, same
    }

    private static func pair(_ values: [Int]) -> JSONValue { .array(values.map(JSONValue.integer)) }

    /// The size of an image after a window has gone over it.
    private static func size(_ size: Int?, window: Int, stride: Int, _ padding: Padding) -> Int? {
        size.map { padding == .same ? ($0 + stride - 1) / stride : ($0 - window) / stride + 1 }
    }

    private static func window(_ kernel: [Int], _ stride: Int, _ padding: Padding) -> JSONObject {
        var config: JSONObject = ["kernel_size": pair(kernel)]
        if stride != 1 { config["strides"] = pair([stride, stride]) }
        if padding == .same { config["padding"] = .string("same") }
        return config
    }

    // MARK: Convolutions

    mutating func convolutionLayer(
        _ channels: Int, _ filters: Int, _ kernel: [Int], stride: Int = 1, padding: Padding = .valid, bias: Bool = true, groups: Int = 1,
        activation: String? = nil, _ name: String? = nil
    ) -> Layer {
        var config = Self.window(kernel, stride, padding)
        config["filters"] = .integer(filters)
        if groups != 1 { config["groups"] = .integer(groups) }
        if let activation { config["activation"] = .string(activation) }
        if !bias { config["use_bias"] = .bool(false) }
        return layer("Conv2D", name, config, weights: [kernel + [channels / groups, filters]] + (bias ? [[filters]] : []))
    }

    /// Conv2D with a window of any shape.
    mutating func convolution(
        _ x: Value, _ filters: Int, window: [Int], stride: Int = 1, padding: Padding = .valid, bias: Bool = true, groups: Int = 1,
        activation: String? = nil, _ name: String? = nil
    ) -> Value {
        let made = convolutionLayer(
            x.channels, filters, window, stride: stride, padding: padding, bias: bias, groups: groups, activation: activation, name)
        return add(made, to: [x], channels: filters, size: Self.size(x.size, window: window[0], stride: stride, padding))
    }

    /// Conv2D with a square window.
    mutating func convolution(
        _ x: Value, _ filters: Int, _ side: Int, stride: Int = 1, padding: Padding = .valid, bias: Bool = true, groups: Int = 1,
        activation: String? = nil, _ name: String? = nil
    ) -> Value {
        convolution(x, filters, window: [side, side], stride: stride, padding: padding, bias: bias, groups: groups, activation: activation, name)
    }

    /// DepthwiseConv2D without bias.
    mutating func depthwise(_ x: Value, _ side: Int, stride: Int = 1, padding: Padding = .same, _ name: String) -> Value {
        var config = Self.window([side, side], stride, padding)
        config["use_bias"] = .bool(false)
        let made = layer("DepthwiseConv2D", name, config, weights: [[side, side, x.channels, 1]])
        return add(made, to: [x], channels: x.channels, size: Self.size(x.size, window: side, stride: stride, padding))
    }

    /// SeparableConv2D without bias.
    mutating func separable(_ x: Value, _ filters: Int, _ side: Int, stride: Int = 1, padding: Padding = .same, _ name: String) -> Value {
        var config = Self.window([side, side], stride, padding)
        config["filters"] = .integer(filters)
        config["use_bias"] = .bool(false)
        let made = layer("SeparableConv2D", name, config, weights: [[side, side, x.channels, 1], [1, 1, x.channels, filters]])
        return add(made, to: [x], channels: filters, size: Self.size(x.size, window: side, stride: stride, padding))
    }

    /// Dense on the last axis.
    mutating func dense(_ x: Value, _ units: Int, activation: String? = nil, _ name: String) -> Value {
        var config: JSONObject = ["units": .integer(units)]
        if let activation { config["activation"] = .string(activation) }
        return add(layer("Dense", name, config, weights: [[x.channels, units], [units]]), to: [x], channels: units, size: x.size)
    }

    // MARK: Normalisation and activations

    mutating func batchNormalization(_ x: Value, epsilon: Double = 1e-3, scale: Bool = true, _ name: String? = nil) -> Value {
        var config: JSONObject = ["epsilon": .number(epsilon)]
        if !scale { config["scale"] = .bool(false) }
        let weights = [[Int]](repeating: [x.channels], count: scale ? 4 : 3)
        return add(layer("BatchNormalization", name, config, weights: weights), to: [x], channels: x.channels, size: x.size)
    }

    mutating func layerNormalizationLayer(_ channels: Int, _ name: String? = nil) -> Layer {
        layer("LayerNormalization", name, ["epsilon": .number(1e-6)], weights: [[channels], [channels]])
    }

    mutating func layerNormalization(_ x: Value, _ name: String? = nil) -> Value {
        add(layerNormalizationLayer(x.channels, name), to: [x], channels: x.channels, size: x.size)
    }

    /// A layer whose output has its input's shape.
    mutating func same(_ x: Value, _ className: String, _ name: String? = nil, _ config: JSONObject = [:], weights: [[Int]] = []) -> Value {
        add(layer(className, name, config, weights: weights), to: [x], channels: x.channels, size: x.size)
    }

    mutating func activation(_ x: Value, _ function: String, _ name: String? = nil) -> Value {
        same(x, "Activation", name, ["activation": .string(function)])
    }

    mutating func relu6(_ x: Value, _ name: String? = nil) -> Value {
        same(x, "ReLU", name, ["max_value": .number(6)])
    }

    // MARK: Windows and shapes

    /// ZeroPadding2D by so many rows and columns before and after.
    mutating func pad(_ x: Value, before: Int, after: Int, _ name: String? = nil) -> Value {
        let amounts = Self.pair([before, after])
        let made = layer("ZeroPadding2D", name, ["padding": .array([amounts, amounts])])
        return add(made, to: [x], channels: x.channels, size: x.size.map { $0 + before + after })
    }

    /// The padding with which a window of stride 2 falls on the same places whether the size is even or odd; an open size counts as even.
    mutating func padForStride2(_ x: Value, window: Int, _ name: String) -> Value {
        let isOdd = (x.size ?? 0) % 2 == 1
        return pad(x, before: window / 2 - (isOdd ? 0 : 1), after: window / 2, name)
    }

    /// Cropping2D by so many rows and columns before.
    mutating func crop(_ x: Value, before: Int) -> Value {
        let amounts = Self.pair([before, 0])
        let made = layer("Cropping2D", nil, ["cropping": .array([amounts, amounts])])
        return add(made, to: [x], channels: x.channels, size: x.size.map { $0 - before })
    }

    mutating func maxPooling(_ x: Value, _ side: Int, stride: Int, padding: Padding = .valid, _ name: String? = nil) -> Value {
        pooling("MaxPooling2D", x, side, stride, padding, name)
    }

    mutating func averagePooling(_ x: Value, _ side: Int, stride: Int, padding: Padding = .valid, _ name: String? = nil) -> Value {
        pooling("AveragePooling2D", x, side, stride, padding, name)
    }

    private mutating func pooling(_ className: String, _ x: Value, _ side: Int, _ stride: Int, _ padding: Padding, _ name: String?) -> Value {
        var config: JSONObject = ["pool_size": Self.pair([side, side]), "strides": Self.pair([stride, stride])]
        if padding == .same { config["padding"] = .string("same") }
        return add(
            layer(className, name, config), to: [x], channels: x.channels, size: Self.size(x.size, window: side, stride: stride, padding))
    }

    mutating func globalAverage(_ x: Value, keepsAxes: Bool = false, _ name: String? = nil) -> Value {
        let made = layer("GlobalAveragePooling2D", name, keepsAxes ? ["keepdims": .bool(true)] : [:])
        return add(made, to: [x], channels: x.channels, size: keepsAxes ? 1 : nil)
    }

    mutating func globalMaximum(_ x: Value, _ name: String? = nil) -> Value {
        add(layer("GlobalMaxPooling2D", name, [:]), to: [x], channels: x.channels, size: nil)
    }

    /// Flatten.
    mutating func flatten(_ x: Value, _ name: String? = nil) -> Value {
        add(layer("Flatten", name, [:]), to: [x], channels: x.channels * (x.size ?? 1) * (x.size ?? 1), size: nil)
    }

    /// Reshape to so many axes, the last of which are the channels.
    mutating func reshape(_ x: Value, _ sizes: [Int], _ name: String) -> Value {
        add(layer("Reshape", name, ["target_shape": Self.pair(sizes)]), to: [x], channels: x.channels, size: sizes.count > 1 ? 1 : nil)
    }

    // MARK: Several inputs

    mutating func sum(_ inputs: [Value], _ name: String? = nil) -> Value {
        add(layer("Add", name, [:]), to: inputs, channels: inputs[0].channels, size: inputs[0].size)
    }

    mutating func product(_ inputs: [Value], _ name: String? = nil) -> Value {
        add(layer("Multiply", name, [:]), to: inputs, channels: inputs[0].channels, size: inputs[0].size)
    }

    mutating func concatenate(_ inputs: [Value], _ name: String? = nil) -> Value {
        add(layer("Concatenate", name, [:]), to: inputs, channels: inputs.reduce(0) { $0 + $1.channels }, size: inputs[0].size)
    }

    /// An operator on tensors, such as `x + y` or `x * 0.5`.
    mutating func operation(_ className: String, _ inputs: [Value], _ literal: Double? = nil) -> Value {
        var made = layer(className, nil, [:])
        made.isOperator = true
        made.literal = literal
        return add(made, to: inputs, channels: inputs[0].channels, size: inputs[0].size)
    }
}
