/// DenseNet121, 169 and 201: every layer reads all earlier ones of its block (Huang and others, 2016).
enum DenseNet {
    private static let counts: KeyValuePairs = ["121": [6, 12, 24, 16], "169": [6, 12, 32, 32], "201": [6, 12, 48, 32]]
    private static let epsilon = 1.001e-5
    private static let growth = 32

    static let all = counts.map { depth, counts in Architecture("DenseNet\(depth)", .torch) { sketch("densenet\(depth)", counts, $0) } }

    private static func normalizedRelu(
        _ net: inout KerasSketch, _ x: KerasSketch.Value, _ normalization: String, _ relu: String
    ) -> KerasSketch.Value {
        net.activation(net.batchNormalization(x, epsilon: epsilon, normalization), "relu", relu)
    }

    private static func sketch(_ name: String, _ counts: [Int], _ head: Architecture.Head) -> KerasSketch {
        var net = KerasSketch(name)
        var x = net.pad(net.image(head.size(224)), before: 3, after: 3)
        x = normalizedRelu(&net, net.convolution(x, 64, 7, stride: 2, bias: false, "conv1_conv"), "conv1_bn", "conv1_relu")
        x = net.maxPooling(net.pad(x, before: 1, after: 1), 3, stride: 2, "pool1")
        for (block, count) in counts.enumerated() {
            for number in 1...count {
                let name = "conv\(block + 2)_block\(number)"
                var y = normalizedRelu(&net, x, "\(name)_0_bn", "\(name)_0_relu")
                y = net.convolution(y, 4 * growth, 1, bias: false, "\(name)_1_conv")
                y = normalizedRelu(&net, y, "\(name)_1_bn", "\(name)_1_relu")
                y = net.convolution(y, growth, 3, padding: .same, bias: false, "\(name)_2_conv")
                x = net.concatenate([x, y], "\(name)_concat")
            }
            guard block < 3 else { break }
            let name = "pool\(block + 2)"
            x = normalizedRelu(&net, x, "\(name)_bn", "\(name)_relu")
            x = net.averagePooling(net.convolution(x, x.channels / 2, 1, bias: false, "\(name)_conv"), 2, stride: 2, "\(name)_pool")
        }
        net.end(normalizedRelu(&net, x, "bn", "relu"), head)
        return net
    }
}
