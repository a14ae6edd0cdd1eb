import ByteIO

/// MobileNetV3, small and large: inverted residuals with squeeze and excitation (Howard and others, 2019), in the widths and without the
/// advanced blocks (minimalistic) of which weights were published.
struct MobileNetV3 {
    private let width: Double
    private let isMinimalistic: Bool

    static let all = [
        Architecture("MobileNetV3Large", .inside, variants("MobileNetV3Large", large, last: 1280)),
        Architecture("MobileNetV3Small", .inside, variants("MobileNetV3Small", small, last: 1024)),
    ]

    private struct Block {
        let expansion: Double
        let filters: Double
        let side: Int
        let stride: Int
        let squeezes: Bool
        let isHardSwish: Bool

        init(_ expansion: Double, _ filters: Double, _ side: Int, _ stride: Int, squeezes: Bool, hardSwish: Bool) {
            self.expansion = expansion
            self.filters = filters
            self.side = side
            self.stride = stride
            self.squeezes = squeezes
            isHardSwish = hardSwish
        }
    }

    private static let small = [
        Block(1, 16, 3, 2, squeezes: true, hardSwish: false), Block(72.0 / 16, 24, 3, 2, squeezes: false, hardSwish: false),
        Block(88.0 / 24, 24, 3, 1, squeezes: false, hardSwish: false), Block(4, 40, 5, 2, squeezes: true, hardSwish: true),
        Block(6, 40, 5, 1, squeezes: true, hardSwish: true), Block(6, 40, 5, 1, squeezes: true, hardSwish: true),
        Block(3, 48, 5, 1, squeezes: true, hardSwish: true), Block(3, 48, 5, 1, squeezes: true, hardSwish: true),
        Block(6, 96, 5, 2, squeezes: true, hardSwish: true), Block(6, 96, 5, 1, squeezes: true, hardSwish: true),
        Block(6, 96, 5, 1, squeezes: true, hardSwish: true),
    ]

    private static let large = [
        Block(1, 16, 3, 1, squeezes: false, hardSwish: false), Block(4, 24, 3, 2, squeezes: false, hardSwish: false),
        Block(3, 24, 3, 1, squeezes: false, hardSwish: false), Block(3, 40, 5, 2, squeezes: true, hardSwish: false),
        Block(3, 40, 5, 1, squeezes: true, hardSwish: false), Block(3, 40, 5, 1, squeezes: true, hardSwish: false),
        Block(6, 80, 3, 2, squeezes: false, hardSwish: true), Block(2.5, 80, 3, 1, squeezes: false, hardSwish: true),
        Block(2.3, 80, 3, 1, squeezes: false, hardSwish: true), Block(2.3, 80, 3, 1, squeezes: false, hardSwish: true),
        Block(6, 112, 3, 1, squeezes: true, hardSwish: true), Block(6, 112, 3, 1, squeezes: true, hardSwish: true),
        Block(6, 160, 5, 2, squeezes: true, hardSwish: true), Block(6, 160, 5, 1, squeezes: true, hardSwish: true),
        Block(6, 160, 5, 1, squeezes: true, hardSwish: true),
    ]

    private static func variants(_ name: String, _ blocks: [Block], last: Int) -> [Architecture.Variant] {
        [
            Architecture.Variant { MobileNetV3(width: 1, isMinimalistic: false).sketch(name, blocks, last, $0) },
            Architecture.Variant("alpha 0.75") { MobileNetV3(width: 0.75, isMinimalistic: false).sketch(name, blocks, last, $0) },
            Architecture.Variant("minimalistic") { MobileNetV3(width: 1, isMinimalistic: true).sketch(name, blocks, last, $0) },
        ]
    }

    private func activation(_ net: inout KerasSketch, _ x: KerasSketch.Value, isHardSwish: Bool) -> KerasSketch.Value {
        isHardSwish && !isMinimalistic ? net.activation(x, "hard_silu") : net.same(x, "ReLU")
    }

    private func sketch(_ name: String, _ blocks: [Block], _ last: Int, _ head: Architecture.Head) -> KerasSketch {
        var net = KerasSketch(name)
        var x = net.same(net.image(nil), "Rescaling", nil, ["scale": .number(1 / 127.5), "offset": .number(-1)])
        x = net.batchNormalization(net.convolution(x, 16, 3, stride: 2, padding: .same, bias: false, "conv"), "conv_bn")
        x = activation(&net, x, isHardSwish: true)
        for (number, block) in blocks.enumerated() { x = add(block, number, to: x, &net) }
        x = net.convolution(x, multipleOf8(Double(6 * x.channels)), 1, padding: .same, bias: false, "conv_1")
        x = activation(&net, net.batchNormalization(x, "conv_1_bn"), isHardSwish: true)
        switch head {
        case .classes(let classes):
            x = net.convolution(net.globalAverage(x, keepsAxes: true), last, 1, padding: .same, "conv_2")
            x = net.same(activation(&net, x, isHardSwish: true), "Dropout")
            x = net.convolution(x, classes, 1, padding: .same, "logits")
            net.classify(by: x)
            x = net.activation(net.flatten(x), "softmax", "predictions")
        case .features(let pooling): net.pool(x, pooling, average: "avg_pool", maximum: "max_pool")
        }
        return net
    }

    private func add(_ block: Block, _ number: Int, to input: KerasSketch.Value, _ net: inout KerasSketch) -> KerasSketch.Value {
        let prefix = number == 0 ? "expanded_conv" : "expanded_conv_\(number)"
        let side = isMinimalistic ? 3 : block.side
        let filters = multipleOf8(block.filters * width)
        var x = input
        if number > 0 {
            x = net.convolution(x, multipleOf8(Double(input.channels) * block.expansion), 1, padding: .same, bias: false, "\(prefix)_expand")
            x = activation(&net, net.batchNormalization(x, "\(prefix)_expand_bn"), isHardSwish: block.isHardSwish)
        }
        if block.stride == 2 { x = net.padForStride2(x, window: side, "\(prefix)_depthwise_pad") }
        x = net.depthwise(x, side, stride: block.stride, padding: block.stride == 1 ? .same : .valid, "\(prefix)_depthwise")
        x = activation(&net, net.batchNormalization(x, "\(prefix)_depthwise_bn"), isHardSwish: block.isHardSwish)
        if block.squeezes, !isMinimalistic { x = squeezed(x, "\(prefix)_squeeze_excite", &net) }
        x = net.batchNormalization(net.convolution(x, filters, 1, padding: .same, bias: false, "\(prefix)_project"), "\(prefix)_project_bn")
        return block.stride == 1 && input.channels == filters ? net.sum([input, x], "\(prefix)_add") : x
    }

    /// Every channel times a number from 0 to 1 that the means of all channels give.
    private func squeezed(_ input: KerasSketch.Value, _ prefix: String, _ net: inout KerasSketch) -> KerasSketch.Value {
        var x = net.globalAverage(input, keepsAxes: true, "\(prefix)_avg_pool")
        x = net.convolution(x, multipleOf8(Double(input.channels) * 0.25), 1, padding: .same, "\(prefix)_conv")
        x = net.convolution(net.same(x, "ReLU", "\(prefix)_relu"), input.channels, 1, padding: .same, "\(prefix)_conv_1")
        x = net.operation("Multiply", [net.relu6(net.operation("Add", [x], 3))], 1.0 / 6.0)
        return net.product([input, x], "\(prefix)_mul")
    }
}
