/// SqueezeNet 1.0 and 1.1 (Iandola and others, 2016).
enum TorchSqueezeNet {
    static let all = [
        network("squeezenet1_0", first: (96, 7), poolings: [2, 6, 11]), network("squeezenet1_1", first: (64, 3), poolings: [2, 5, 8]),
    ]

    /// - Parameter poolings: which of `features` are poolings.
    private static func network(_ name: String, first: (channels: Int, kernel: Int), poolings: [Int]) -> TorchArchitecture {
        TorchArchitecture(name) { net, image, classes in
            var x = net.conv(image, "features.0", first.channels, kernel: first.kernel, stride: 2, bias: true)
            x = net.relu(x, "features.1")
            var widths = [(16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256)].makeIterator()
            for number in 2...12 {
                let module = "features.\(number)"
                if poolings.contains(number) {
                    x = net.maxPool(x, module, kernel: 3, stride: 2, ceilMode: true)
                } else if let (squeezed, expanded) = widths.next() {
                    x = fire(&net, x, module, squeezed, expanded)
                }
            }
            net.classify(by: "classifier.1")
            x = net.relu(net.conv(x, "classifier.1", classes, kernel: 1, bias: true), "classifier.2")
            return net.pooledFeatures(x, "classifier.3")
        }
    }

    private static func fire(
        _ net: inout TorchSketch, _ input: TorchSketch.Value, _ module: String, _ squeezed: Int, _ expanded: Int
    ) -> TorchSketch.Value {
        let x = net.relu(net.conv(input, "\(module).squeeze", squeezed, kernel: 1, bias: true), "\(module).squeeze_activation")
        let small = net.relu(net.conv(x, "\(module).expand1x1", expanded, kernel: 1, bias: true), "\(module).expand1x1_activation")
        let large = net.relu(net.conv(x, "\(module).expand3x3", expanded, kernel: 3, padding: 1, bias: true), "\(module).expand3x3_activation")
        return net.cat([small, large], module)
    }
}
