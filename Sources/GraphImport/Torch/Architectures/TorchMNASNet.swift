/// MNASNet in four widths (Tan and others, 2018).
enum TorchMNASNet {
    /// Channels, kernel, stride of the first block, expansion and count of blocks of each stage.
    private static let stages = [(24, 3, 2, 3, 3), (40, 5, 2, 3, 3), (80, 5, 2, 6, 3), (96, 3, 1, 6, 2), (192, 5, 2, 6, 4), (320, 3, 1, 6, 1)]

    static let all = [("0_5", 0.5), ("0_75", 0.75), ("1_0", 1), ("1_3", 1.3)].map { name, width in
        TorchArchitecture("mnasnet\(name)") { net, image, classes in
            let first = multipleOf8(32 * width)
            var x = normalized(&net, net.conv(image, "layers.0", first, kernel: 3, stride: 2, padding: 1), 1)
            x = normalized(&net, net.conv(x, "layers.3", first, kernel: 3, padding: 1, groups: first), 4)
            x = net.batchNorm(net.conv(x, "layers.6", multipleOf8(16 * width), kernel: 1), "layers.7")
            for (number, (channels, kernel, stride, expansion, count)) in stages.enumerated() {
                for block in 0..<count {
                    let module = "layers.\(number + 8).\(block)"
                    x = residual(&net, x, module, multipleOf8(Double(channels) * width), kernel, expansion, stride: block == 0 ? stride : 1)
                }
            }
            x = normalized(&net, net.conv(x, "layers.14", 1280, kernel: 1), 15)
            return net.classes(net.spatialMean(x), "classifier.1", classes)
        }
    }

    private static func normalized(_ net: inout TorchSketch, _ x: TorchSketch.Value, _ number: Int, in module: String = "layers") -> TorchSketch.Value
    {
        net.relu(net.batchNorm(x, "\(module).\(number)"), "\(module).\(number + 1)")
    }

    private static func residual(
        _ net: inout TorchSketch, _ input: TorchSketch.Value, _ module: String, _ channels: Int, _ kernel: Int, _ expansion: Int, stride: Int
    ) -> TorchSketch.Value {
        let layers = "\(module).layers"
        let inner = input.channels * expansion
        var x = normalized(&net, net.conv(input, "\(layers).0", inner, kernel: 1), 1, in: layers)
        x = net.conv(x, "\(layers).3", inner, kernel: kernel, stride: stride, padding: kernel / 2, groups: inner)
        x = normalized(&net, x, 4, in: layers)
        x = net.batchNorm(net.conv(x, "\(layers).6", channels, kernel: 1), "\(layers).7")
        return stride == 1 && input.channels == channels ? net.add(x, input, module) : x
    }
}
