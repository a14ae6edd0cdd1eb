/// MobileNetV3, large and small (Howard and others, 2019).
enum TorchMobileNetV3 {
    static let all = [network("mobilenet_v3_large", large, last: 1280), network("mobilenet_v3_small", small, last: 1024)]

    private struct Block {
        let kernel: Int
        let expanded: Int
        let channels: Int
        let isExciting: Bool
        let activation: TorchSketch.Activation
        let stride: Int

        init(_ kernel: Int, _ expanded: Int, _ channels: Int, _ isExciting: Bool, _ activation: TorchSketch.Activation, _ stride: Int) {
            self.kernel = kernel
            self.expanded = expanded
            self.channels = channels
            self.isExciting = isExciting
            self.activation = activation
            self.stride = stride
        }
    }

    private static let large = [
        Block(3, 16, 16, false, .relu, 1), Block(3, 64, 24, false, .relu, 2), Block(3, 72, 24, false, .relu, 1), Block(5, 72, 40, true, .relu, 2),
        Block(5, 120, 40, true, .relu, 1), Block(5, 120, 40, true, .relu, 1), Block(3, 240, 80, false, .hardswish, 2),
        Block(3, 200, 80, false, .hardswish, 1), Block(3, 184, 80, false, .hardswish, 1), Block(3, 184, 80, false, .hardswish, 1),
        Block(3, 480, 112, true, .hardswish, 1), Block(3, 672, 112, true, .hardswish, 1), Block(5, 672, 160, true, .hardswish, 2),
        Block(5, 960, 160, true, .hardswish, 1), Block(5, 960, 160, true, .hardswish, 1),
    ]

    private static let small = [
        Block(3, 16, 16, true, .relu, 2), Block(3, 72, 24, false, .relu, 2), Block(3, 88, 24, false, .relu, 1), Block(5, 96, 40, true, .hardswish, 2),
        Block(5, 240, 40, true, .hardswish, 1), Block(5, 240, 40, true, .hardswish, 1), Block(5, 120, 48, true, .hardswish, 1),
        Block(5, 144, 48, true, .hardswish, 1), Block(5, 288, 96, true, .hardswish, 2), Block(5, 576, 96, true, .hardswish, 1),
        Block(5, 576, 96, true, .hardswish, 1),
    ]

    private static let epsilon = 1e-3

    private static func network(_ name: String, _ blocks: [Block], last: Int) -> TorchArchitecture {
        TorchArchitecture(name) { net, image, classes in
            var x = net.convNormActivation(image, "features.0", 16, stride: 2, epsilon: epsilon, .hardswish)
            for (number, block) in blocks.enumerated() { x = add(block, to: &net, x, "features.\(number + 1)") }
            x = net.convNormActivation(x, "features.\(blocks.count + 1)", 6 * x.channels, kernel: 1, epsilon: epsilon, .hardswish)
            x = net.activation(net.linear(net.pooledFeatures(x), "classifier.0", last), "classifier.1", .hardswish)
            return net.classes(x, "classifier.3", classes)
        }
    }

    private static func add(_ block: Block, to net: inout TorchSketch, _ input: TorchSketch.Value, _ module: String) -> TorchSketch.Value {
        var x = input
        var number = 0
        func next() -> String {
            defer { number += 1 }
            return "\(module).block.\(number)"
        }
        if block.expanded != input.channels { x = net.convNormActivation(x, next(), block.expanded, kernel: 1, epsilon: epsilon, block.activation) }
        x = net.convNormActivation(
            x, next(), block.expanded, kernel: block.kernel, stride: block.stride, groups: block.expanded, epsilon: epsilon, block.activation)
        if block.isExciting { x = net.squeezeExcitation(x, next(), multipleOf8(Double(block.expanded / 4)), gate: .hardsigmoid) }
        x = net.convNormActivation(x, next(), block.channels, kernel: 1, epsilon: epsilon, nil)
        return block.stride == 1 && input.channels == block.channels ? net.add(x, input, module) : x
    }
}
