/// MobileNet: depthwise convolutions (Howard and others, 2017), in the widths of which weights were published.
enum MobileNet {
    static let all = [
        Architecture(
            "MobileNet", .tf,
            [1.0, 0.75, 0.5, 0.25].map { width in
                Architecture.Variant(width == 1 ? "" : "alpha \(width)") { sketch(width, $0) }
            })
    ]

    private static func sketch(_ width: Double, _ head: Architecture.Head) -> KerasSketch {
        var net = KerasSketch("mobilenet")
        var x = net.image(head.size(224))
        x = normalizedRelu(&net, net.convolution(x, Int(32 * width), 3, stride: 2, padding: .same, bias: false, "conv1"), "conv1")
        let filters = [64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024]
        for (number, filters) in zip(1..., filters) {
            let strides = [2, 4, 6, 12].contains(number)
            if strides { x = net.pad(x, before: 0, after: 1, "conv_pad_\(number)") }
            x = net.depthwise(x, 3, stride: strides ? 2 : 1, padding: strides ? .valid : .same, "conv_dw_\(number)")
            x = normalizedRelu(&net, x, "conv_dw_\(number)")
            x = net.convolution(x, Int(Double(filters) * width), 1, padding: .same, bias: false, "conv_pw_\(number)")
            x = normalizedRelu(&net, x, "conv_pw_\(number)")
        }
        switch head {
        case .classes(let classes):
            x = net.same(net.globalAverage(x, keepsAxes: true), "Dropout", "dropout")
            x = net.convolution(x, classes, 1, padding: .same, "conv_preds")
            net.classify(by: x)
            x = net.activation(net.reshape(x, [classes], "reshape_2"), "softmax", "predictions")
        case .features(let pooling): net.pool(x, pooling)
        }
        return net
    }

    private static func normalizedRelu(_ net: inout KerasSketch, _ x: KerasSketch.Value, _ name: String) -> KerasSketch.Value {
        net.relu6(net.batchNormalization(x, "\(name)_bn"), "\(name)_relu")
    }
}

/// A number of channels that is a multiple of 8, near `channels` and not below nine tenths of it.
func multipleOf8(_ channels: Double) -> Int {
    let near = max(8, Int(channels + 4) / 8 * 8)
    return Double(near) < 0.9 * channels ? near + 8 : near
}
