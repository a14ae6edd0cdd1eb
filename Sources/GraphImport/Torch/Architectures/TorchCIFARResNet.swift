/// ResNet for CIFAR-10 with 20 to 1202 layers (He and others, 2015), with shortcuts that have no weights.
enum TorchCIFARResNet {
    private static let counts = [(20, 3), (32, 5), (44, 7), (56, 9), (110, 18), (1202, 200)]
    private static let remark =
        "the file does not say how shortcuts halve the size: as in \(TorchArchitecture.Origin.cifar.rawValue), by every second row and column, with channels of zeros"

    static let all = counts.map { depth, count in
        TorchArchitecture("resnet\(depth)", origin: .cifar, imageSize: 32, remarks: [remark]) { net, image, classes in
            var x = net.relu(net.batchNorm(net.conv(image, "conv1", 16, kernel: 3, padding: 1), "bn1"), "")
            for stage in 0..<3 {
                for block in 0..<count {
                    x = residual(&net, x, "layer\(stage + 1).\(block)", 16 << stage, stride: block == 0 && stage > 0 ? 2 : 1)
                }
            }
            // The original's window is as wide as its input, and as high: the mean of each channel of a square image.
            return net.classes(net.pooledFeatures(x, ""), "linear", classes)
        }
    }

    private static func residual(
        _ net: inout TorchSketch, _ input: TorchSketch.Value, _ module: String, _ channels: Int, stride: Int
    ) -> TorchSketch.Value {
        var x = net.conv(input, "\(module).conv1", channels, kernel: 3, stride: stride, padding: 1)
        x = net.relu(net.batchNorm(x, "\(module).bn1"), module)
        x = net.batchNorm(net.conv(x, "\(module).conv2", channels, kernel: 3, padding: 1), "\(module).bn2")
        var shortcut = input
        if stride > 1 {
            // Windows of one element take every second one, as slices do, of an image of any size.
            shortcut = net.maxPool(input, "\(module).shortcut", kernel: 1, stride: stride)
            shortcut = net.padChannels(shortcut, "\(module).shortcut", by: channels / 4)
        }
        return net.relu(net.add(x, shortcut, module), module)
    }
}
