import ByteIO

/// InceptionResNetV2: Inception's branches with shortcuts (Szegedy and others, 2016).
enum InceptionResNetV2 {
    static let all = [Architecture("InceptionResNetV2", .tf) { sketch($0) }]

    private typealias Value = KerasSketch.Value

    private static func sketch(_ head: Architecture.Head) -> KerasSketch {
        var net = KerasSketch("inception_resnet_v2")
        var x = net.unit(net.image(head.size(299)), 32, [3, 3], stride: 2, padding: .valid)
        x = net.unit(net.unit(x, 32, [3, 3], padding: .valid), 64, [3, 3])
        x = net.maxPooling(x, 3, stride: 2)
        x = net.unit(net.unit(x, 80, [1, 1], padding: .valid), 192, [3, 3], padding: .valid)
        x = net.maxPooling(x, 3, stride: 2)
        x = stem(&net, x)
        for number in 1...10 {
            x = residual(&net, x, scale: 0.17, "block35_\(number)") { net, x in
                let one = net.unit(x, 32, [1, 1])
                let two = net.unit(net.unit(x, 32, [1, 1]), 32, [3, 3])
                return [one, two, net.unit(net.unit(net.unit(x, 32, [1, 1]), 48, [3, 3]), 64, [3, 3])]
            }
        }
        x = firstReduction(&net, x)
        for number in 1...20 {
            x = residual(&net, x, scale: 0.1, "block17_\(number)") { net, x in
                let one = net.unit(x, 192, [1, 1])
                return [one, net.unit(net.unit(net.unit(x, 128, [1, 1]), 160, [1, 7]), 192, [7, 1])]
            }
        }
        x = secondReduction(&net, x)
        for number in 1...10 {
            x = residual(&net, x, scale: number == 10 ? 1 : 0.2, isActivated: number < 10, "block8_\(number)") { net, x in
                let one = net.unit(x, 192, [1, 1])
                return [one, net.unit(net.unit(net.unit(x, 192, [1, 1]), 224, [1, 3]), 256, [3, 1])]
            }
        }
        x = net.batchNormalization(net.convolution(x, 1536, 1, padding: .same, bias: false, "conv_7b"), scale: false, "conv_7b_bn")
        net.end(net.activation(x, "relu", "conv_7b_ac"), head, pool: head.hasClasses ? "avg_pool" : nil, maximum: nil)
        return net
    }

    private static func stem(_ net: inout KerasSketch, _ x: Value) -> Value {
        let one = net.unit(x, 96, [1, 1])
        let two = net.unit(net.unit(x, 48, [1, 1]), 64, [5, 5])
        let three = net.unit(net.unit(net.unit(x, 64, [1, 1]), 96, [3, 3]), 96, [3, 3])
        let four = net.unit(net.averagePooling(x, 3, stride: 1, padding: .same), 64, [1, 1])
        return net.concatenate([one, two, three, four], "mixed_5b")
    }

    private static func firstReduction(_ net: inout KerasSketch, _ x: Value) -> Value {
        let one = net.unit(x, 384, [3, 3], stride: 2, padding: .valid)
        let two = net.unit(net.unit(net.unit(x, 256, [1, 1]), 256, [3, 3]), 384, [3, 3], stride: 2, padding: .valid)
        return net.concatenate([one, two, net.maxPooling(x, 3, stride: 2)], "mixed_6a")
    }

    private static func secondReduction(_ net: inout KerasSketch, _ x: Value) -> Value {
        let one = net.unit(net.unit(x, 256, [1, 1]), 384, [3, 3], stride: 2, padding: .valid)
        let two = net.unit(net.unit(x, 256, [1, 1]), 288, [3, 3], stride: 2, padding: .valid)
        let three = net.unit(net.unit(net.unit(x, 256, [1, 1]), 288, [3, 3]), 320, [3, 3], stride: 2, padding: .valid)
        return net.concatenate([one, two, three, net.maxPooling(x, 3, stride: 2)], "mixed_7a")
    }

    /// The input and, scaled, what a convolution makes of the branches.
    private static func residual(
        _ net: inout KerasSketch, _ x: Value, scale: Double, isActivated: Bool = true, _ name: String,
        _ branches: (inout KerasSketch, Value) -> [Value]
    ) -> Value {
        let mixed = net.concatenate(branches(&net, x), "\(name)_mixed")
        let made = net.convolution(mixed, x.channels, 1, padding: .same, "\(name)_conv")
        let layer = net.layer("CustomScaleLayer", nil, ["scale": .number(scale)])
        let sum = net.add(layer, to: [x, made], channels: x.channels, size: x.size)
        return isActivated ? net.activation(sum, "relu", "\(name)_ac") : sum
    }
}
