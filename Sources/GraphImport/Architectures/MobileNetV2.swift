/// MobileNetV2: inverted residuals (Sandler and others, 2018), in the widths of which weights were published.
enum MobileNetV2 {
    static let all = [
        Architecture(
            "MobileNetV2", .tf,
            [1.0, 1.4, 1.3, 0.75, 0.5, 0.35].map { width in
                Architecture.Variant(width == 1 ? "" : "alpha \(width)") { sketch(width, $0) }
            })
    ]

    /// Filters, stride of the first, and count of the blocks of each stage.
    private static let stages = [(16, 1, 1), (24, 2, 2), (32, 2, 3), (64, 2, 4), (96, 1, 3), (160, 2, 3), (320, 1, 1)]

    private static func sketch(_ width: Double, _ head: Architecture.Head) -> KerasSketch {
        var net = KerasSketch("mobilenetv2")
        var x = net.image(head.size(224))
        x = net.convolution(x, multipleOf8(32 * width), 3, stride: 2, padding: .same, bias: false, "Conv1")
        x = net.relu6(net.batchNormalization(x, "bn_Conv1"), "Conv1_relu")
        var number = 0
        for (filters, stride, count) in stages {
            for position in 0..<count {
                let channels = multipleOf8(Double(Int(Double(filters) * width)))
                x = block(&net, x, channels, stride: position == 0 ? stride : 1, number: number)
                number += 1
            }
        }
        x = net.convolution(x, width > 1 ? multipleOf8(1280 * width) : 1280, 1, bias: false, "Conv_1")
        net.end(net.relu6(net.batchNormalization(x, "Conv_1_bn"), "out_relu"), head, pool: nil, maximum: nil)
        return net
    }

    private static func block(
        _ net: inout KerasSketch, _ input: KerasSketch.Value, _ filters: Int, stride: Int, number: Int
    ) -> KerasSketch.Value {
        var x = input
        let prefix = number == 0 ? "expanded_conv" : "block_\(number)"
        if number > 0 {
            x = net.convolution(x, 6 * input.channels, 1, padding: .same, bias: false, "\(prefix)_expand")
            x = net.relu6(net.batchNormalization(x, "\(prefix)_expand_BN"), "\(prefix)_expand_relu")
        }
        if stride == 2 { x = net.padForStride2(x, window: 3, "\(prefix)_pad") }
        x = net.depthwise(x, 3, stride: stride, padding: stride == 1 ? .same : .valid, "\(prefix)_depthwise")
        x = net.relu6(net.batchNormalization(x, "\(prefix)_depthwise_BN"), "\(prefix)_depthwise_relu")
        x = net.batchNormalization(net.convolution(x, filters, 1, padding: .same, bias: false, "\(prefix)_project"), "\(prefix)_project_BN")
        return input.channels == filters && stride == 1 ? net.sum([input, x], "\(prefix)_add") : x
    }
}
