import ByteIO

/// EfficientNetV2 B0 to B3, S, M and L: some of the first version's blocks have one convolution for two (Tan and Le, 2021).
struct EfficientNetV2 {
    static let all =
        [("B0", 1.0, 1.0, 224), ("B1", 1.0, 1.1, 240), ("B2", 1.1, 1.2, 260), ("B3", 1.2, 1.4, 300)].map { name, width, depth, size in
            entry(name, EfficientNetV2(stages: base, width: width, depth: depth, size: size, isBase: true))
        } + [
            entry("L", EfficientNetV2(stages: large, width: 1, depth: 1, size: 480, isBase: false)),
            entry("M", EfficientNetV2(stages: middle, width: 1, depth: 1, size: 480, isBase: false)),
            entry("S", EfficientNetV2(stages: small, width: 1, depth: 1, size: 384, isBase: false)),
        ]

    private static func entry(_ name: String, _ net: EfficientNetV2) -> Architecture {
        Architecture("EfficientNetV2\(name)", .inside) { net.sketch("efficientnetv2-\(name.lowercased())", $0) }
    }

    private let stages: [Stage]
    private let width: Double
    private let depth: Double
    private let size: Int
    /// Whether it prepares its pixels as the first version does.
    private let isBase: Bool

    private struct Stage {
        let count: Int
        let from: Int
        let to: Int
        let expansion: Int
        let stride: Int
        /// Whether one convolution expands and looks around.
        let isFused: Bool

        init(_ count: Int, _ from: Int, _ to: Int, _ expansion: Int, stride: Int, fused: Bool = false) {
            self.count = count
            self.from = from
            self.to = to
            self.expansion = expansion
            self.stride = stride
            isFused = fused
        }
    }

    private static let base = [
        Stage(1, 32, 16, 1, stride: 1, fused: true), Stage(2, 16, 32, 4, stride: 2, fused: true), Stage(2, 32, 48, 4, stride: 2, fused: true),
        Stage(3, 48, 96, 4, stride: 2), Stage(5, 96, 112, 6, stride: 1), Stage(8, 112, 192, 6, stride: 2),
    ]
    private static let small = [
        Stage(2, 24, 24, 1, stride: 1, fused: true), Stage(4, 24, 48, 4, stride: 2, fused: true), Stage(4, 48, 64, 4, stride: 2, fused: true),
        Stage(6, 64, 128, 4, stride: 2), Stage(9, 128, 160, 6, stride: 1), Stage(15, 160, 256, 6, stride: 2),
    ]
    private static let middle = [
        Stage(3, 24, 24, 1, stride: 1, fused: true), Stage(5, 24, 48, 4, stride: 2, fused: true), Stage(5, 48, 80, 4, stride: 2, fused: true),
        Stage(7, 80, 160, 4, stride: 2), Stage(14, 160, 176, 6, stride: 1), Stage(18, 176, 304, 6, stride: 2), Stage(5, 304, 512, 6, stride: 1),
    ]
    private static let large = [
        Stage(4, 32, 32, 1, stride: 1, fused: true), Stage(7, 32, 64, 4, stride: 2, fused: true), Stage(7, 64, 96, 4, stride: 2, fused: true),
        Stage(10, 96, 192, 4, stride: 2), Stage(19, 192, 224, 6, stride: 1), Stage(25, 224, 384, 6, stride: 2), Stage(7, 384, 640, 6, stride: 1),
    ]

    /// A multiple of 8 near so many channels in this width.
    private func scaled(_ channels: Int) -> Int {
        max(8, Int(Double(channels) * width + 4) / 8 * 8)
    }

    private func sketch(_ name: String, _ head: Architecture.Head) -> KerasSketch {
        var net = KerasSketch(name)
        var x = prepared(&net, net.image(head.size(size)))
        x = net.convolution(x, scaled(stages[0].from), 3, stride: 2, padding: .same, bias: false, "stem_conv")
        x = normalizedSwish(&net, x, "stem_bn", "stem_activation")
        for (position, stage) in stages.enumerated() {
            let count = Int((depth * Double(stage.count)).rounded(.up))
            for (number, letter) in zip(0..<count, EfficientNet.letters) {
                let block = Block(
                    name: "block\(position + 1)\(letter)_", from: scaled(number == 0 ? stage.from : stage.to), to: scaled(stage.to),
                    stride: number == 0 ? stage.stride : 1, expansion: stage.expansion, drops: position + number > 0)
                x = stage.isFused ? fused(&net, x, block) : separate(&net, x, block)
            }
        }
        x = net.convolution(x, scaled(1280), 1, padding: .same, bias: false, "top_conv")
        net.end(normalizedSwish(&net, x, "top_bn", "top_activation"), head, dropout: "top_dropout")
        return net
    }

    private func prepared(_ net: inout KerasSketch, _ x: KerasSketch.Value) -> KerasSketch.Value {
        guard isBase else { return net.same(x, "Rescaling", nil, ["scale": .number(1.0 / 128), "offset": .number(-1)]) }
        let x = net.same(x, "Rescaling", nil, ["scale": .number(1.0 / 255)])
        return net.same(
            x, "Normalization", nil,
            [
                "axis": .array([.integer(-1)]), "mean": .array([.number(0.485), .number(0.456), .number(0.406)]),
                "variance": .array(EfficientNet.deviations.map { .number($0 * $0) }),
            ])
    }

    private struct Block {
        let name: String
        let from: Int
        let to: Int
        let stride: Int
        let expansion: Int
        /// Whether training leaves it out now and then.
        let drops: Bool
    }

    private func normalizedSwish(
        _ net: inout KerasSketch, _ x: KerasSketch.Value, _ normalization: String, _ activation: String
    ) -> KerasSketch.Value {
        net.activation(net.batchNormalization(x, normalization), "silu", activation)
    }

    private func separate(_ net: inout KerasSketch, _ input: KerasSketch.Value, _ block: Block) -> KerasSketch.Value {
        let name = block.name
        var x = input
        if block.expansion != 1 {
            x = net.convolution(x, block.from * block.expansion, 1, padding: .same, bias: false, "\(name)expand_conv")
            x = normalizedSwish(&net, x, "\(name)expand_bn", "\(name)expand_activation")
        }
        x = net.depthwise(x, 3, stride: block.stride, "\(name)dwconv2")
        x = normalizedSwish(&net, x, "\(name)bn", "\(name)activation")
        x = net.squeezedAndExcited(x, max(1, block.from / 4), name)
        x = net.batchNormalization(net.convolution(x, block.to, 1, padding: .same, bias: false, "\(name)project_conv"), "\(name)project_bn")
        return joined(&net, input, x, block)
    }

    private func fused(_ net: inout KerasSketch, _ input: KerasSketch.Value, _ block: Block) -> KerasSketch.Value {
        let name = block.name
        guard block.expansion != 1 else {
            var x = net.convolution(input, block.to, 3, stride: block.stride, padding: .same, bias: false, "\(name)project_conv")
            x = normalizedSwish(&net, x, "\(name)project_bn", "\(name)project_activation")
            return joined(&net, input, x, block)
        }
        var x = net.convolution(input, block.from * block.expansion, 3, stride: block.stride, padding: .same, bias: false, "\(name)expand_conv")
        x = normalizedSwish(&net, x, "\(name)expand_bn", "\(name)expand_activation")
        x = net.batchNormalization(net.convolution(x, block.to, 1, padding: .same, bias: false, "\(name)project_conv"), "\(name)project_bn")
        return joined(&net, input, x, block)
    }

    private func joined(_ net: inout KerasSketch, _ input: KerasSketch.Value, _ x: KerasSketch.Value, _ block: Block) -> KerasSketch.Value {
        guard block.stride == 1, block.from == block.to else { return x }
        return net.sum([block.drops ? net.same(x, "Dropout", "\(block.name)drop") : x, input], "\(block.name)add")
    }
}
