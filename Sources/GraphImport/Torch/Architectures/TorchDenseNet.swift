/// DenseNet: each layer reads all before it in its block (Huang and others, 2016).
enum TorchDenseNet {
    static let all = [
        network("densenet121", [6, 12, 24, 16]), network("densenet161", [6, 12, 36, 24], growth: 48, first: 96),
        network("densenet169", [6, 12, 32, 32]), network("densenet201", [6, 12, 48, 32]),
    ]

    private static func network(_ name: String, _ counts: [Int], growth: Int = 32, first: Int = 64) -> TorchArchitecture {
        TorchArchitecture(name) { net, image, classes in
            var x = net.conv(image, "features.conv0", first, kernel: 7, stride: 2, padding: 3)
            x = net.relu(net.batchNorm(x, "features.norm0"), "features.relu0")
            x = net.maxPool(x, "features.pool0", kernel: 3, stride: 2, padding: 1)
            for (number, count) in counts.enumerated() {
                x = block(&net, x, "features.denseblock\(number + 1)", count, growth)
                if number < counts.count - 1 { x = transition(&net, x, "features.transition\(number + 1)") }
            }
            x = net.relu(net.batchNorm(x, "features.norm5"), "")
            return net.classes(net.pooledFeatures(x, ""), "classifier", classes)
        }
    }

    private static func block(_ net: inout TorchSketch, _ input: TorchSketch.Value, _ module: String, _ count: Int, _ growth: Int)
        -> TorchSketch.Value
    {
        var features = [input]
        for number in 1...count {
            let layer = "\(module).denselayer\(number)"
            var x = net.relu(net.batchNorm(net.cat(features, layer), "\(layer).norm1"), "\(layer).relu1")
            x = net.conv(x, "\(layer).conv1", 4 * growth, kernel: 1)
            x = net.relu(net.batchNorm(x, "\(layer).norm2"), "\(layer).relu2")
            features.append(net.conv(x, "\(layer).conv2", growth, kernel: 3, padding: 1))
        }
        return net.cat(features, module)
    }

    private static func transition(_ net: inout TorchSketch, _ input: TorchSketch.Value, _ module: String) -> TorchSketch.Value {
        let x = net.relu(net.batchNorm(input, "\(module).norm"), "\(module).relu")
        return net.averagePool(net.conv(x, "\(module).conv", x.channels / 2, kernel: 1), "\(module).pool", kernel: 2, stride: 2)
    }

    /// The name that a tensor has now: the published weights have `denselayer1.norm.1.weight` for `denselayer1.norm1.weight`.
    static func current(_ name: String) -> String {
        var parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard let layer = parts.lastIndex(where: { $0.hasPrefix("denselayer") }), parts.indices.contains(layer + 2),
            ["norm", "conv"].contains(parts[layer + 1]), ["1", "2"].contains(parts[layer + 2])
        else { return name }
        parts[layer + 1] += parts.remove(at: layer + 2)
        return parts.joined(separator: ".")
    }
}
