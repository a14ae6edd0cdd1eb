/// ResNet50, 101 and 152 in their first and second version: bottlenecks with shortcuts (He and others, 2015 and 2016).
enum ResNet {
    private static let counts: KeyValuePairs = ["50": [3, 4, 6, 3], "101": [3, 4, 23, 3], "152": [3, 8, 36, 3]]
    private static let epsilon = 1.001e-5

    static let all =
        counts.map { depth, counts in Architecture("ResNet\(depth)", .caffe) { first("resnet\(depth)", counts, $0) } }
        + counts.map { depth, counts in Architecture("ResNet\(depth)V2", .tf) { second("resnet\(depth)v2", counts, $0) } }

    private static func normalizedRelu(_ net: inout KerasSketch, _ x: KerasSketch.Value, _ name: String) -> KerasSketch.Value {
        net.activation(net.batchNormalization(x, epsilon: epsilon, "\(name)_bn"), "relu", "\(name)_relu")
    }

    private static func first(_ name: String, _ counts: [Int], _ head: Architecture.Head) -> KerasSketch {
        var net = KerasSketch(name)
        var x = net.pad(net.image(head.size(224)), before: 3, after: 3, "conv1_pad")
        x = normalizedRelu(&net, net.convolution(x, 64, 7, stride: 2, "conv1_conv"), "conv1")
        x = net.maxPooling(net.pad(x, before: 1, after: 1, "pool1_pad"), 3, stride: 2, "pool1_pool")
        for (stage, count) in counts.enumerated() {
            for block in 1...count {
                let stride = block == 1 && stage > 0 ? 2 : 1
                x = firstBlock(&net, x, 64 << stage, stride: stride, isFirst: block == 1, "conv\(stage + 2)_block\(block)")
            }
        }
        net.end(x, head)
        return net
    }

    private static func firstBlock(
        _ net: inout KerasSketch, _ input: KerasSketch.Value, _ filters: Int, stride: Int, isFirst: Bool, _ name: String
    ) -> KerasSketch.Value {
        var shortcut = input
        if isFirst {
            shortcut = net.convolution(input, 4 * filters, 1, stride: stride, "\(name)_0_conv")
            shortcut = net.batchNormalization(shortcut, epsilon: epsilon, "\(name)_0_bn")
        }
        var x = normalizedRelu(&net, net.convolution(input, filters, 1, stride: stride, "\(name)_1_conv"), "\(name)_1")
        x = normalizedRelu(&net, net.convolution(x, filters, 3, padding: .same, "\(name)_2_conv"), "\(name)_2")
        x = net.batchNormalization(net.convolution(x, 4 * filters, 1, "\(name)_3_conv"), epsilon: epsilon, "\(name)_3_bn")
        return net.activation(net.sum([shortcut, x], "\(name)_add"), "relu", "\(name)_out")
    }

    private static func second(_ name: String, _ counts: [Int], _ head: Architecture.Head) -> KerasSketch {
        var net = KerasSketch(name)
        var x = net.pad(net.image(head.size(224)), before: 3, after: 3, "conv1_pad")
        x = net.convolution(x, 64, 7, stride: 2, "conv1_conv")
        x = net.maxPooling(net.pad(x, before: 1, after: 1, "pool1_pad"), 3, stride: 2, "pool1_pool")
        for (stage, count) in counts.enumerated() {
            for block in 1...count {
                let stride = block == count && stage < 3 ? 2 : 1
                x = secondBlock(&net, x, 64 << stage, stride: stride, isFirst: block == 1, "conv\(stage + 2)_block\(block)")
            }
        }
        net.end(normalizedRelu(&net, x, "post"), head)
        return net
    }

    private static func secondBlock(
        _ net: inout KerasSketch, _ input: KerasSketch.Value, _ filters: Int, stride: Int, isFirst: Bool, _ name: String
    ) -> KerasSketch.Value {
        let before = normalizedRelu(&net, input, "\(name)_preact")
        var shortcut = input
        if isFirst {
            shortcut = net.convolution(before, 4 * filters, 1, stride: stride, "\(name)_0_conv")
        } else if stride > 1 {
            shortcut = net.maxPooling(input, 1, stride: stride)
        }
        var x = normalizedRelu(&net, net.convolution(before, filters, 1, bias: false, "\(name)_1_conv"), "\(name)_1")
        x = net.pad(x, before: 1, after: 1, "\(name)_2_pad")
        x = normalizedRelu(&net, net.convolution(x, filters, 3, stride: stride, bias: false, "\(name)_2_conv"), "\(name)_2")
        return net.sum([shortcut, net.convolution(x, 4 * filters, 1, "\(name)_3_conv")], "\(name)_out")
    }
}
