import ByteIO

/// ConvNeXt, tiny to extra large: a ResNet with the habits of transformers (Liu and others, 2022).
enum ConvNeXt {
    static let all = [
        entry("Base", [3, 3, 27, 3], 128), entry("Large", [3, 3, 27, 3], 192), entry("Small", [3, 3, 27, 3], 96),
        entry("Tiny", [3, 3, 9, 3], 96), entry("XLarge", [3, 3, 27, 3], 256),
    ]

    private static func entry(_ name: String, _ counts: [Int], _ width: Int) -> Architecture {
        Architecture("ConvNeXt\(name)", .inside) { sketch("convnext_\(name.lowercased())", counts, width, $0) }
    }

    private static func sketch(_ name: String, _ counts: [Int], _ width: Int, _ head: Architecture.Head) -> KerasSketch {
        var net = KerasSketch(name)
        var x = net.same(
            net.image(head.size(224)), "Normalization", "\(name)_prestem_normalization",
            [
                "axis": .array([.integer(-1)]), "mean": .array([0.485, 0.456, 0.406].map { .number($0 * 255) }),
                "variance": .array(EfficientNet.deviations.map { .number(($0 * 255) * ($0 * 255)) }),
            ])
        for (stage, count) in counts.enumerated() {
            x = entrance(&net, x, stage, width << stage, name)
            for number in 0..<count { x = block(&net, x, "\(name)_stage_\(stage)_block_\(number)") }
        }
        switch head {
        case .classes(let classes):
            x = net.layerNormalization(net.globalAverage(x, "\(name)_head_gap"), "\(name)_head_layernorm")
            net.classify(by: net.dense(x, classes, activation: "softmax", "\(name)_head_dense"))
        case .features(let pooling): x = net.layerNormalization(net.pool(x, pooling))
        }
        return net
    }

    /// The convolution that makes the image of a stage smaller.
    private static func entrance(_ net: inout KerasSketch, _ x: KerasSketch.Value, _ stage: Int, _ filters: Int, _ name: String) -> KerasSketch.Value
    {
        let stride = stage == 0 ? 4 : 2
        let convolutionName = stage == 0 ? "\(name)_stem_conv" : "\(name)_downsampling_conv_\(stage - 1)"
        let convolution = net.convolutionLayer(x.channels, filters, [stride, stride], stride: stride, convolutionName)
        let normalization = net.layerNormalizationLayer(
            stage == 0 ? filters : x.channels, stage == 0 ? "\(name)_stem_layernorm" : "\(name)_downsampling_layernorm_\(stage - 1)")
        return net.sequential(
            stage == 0 ? [convolution, normalization] : [normalization, convolution],
            stage == 0 ? "\(name)_stem" : "\(name)_downsampling_block_\(stage - 1)", to: x, channels: filters, size: x.size.map { $0 / stride })
    }

    private static func block(_ net: inout KerasSketch, _ input: KerasSketch.Value, _ name: String) -> KerasSketch.Value {
        let channels = input.channels
        var x = net.convolution(input, channels, 7, padding: .same, groups: channels, "\(name)_depthwise_conv")
        x = net.dense(net.layerNormalization(x, "\(name)_layernorm"), 4 * channels, "\(name)_pointwise_conv_1")
        x = net.dense(net.activation(x, "gelu", "\(name)_gelu"), channels, "\(name)_pointwise_conv_2")
        x = net.same(x, "LayerScale", "\(name)_layer_scale", ["projection_dim": .integer(channels)], weights: [[channels]])
        return net.operation("Add", [input, net.activation(x, "linear", "\(name)_identity")])
    }
}
