/// InceptionV3: branches of convolutions side by side (Szegedy and others, 2015).
enum InceptionV3 {
    static let all = [Architecture("InceptionV3", .tf) { sketch($0) }]

    private typealias Value = KerasSketch.Value

    private static func sketch(_ head: Architecture.Head) -> KerasSketch {
        var net = KerasSketch("inception_v3")
        var x = net.unit(net.image(head.size(299)), 32, [3, 3], stride: 2, padding: .valid)
        x = net.unit(net.unit(x, 32, [3, 3], padding: .valid), 64, [3, 3])
        x = net.maxPooling(x, 3, stride: 2)
        x = net.unit(net.unit(x, 80, [1, 1], padding: .valid), 192, [3, 3], padding: .valid)
        x = net.maxPooling(x, 3, stride: 2)
        for (number, filters) in [32, 64, 64].enumerated() { x = large(&net, x, pooled: filters, "mixed\(number)") }
        x = firstReduction(&net, x)
        for (number, filters) in zip(4..., [128, 160, 160, 192]) { x = middle(&net, x, filters, "mixed\(number)") }
        x = secondReduction(&net, x)
        for number in 0..<2 { x = small(&net, x, number) }
        net.end(x, head, pool: head.hasClasses ? "avg_pool" : nil, maximum: nil)
        return net
    }

    private static func pooled(_ net: inout KerasSketch, _ x: Value, _ filters: Int) -> Value {
        net.unit(net.averagePooling(x, 3, stride: 1, padding: .same), filters, [1, 1])
    }

    private static func large(_ net: inout KerasSketch, _ x: Value, pooled filters: Int, _ name: String) -> Value {
        let one = net.unit(x, 64, [1, 1])
        let five = net.unit(net.unit(x, 48, [1, 1]), 64, [5, 5])
        let three = net.unit(net.unit(net.unit(x, 64, [1, 1]), 96, [3, 3]), 96, [3, 3])
        return net.concatenate([one, five, three, pooled(&net, x, filters)], name)
    }

    private static func firstReduction(_ net: inout KerasSketch, _ x: Value) -> Value {
        let one = net.unit(x, 384, [3, 3], stride: 2, padding: .valid)
        let two = net.unit(net.unit(net.unit(x, 64, [1, 1]), 96, [3, 3]), 96, [3, 3], stride: 2, padding: .valid)
        return net.concatenate([one, two, net.maxPooling(x, 3, stride: 2)], "mixed3")
    }

    private static func middle(_ net: inout KerasSketch, _ x: Value, _ filters: Int, _ name: String) -> Value {
        let one = net.unit(x, 192, [1, 1])
        let two = net.unit(net.unit(net.unit(x, filters, [1, 1]), filters, [1, 7]), 192, [7, 1])
        var three = net.unit(x, filters, [1, 1])
        for window in [[7, 1], [1, 7], [7, 1]] { three = net.unit(three, filters, window) }
        three = net.unit(three, 192, [1, 7])
        return net.concatenate([one, two, three, pooled(&net, x, 192)], name)
    }

    private static func secondReduction(_ net: inout KerasSketch, _ x: Value) -> Value {
        let one = net.unit(net.unit(x, 192, [1, 1]), 320, [3, 3], stride: 2, padding: .valid)
        var two = net.unit(x, 192, [1, 1])
        for window in [[1, 7], [7, 1]] { two = net.unit(two, 192, window) }
        two = net.unit(two, 192, [3, 3], stride: 2, padding: .valid)
        return net.concatenate([one, two, net.maxPooling(x, 3, stride: 2)], "mixed8")
    }

    private static func small(_ net: inout KerasSketch, _ x: Value, _ number: Int) -> Value {
        let one = net.unit(x, 320, [1, 1])
        let two = net.unit(x, 384, [1, 1])
        let twoSplit = [net.unit(two, 384, [1, 3]), net.unit(two, 384, [3, 1])]
        let twoJoined = net.concatenate(twoSplit, "mixed9_\(number)")
        let three = net.unit(net.unit(x, 448, [1, 1]), 384, [3, 3])
        let threeSplit = [net.unit(three, 384, [1, 3]), net.unit(three, 384, [3, 1])]
        let threeJoined = net.concatenate(threeSplit)
        return net.concatenate([one, twoJoined, threeJoined, pooled(&net, x, 192)], "mixed\(9 + number)")
    }
}

extension KerasSketch {
    /// A convolution without bias, normalised without scale, and a ReLU, under names of Keras' choice.
    mutating func unit(_ x: Value, _ filters: Int, _ window: [Int], stride: Int = 1, padding: Padding = .same) -> Value {
        let made = convolution(x, filters, window: window, stride: stride, padding: padding, bias: false)
        return activation(batchNormalization(made, scale: false), "relu")
    }
}
