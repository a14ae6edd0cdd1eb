/// ConvNeXt in four sizes (Liu and others, 2022).
enum TorchConvNeXt {
    private static let sizes = [
        ("tiny", [3, 3, 9, 3], 96), ("small", [3, 3, 27, 3], 96), ("base", [3, 3, 27, 3], 128), ("large", [3, 3, 27, 3], 192),
    ]

    static let all = sizes.map { name, counts, width in
        TorchArchitecture("convnext_\(name)") { net, image, classes in
            var x = net.conv(image, "features.0.0", width, kernel: 4, stride: 4, bias: true)
            x = normalized(&net, x, "features.0.1")
            for (stage, count) in counts.enumerated() {
                if stage > 0 {
                    x = normalized(&net, x, "features.\(2 * stage).0")
                    x = net.conv(x, "features.\(2 * stage).1", width << stage, kernel: 2, stride: 2, bias: true)
                }
                for number in 0..<count { x = block(&net, x, "features.\(2 * stage + 1).\(number)") }
            }
            x = normalized(&net, net.adaptiveAveragePool(x, "avgpool"), "classifier.0")
            return net.classes(net.flatten(x, "classifier.1"), "classifier.2", classes)
        }
    }

    private static let epsilon = 1e-6
    private static let channelsLast = [0, 2, 3, 1]
    private static let channelsFirst = [0, 3, 1, 2]

    private static func normalized(_ net: inout TorchSketch, _ x: TorchSketch.Value, _ module: String) -> TorchSketch.Value {
        net.permute(net.layerNorm(net.permute(x, module, channelsLast), module, epsilon: epsilon), module, channelsFirst)
    }

    private static func block(_ net: inout TorchSketch, _ input: TorchSketch.Value, _ module: String) -> TorchSketch.Value {
        let channels = input.channels
        var x = net.conv(input, "\(module).block.0", channels, kernel: 7, padding: 3, groups: channels, bias: true)
        x = net.layerNorm(net.permute(x, "\(module).block.1", channelsLast), "\(module).block.2", epsilon: epsilon)
        x = net.activation(net.linear(x, "\(module).block.3", 4 * channels), "\(module).block.4", .gelu)
        x = net.permute(net.linear(x, "\(module).block.5", channels), "\(module).block.6", channelsFirst)
        return net.add(net.scale(x, module, "layer_scale"), input, module)
    }
}
