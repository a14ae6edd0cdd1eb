import ByteIO

/// EfficientNetB0 to B7: one network scaled in width, depth and size (Tan and Le, 2019).
struct EfficientNet {
    static let all = [
        ("B0", 1.0, 1.0, 224), ("B1", 1.0, 1.1, 240), ("B2", 1.1, 1.2, 260), ("B3", 1.2, 1.4, 300), ("B4", 1.4, 1.8, 380),
        ("B5", 1.6, 2.2, 456), ("B6", 1.8, 2.6, 528), ("B7", 2.0, 3.1, 600),
    ].map { (name: String, width: Double, depth: Double, size: Int) in
        let title = "efficientnet\(name.lowercased())"
        let net = EfficientNet(width: width, depth: depth, size: size)
        return Architecture(
            "EfficientNet\(name)", .inside,
            [
                Architecture.Variant { net.sketch(title, $0, isTrainedOnImageNet: false) },
                Architecture.Variant(imageNet, telltale: .init(layer: "normalization", variable: 1, values: deviations)) {
                    net.sketch(title, $0, isTrainedOnImageNet: true)
                },
            ])
    }

    /// The variant for the published weights, whose Normalization has the deviation of ImageNet in place of the variance: Keras adds a
    /// Rescaling that makes up for it.
    static let imageNet = "with weights=\"imagenet\""
    static let deviations = [0.229, 0.224, 0.225]

    private let width: Double
    private let depth: Double
    private let size: Int

    private struct Stage {
        let side: Int
        let count: Int
        let filters: Int
        let expansion: Int
        let stride: Int

        init(_ side: Int, count: Int, _ filters: Int, expansion: Int, stride: Int) {
            self.side = side
            self.count = count
            self.filters = filters
            self.expansion = expansion
            self.stride = stride
        }
    }

    private static let stages = [
        Stage(3, count: 1, 16, expansion: 1, stride: 1), Stage(3, count: 2, 24, expansion: 6, stride: 2),
        Stage(5, count: 2, 40, expansion: 6, stride: 2), Stage(3, count: 3, 80, expansion: 6, stride: 2),
        Stage(5, count: 3, 112, expansion: 6, stride: 1), Stage(5, count: 4, 192, expansion: 6, stride: 2),
        Stage(3, count: 1, 320, expansion: 6, stride: 1),
    ]

    private func sketch(_ name: String, _ head: Architecture.Head, isTrainedOnImageNet: Bool) -> KerasSketch {
        var net = KerasSketch(name)
        var x = net.same(net.image(head.size(size)), "Rescaling", nil, ["scale": .number(1.0 / 255)])
        x = net.same(x, "Normalization", nil, ["axis": .array([.integer(-1)])], weights: [[3], [3], []])
        if isTrainedOnImageNet {
            x = net.same(x, "Rescaling", nil, ["scale": .array(Self.deviations.map { .number(1 / $0.squareRoot()) })])
        }
        x = net.padForStride2(x, window: 3, "stem_conv_pad")
        x = net.convolution(x, multipleOf8(32 * width), 3, stride: 2, bias: false, "stem_conv")
        x = normalizedSwish(&net, x, "stem_bn", "stem_activation")
        var filters = multipleOf8(32 * width)
        for (position, stage) in Self.stages.enumerated() {
            let made = multipleOf8(Double(stage.filters) * width)
            let count = Int((depth * Double(stage.count)).rounded(.up))
            for (number, letter) in zip(0..<count, Self.letters) {
                let name = "block\(position + 1)\(letter)_"
                x = block(&net, x, stage, from: filters, to: made, stride: number == 0 ? stage.stride : 1, name)
                filters = made
            }
        }
        x = net.convolution(x, multipleOf8(1280 * width), 1, padding: .same, bias: false, "top_conv")
        net.end(normalizedSwish(&net, x, "top_bn", "top_activation"), head, dropout: "top_dropout")
        return net
    }

    /// By which the blocks of a stage are told apart; the thirty-second of EfficientNetV2L comes to others than letters.
    static let letters = (97..<129).map { String(UnicodeScalar(UInt8($0))) }

    private func normalizedSwish(
        _ net: inout KerasSketch, _ x: KerasSketch.Value, _ normalization: String, _ activation: String
    ) -> KerasSketch.Value {
        net.activation(net.batchNormalization(x, normalization), "silu", activation)
    }

    private func block(
        _ net: inout KerasSketch, _ input: KerasSketch.Value, _ stage: Stage, from: Int, to: Int, stride: Int, _ name: String
    ) -> KerasSketch.Value {
        var x = input
        if stage.expansion != 1 {
            x = net.convolution(x, from * stage.expansion, 1, padding: .same, bias: false, "\(name)expand_conv")
            x = normalizedSwish(&net, x, "\(name)expand_bn", "\(name)expand_activation")
        }
        if stride == 2 { x = net.padForStride2(x, window: stage.side, "\(name)dwconv_pad") }
        x = net.depthwise(x, stage.side, stride: stride, padding: stride == 2 ? .valid : .same, "\(name)dwconv")
        x = normalizedSwish(&net, x, "\(name)bn", "\(name)activation")
        x = net.squeezedAndExcited(x, max(1, from / 4), name)
        x = net.batchNormalization(net.convolution(x, to, 1, padding: .same, bias: false, "\(name)project_conv"), "\(name)project_bn")
        guard stride == 1, from == to else { return x }
        return net.sum([net.same(x, "Dropout", "\(name)drop"), input], "\(name)add")
    }
}

extension KerasSketch {
    /// Every channel times a number from 0 to 1 that the means of all channels give.
    mutating func squeezedAndExcited(_ input: Value, _ filters: Int, _ name: String) -> Value {
        var x = globalAverage(input, "\(name)se_squeeze")
        x = reshape(x, [1, 1, input.channels], "\(name)se_reshape")
        x = convolution(x, filters, 1, padding: .same, activation: "silu", "\(name)se_reduce")
        x = convolution(x, input.channels, 1, padding: .same, activation: "sigmoid", "\(name)se_expand")
        return product([input, x], "\(name)se_excite")
    }
}
