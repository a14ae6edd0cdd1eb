/// ShuffleNetV2 in four widths (Ma and others, 2018).
enum TorchShuffleNetV2 {
    /// Channels of the three stages and of the last convolution.
    private static let widths = [
        ("0_5", [48, 96, 192], 1024), ("1_0", [116, 232, 464], 1024), ("1_5", [176, 352, 704], 1024), ("2_0", [244, 488, 976], 2048),
    ]

    // Channels are shuffled by giving tensors other shapes, for which sizes must be known.
    static let all = widths.map { name, stages, last in
        TorchArchitecture("shufflenet_v2_x\(name)", takesAnySize: false) { net, image, classes in
            var x = net.relu(net.batchNorm(net.conv(image, "conv1.0", 24, kernel: 3, stride: 2, padding: 1), "conv1.1"), "conv1.2")
            x = net.maxPool(x, "maxpool", kernel: 3, stride: 2, padding: 1)
            for (stage, (channels, count)) in zip(stages, [4, 8, 4]).enumerated() {
                x = firstBlock(&net, x, "stage\(stage + 2).0", channels)
                for block in 1..<count { x = laterBlock(&net, x, "stage\(stage + 2).\(block)") }
            }
            x = net.relu(net.batchNorm(net.conv(x, "conv5.0", last, kernel: 1), "conv5.1"), "conv5.2")
            return net.classes(net.spatialMean(x), "fc", classes)
        }
    }

    /// Two branches that read all channels and halve the size.
    private static func firstBlock(_ net: inout TorchSketch, _ x: TorchSketch.Value, _ module: String, _ channels: Int) -> TorchSketch.Value {
        let branch = "\(module).branch1"
        var y = net.conv(x, "\(branch).0", x.channels, kernel: 3, stride: 2, padding: 1, groups: x.channels)
        y = net.conv(net.batchNorm(y, "\(branch).1"), "\(branch).2", channels / 2, kernel: 1)
        y = net.relu(net.batchNorm(y, "\(branch).3"), "\(branch).4")
        return net.shuffleChannels(net.cat([y, secondBranch(&net, x, module, channels / 2, stride: 2)], module), module, groups: 2)
    }

    /// One half of the channels stays.
    private static func laterBlock(_ net: inout TorchSketch, _ x: TorchSketch.Value, _ module: String) -> TorchSketch.Value {
        let (kept, changed) = net.halves(x, module)
        let y = secondBranch(&net, changed, module, changed.channels, stride: 1)
        return net.shuffleChannels(net.cat([kept, y], module), module, groups: 2)
    }

    private static func secondBranch(
        _ net: inout TorchSketch, _ x: TorchSketch.Value, _ module: String, _ channels: Int, stride: Int
    ) -> TorchSketch.Value {
        let branch = "\(module).branch2"
        var y = net.relu(net.batchNorm(net.conv(x, "\(branch).0", channels, kernel: 1), "\(branch).1"), "\(branch).2")
        y = net.conv(y, "\(branch).3", channels, kernel: 3, stride: stride, padding: 1, groups: channels)
        y = net.conv(net.batchNorm(y, "\(branch).4"), "\(branch).5", channels, kernel: 1)
        return net.relu(net.batchNorm(y, "\(branch).6"), "\(branch).7")
    }
}
