/// Xception: separable convolutions with shortcuts (Chollet, 2016).
enum Xception {
    static let all = [Architecture("Xception", .tf) { sketch($0) }]

    private static func sketch(_ head: Architecture.Head) -> KerasSketch {
        var net = KerasSketch("xception")
        var x = net.image(head.size(299))
        for (filters, stride, name) in [(32, 2, "block1_conv1"), (64, 1, "block1_conv2")] {
            x = net.batchNormalization(net.convolution(x, filters, 3, stride: stride, bias: false, name), "\(name)_bn")
            x = net.activation(x, "relu", "\(name)_act")
        }
        for (block, filters) in [(2, [128, 128]), (3, [256, 256]), (4, [728, 728])] {
            x = reduction(&net, x, block, filters)
        }
        for block in 5...12 {
            var y = x
            for number in 1...3 { y = unit(&net, y, 728, "block\(block)_sepconv\(number)", isActivatedBefore: true) }
            x = net.sum([y, x])
        }
        x = reduction(&net, x, 13, [728, 1024])
        for (number, filters) in [(1, 1536), (2, 2048)] {
            let name = "block14_sepconv\(number)"
            x = net.activation(unit(&net, x, filters, name, isActivatedBefore: false), "relu", "\(name)_act")
        }
        net.end(x, head, pool: head.hasClasses ? "avg_pool" : nil, maximum: nil)
        return net
    }

    private static func reduction(_ net: inout KerasSketch, _ input: KerasSketch.Value, _ block: Int, _ filters: [Int]) -> KerasSketch.Value {
        let shortcut = net.batchNormalization(net.convolution(input, filters[1], 1, stride: 2, padding: .same, bias: false))
        var x = unit(&net, input, filters[0], "block\(block)_sepconv1", isActivatedBefore: block > 2)
        x = unit(&net, x, filters[1], "block\(block)_sepconv2", isActivatedBefore: true)
        return net.sum([net.maxPooling(x, 3, stride: 2, padding: .same, "block\(block)_pool"), shortcut])
    }

    private static func unit(
        _ net: inout KerasSketch, _ input: KerasSketch.Value, _ filters: Int, _ name: String, isActivatedBefore: Bool
    ) -> KerasSketch.Value {
        let x = isActivatedBefore ? net.activation(input, "relu", "\(name)_act") : input
        return net.batchNormalization(net.separable(x, filters, 3, name), "\(name)_bn")
    }
}
