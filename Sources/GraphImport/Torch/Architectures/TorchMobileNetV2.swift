/// MobileNetV2: inverted residuals (Sandler and others, 2018).
enum TorchMobileNetV2 {
    /// Expansion, channels, count of blocks and stride of the first of each stage.
    private static let stages = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]

    static let all = [
        TorchArchitecture("mobilenet_v2") { net, image, classes in
            var x = net.convNormActivation(image, "features.0", 32, stride: 2, .relu6)
            var number = 1
            for (expansion, channels, count, stride) in stages {
                for position in 0..<count {
                    x = block(&net, x, "features.\(number)", channels, expansion, stride: position == 0 ? stride : 1)
                    number += 1
                }
            }
            x = net.convNormActivation(x, "features.\(number)", 1280, kernel: 1, .relu6)
            return net.classes(net.pooledFeatures(x, ""), "classifier.1", classes)
        }
    ]

    private static func block(
        _ net: inout TorchSketch, _ input: TorchSketch.Value, _ module: String, _ channels: Int, _ expansion: Int, stride: Int
    ) -> TorchSketch.Value {
        let conv = "\(module).conv"
        var x = input
        // A block that does not expand has one module less.
        let next = expansion == 1 ? 0 : 1
        if expansion != 1 { x = net.convNormActivation(x, "\(conv).0", input.channels * expansion, kernel: 1, .relu6) }
        x = net.convNormActivation(x, "\(conv).\(next)", x.channels, stride: stride, groups: x.channels, .relu6)
        x = net.batchNorm(net.conv(x, "\(conv).\(next + 1)", channels, kernel: 1), "\(conv).\(next + 2)")
        return stride == 1 && input.channels == channels ? net.add(input, x, module) : x
    }
}
