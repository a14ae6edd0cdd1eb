/// NASNet-A, mobile and large: two kinds of cells that a search found (Zoph and others, 2017).
///
/// Where a cell takes the image before last, its layers depend on whether that image is larger: sizes are definite, without top as well.
struct NASNet {
    static let all = [
        Architecture("NASNetLarge", .tf) { NASNet(last: 4032, blocks: 6, stem: 96, skips: true, size: 331).sketch("nasnet_large", $0) },
        Architecture("NASNetMobile", .tf) { NASNet(last: 1056, blocks: 4, stem: 32, skips: false, size: 224).sketch("nasnet_mobile", $0) },
    ]

    private let filters: Int
    private let blocks: Int
    private let stem: Int
    /// Whether the cell after a reduction reads what came before the reduction's input.
    private let skips: Bool
    private let size: Int

    private init(last: Int, blocks: Int, stem: Int, skips: Bool, size: Int) {
        filters = last / 24
        self.blocks = blocks
        self.stem = stem
        self.skips = skips
        self.size = size
    }

    private typealias Value = KerasSketch.Value

    private func sketch(_ name: String, _ head: Architecture.Head) -> KerasSketch {
        var net = KerasSketch(name)
        var x = net.convolution(net.image(size), stem, 3, stride: 2, bias: false, "stem_conv1")
        x = net.batchNormalization(x, "stem_bn1")
        var before: Value?
        for (number, divisor) in [(1, 4), (2, 2)] {
            (x, before) = (reduction(&net, x, before, filters / divisor, "stem_\(number)"), x)
        }
        for stage in 0..<3 {
            let width = filters << stage
            if stage > 0 {
                let reduced = reduction(&net, x, before, width, "reduce_\(stage * blocks)")
                (x, before) = (reduced, skips ? before : x)
            }
            for number in 0..<blocks {
                (x, before) = (normal(&net, x, before, width, "\(stage * blocks + number + min(stage, 1))"), x)
            }
        }
        net.end(net.activation(x, "relu"), head, pool: nil, maximum: nil)
        return net
    }

    /// Two separable convolutions, each after a ReLU.
    private func separable(
        _ net: inout KerasSketch, _ input: Value, _ filters: Int, _ side: Int, stride: Int = 1, _ name: String
    ) -> Value {
        var x = net.activation(input, "relu")
        if stride == 2 { x = net.padForStride2(x, window: side, "separable_conv_1_pad_\(name)") }
        x = net.separable(x, filters, side, stride: stride, padding: stride == 2 ? .valid : .same, "separable_conv_1_\(name)")
        x = net.activation(net.batchNormalization(x, "separable_conv_1_bn_\(name)"), "relu")
        return net.batchNormalization(net.separable(x, filters, side, "separable_conv_2_\(name)"), "separable_conv_2_bn_\(name)")
    }

    /// The image before last, brought to the size of the last one and to so many channels.
    private func adjusted(_ net: inout KerasSketch, _ before: Value?, to x: Value, _ filters: Int, _ name: String) -> Value {
        guard let before else { return x }
        if before.size != x.size {
            let active = net.activation(before, "relu", "adjust_relu_1_\(name)")
            var one = net.averagePooling(active, 1, stride: 2, "adjust_avg_pool_1_\(name)")
            one = net.convolution(one, filters / 2, 1, padding: .same, bias: false, "adjust_conv_1_\(name)")
            var two = net.crop(net.pad(active, before: 0, after: 1), before: 1)
            two = net.averagePooling(two, 1, stride: 2, "adjust_avg_pool_2_\(name)")
            two = net.convolution(two, filters / 2, 1, padding: .same, bias: false, "adjust_conv_2_\(name)")
            return net.batchNormalization(net.concatenate([one, two]), "adjust_bn_\(name)")
        }
        guard before.channels != filters else { return before }
        let made = net.convolution(net.activation(before, "relu"), filters, 1, padding: .same, bias: false, "adjust_conv_projection_\(name)")
        return net.batchNormalization(made, "adjust_bn_\(name)")
    }

    private func narrowed(_ net: inout KerasSketch, _ x: Value, _ filters: Int, _ kind: String, _ name: String) -> Value {
        let made = net.convolution(net.activation(x, "relu"), filters, 1, padding: .same, bias: false, "\(kind)_conv_1_\(name)")
        return net.batchNormalization(made, "\(kind)_bn_1_\(name)")
    }

    private func normal(_ net: inout KerasSketch, _ x: Value, _ before: Value?, _ filters: Int, _ name: String) -> Value {
        let p = adjusted(&net, before, to: x, filters, name)
        let h = narrowed(&net, x, filters, "normal", name)
        let left1 = separable(&net, h, filters, 5, "normal_left1_\(name)")
        let one = net.sum([left1, separable(&net, p, filters, 3, "normal_right1_\(name)")], "normal_add_1_\(name)")
        let left2 = separable(&net, p, filters, 5, "normal_left2_\(name)")
        let two = net.sum([left2, separable(&net, p, filters, 3, "normal_right2_\(name)")], "normal_add_2_\(name)")
        let three = net.sum([net.averagePooling(h, 3, stride: 1, padding: .same, "normal_left3_\(name)"), p], "normal_add_3_\(name)")
        let left4 = net.averagePooling(p, 3, stride: 1, padding: .same, "normal_left4_\(name)")
        let four = net.sum([left4, net.averagePooling(p, 3, stride: 1, padding: .same, "normal_right4_\(name)")], "normal_add_4_\(name)")
        let five = net.sum([separable(&net, h, filters, 3, "normal_left5_\(name)"), h], "normal_add_5_\(name)")
        return net.concatenate([p, one, two, three, four, five], "normal_concat_\(name)")
    }

    private func reduction(_ net: inout KerasSketch, _ x: Value, _ before: Value?, _ filters: Int, _ name: String) -> Value {
        let p = adjusted(&net, before, to: x, filters, name)
        let h = narrowed(&net, x, filters, "reduction", name)
        let padded = net.padForStride2(h, window: 3, "reduction_pad_1_\(name)")
        let left1 = separable(&net, h, filters, 5, stride: 2, "reduction_left1_\(name)")
        let one = net.sum([left1, separable(&net, p, filters, 7, stride: 2, "reduction_right1_\(name)")], "reduction_add_1_\(name)")
        let left2 = net.maxPooling(padded, 3, stride: 2, "reduction_left2_\(name)")
        let two = net.sum([left2, separable(&net, p, filters, 7, stride: 2, "reduction_right2_\(name)")], "reduction_add_2_\(name)")
        let left3 = net.averagePooling(padded, 3, stride: 2, "reduction_left3_\(name)")
        let three = net.sum([left3, separable(&net, p, filters, 5, stride: 2, "reduction_right3_\(name)")], "reduction_add3_\(name)")
        let four = net.sum([two, net.averagePooling(one, 3, stride: 1, padding: .same, "reduction_left4_\(name)")])
        let left5 = separable(&net, one, filters, 3, "reduction_left4_\(name)")
        let five = net.sum([left5, net.maxPooling(padded, 3, stride: 2, "reduction_right5_\(name)")], "reduction_add4_\(name)")
        return net.concatenate([two, three, four, five], "reduction_concat_\(name)")
    }
}
