/// ResNet (He and others, 2015), ResNeXt (Xie and others, 2016) and Wide ResNet (Zagoruyko and Komodakis, 2016).
///
/// The stride of a bottleneck is that of its convolution of 3 by 3, not of the first as in the paper.
enum TorchResNet {
    static let all = [
        basic("resnet18", [2, 2, 2, 2]), basic("resnet34", [3, 4, 6, 3]), bottlenecks("resnet50", [3, 4, 6, 3]),
        bottlenecks("resnet101", [3, 4, 23, 3]), bottlenecks("resnet152", [3, 8, 36, 3]),
        bottlenecks("resnext50_32x4d", [3, 4, 6, 3], groups: 32, width: 4), bottlenecks("resnext101_32x8d", [3, 4, 23, 3], groups: 32, width: 8),
        bottlenecks("resnext101_64x4d", [3, 4, 23, 3], groups: 64, width: 4), bottlenecks("wide_resnet50_2", [3, 4, 6, 3], width: 128),
        bottlenecks("wide_resnet101_2", [3, 4, 23, 3], width: 128),
    ]

    private static func basic(_ name: String, _ counts: [Int]) -> TorchArchitecture {
        TorchArchitecture(name) { net, image, classes in
            build(&net, image, classes, counts) { net, x, channels, stride, module in
                var y = net.conv(x, "\(module).conv1", channels, kernel: 3, stride: stride, padding: 1)
                y = net.relu(net.batchNorm(y, "\(module).bn1"), "\(module).relu")
                y = net.conv(y, "\(module).conv2", channels, kernel: 3, padding: 1)
                return net.batchNorm(y, "\(module).bn2")
            }
        }
    }

    /// - Parameter width: the channels of each group in the first stage.
    private static func bottlenecks(_ name: String, _ counts: [Int], groups: Int = 1, width: Int = 64) -> TorchArchitecture {
        TorchArchitecture(name) { net, image, classes in
            build(&net, image, classes, counts) { net, x, channels, stride, module in
                let inner = channels * width / 64 * groups
                var y = net.conv(x, "\(module).conv1", inner, kernel: 1)
                y = net.relu(net.batchNorm(y, "\(module).bn1"), "\(module).relu")
                y = net.conv(y, "\(module).conv2", inner, kernel: 3, stride: stride, padding: 1, groups: groups)
                y = net.relu(net.batchNorm(y, "\(module).bn2"), "\(module).relu")
                y = net.conv(y, "\(module).conv3", 4 * channels, kernel: 1)
                return net.batchNorm(y, "\(module).bn3")
            }
        }
    }

    /// - Parameter residual: what a block adds to its input.
    private static func build(
        _ net: inout TorchSketch, _ image: TorchSketch.Value, _ classes: Int, _ counts: [Int],
        residual: (inout TorchSketch, TorchSketch.Value, _ channels: Int, _ stride: Int, _ module: String) -> TorchSketch.Value
    ) -> TorchSketch.Value {
        var x = net.relu(net.batchNorm(net.conv(image, "conv1", 64, kernel: 7, stride: 2, padding: 3), "bn1"), "relu")
        x = net.maxPool(x, "maxpool", kernel: 3, stride: 2, padding: 1)
        for (stage, count) in counts.enumerated() {
            for block in 0..<count {
                let module = "layer\(stage + 1).\(block)"
                let stride = block == 0 && stage > 0 ? 2 : 1
                let y = residual(&net, x, 64 << stage, stride, module)
                var shortcut = x
                if stride > 1 || x.channels != y.channels {
                    shortcut = net.conv(x, "\(module).downsample.0", y.channels, kernel: 1, stride: stride)
                    shortcut = net.batchNorm(shortcut, "\(module).downsample.1")
                }
                x = net.relu(net.add(y, shortcut, module), "\(module).relu")
            }
        }
        return net.classes(net.pooledFeatures(x), "fc", classes)
    }
}
