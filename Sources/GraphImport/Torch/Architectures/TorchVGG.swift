/// VGG (Simonyan and Zisserman, 2014), without and with normalisation.
enum TorchVGG {
    /// How many convolutions there are before each pooling.
    private static let counts = [(11, [1, 1, 2, 2, 2]), (13, [2, 2, 2, 2, 2]), (16, [2, 2, 3, 3, 3]), (19, [2, 2, 4, 4, 4])]

    static let all = counts.flatMap { depth, counts in
        [false, true].map { isNormalized in
            TorchArchitecture("vgg\(depth)\(isNormalized ? "_bn" : "")") { build(&$0, $1, $2, counts, isNormalized) }
        }
    }

    private static func build(
        _ net: inout TorchSketch, _ image: TorchSketch.Value, _ classes: Int, _ counts: [Int], _ isNormalized: Bool
    ) -> TorchSketch.Value {
        var x = image
        var number = 0
        func next() -> String {
            defer { number += 1 }
            return "features.\(number)"
        }
        for (count, channels) in zip(counts, [64, 128, 256, 512, 512]) {
            for _ in 0..<count {
                x = net.conv(x, next(), channels, kernel: 3, padding: 1, bias: true)
                if isNormalized { x = net.batchNorm(x, next()) }
                x = net.relu(x, next())
            }
            x = net.maxPool(x, next(), kernel: 2, stride: 2)
        }
        x = net.flatten(net.adaptiveAveragePool(x, "avgpool", 7), area: 49)
        x = net.relu(net.linear(x, "classifier.0", 4096), "classifier.1")
        x = net.relu(net.linear(x, "classifier.3", 4096), "classifier.4")
        return net.classes(x, "classifier.6", classes)
    }
}
