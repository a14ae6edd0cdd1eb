/// EfficientNet (Tan and Le, 2019) and its second version (2021).
enum TorchEfficientNet {
    static let all = [
        first("b0", width: 1, depth: 1, 224), first("b1", width: 1, depth: 1.1, 240), first("b2", width: 1.1, depth: 1.2, 288),
        first("b3", width: 1.2, depth: 1.4, 300), first("b4", width: 1.4, depth: 1.8, 380),
        first("b5", width: 1.6, depth: 2.2, 456, epsilon: 1e-3), first("b6", width: 1.8, depth: 2.6, 528, epsilon: 1e-3),
        first("b7", width: 2, depth: 3.1, 600, epsilon: 1e-3),
        second("s", small, 384), second("m", medium, 480), second("l", large, 480, preprocessing: .tf),
    ]

    private struct Stage {
        /// Whether one convolution takes the place of that which expands and that of each channel.
        var isFused = false
        let expansion: Int
        let kernel: Int
        let stride: Int
        let channels: Int
        let count: Int
    }

    // MARK: First version

    private static let stages = [
        Stage(expansion: 1, kernel: 3, stride: 1, channels: 16, count: 1), Stage(expansion: 6, kernel: 3, stride: 2, channels: 24, count: 2),
        Stage(expansion: 6, kernel: 5, stride: 2, channels: 40, count: 2), Stage(expansion: 6, kernel: 3, stride: 2, channels: 80, count: 3),
        Stage(expansion: 6, kernel: 5, stride: 1, channels: 112, count: 3), Stage(expansion: 6, kernel: 5, stride: 2, channels: 192, count: 4),
        Stage(expansion: 6, kernel: 3, stride: 1, channels: 320, count: 1),
    ]

    private static func first(_ name: String, width: Double, depth: Double, _ imageSize: Int, epsilon: Double = 1e-5) -> TorchArchitecture {
        let stages = stages.map { stage in
            Stage(
                expansion: stage.expansion, kernel: stage.kernel, stride: stage.stride, channels: multipleOf8(Double(stage.channels) * width),
                count: Int((Double(stage.count) * depth).rounded(.up)))
        }
        return network("efficientnet_\(name)", stages, first: multipleOf8(32 * width), last: nil, imageSize, .torch, epsilon)
    }

    // MARK: Second version

    private static func fused(_ expansion: Int, _ stride: Int, _ channels: Int, _ count: Int) -> Stage {
        Stage(isFused: true, expansion: expansion, kernel: 3, stride: stride, channels: channels, count: count)
    }

    private static func plain(_ expansion: Int, _ stride: Int, _ channels: Int, _ count: Int) -> Stage {
        Stage(expansion: expansion, kernel: 3, stride: stride, channels: channels, count: count)
    }

    private static let small = [
        fused(1, 1, 24, 2), fused(4, 2, 48, 4), fused(4, 2, 64, 4), plain(4, 2, 128, 6), plain(6, 1, 160, 9), plain(6, 2, 256, 15),
    ]
    private static let medium = [
        fused(1, 1, 24, 3), fused(4, 2, 48, 5), fused(4, 2, 80, 5), plain(4, 2, 160, 7), plain(6, 1, 176, 14), plain(6, 2, 304, 18),
        plain(6, 1, 512, 5),
    ]
    private static let large = [
        fused(1, 1, 32, 4), fused(4, 2, 64, 7), fused(4, 2, 96, 7), plain(4, 2, 192, 10), plain(6, 1, 224, 19), plain(6, 2, 384, 25),
        plain(6, 1, 640, 7),
    ]

    private static func second(_ name: String, _ stages: [Stage], _ imageSize: Int, preprocessing: PixelPreprocessing = .torch) -> TorchArchitecture {
        network("efficientnet_v2_\(name)", stages, first: stages[0].channels, last: 1280, imageSize, preprocessing, 1e-3)
    }

    // MARK: Both

    private static func network(
        _ name: String, _ stages: [Stage], first: Int, last: Int?, _ imageSize: Int, _ preprocessing: PixelPreprocessing, _ epsilon: Double
    ) -> TorchArchitecture {
        TorchArchitecture(name, imageSize: imageSize, preprocessing: preprocessing) { net, image, classes in
            var x = net.convNormActivation(image, "features.0", first, stride: 2, epsilon: epsilon, .silu)
            for (number, stage) in stages.enumerated() {
                for block in 0..<stage.count {
                    x = add(stage, to: &net, x, "features.\(number + 1).\(block)", stride: block == 0 ? stage.stride : 1, epsilon)
                }
            }
            x = net.convNormActivation(x, "features.\(stages.count + 1)", last ?? 4 * x.channels, kernel: 1, epsilon: epsilon, .silu)
            return net.classes(net.pooledFeatures(x), "classifier.1", classes)
        }
    }

    private static func add(
        _ stage: Stage, to net: inout TorchSketch, _ input: TorchSketch.Value, _ module: String, stride: Int, _ epsilon: Double
    ) -> TorchSketch.Value {
        let expanded = input.channels * stage.expansion
        var x = input
        var number = 0
        func next() -> String {
            defer { number += 1 }
            return "\(module).block.\(number)"
        }
        if stage.isFused {
            let channels = stage.expansion == 1 ? stage.channels : expanded
            x = net.convNormActivation(x, next(), channels, kernel: stage.kernel, stride: stride, epsilon: epsilon, .silu)
        } else {
            if stage.expansion != 1 { x = net.convNormActivation(x, next(), expanded, kernel: 1, epsilon: epsilon, .silu) }
            x = net.convNormActivation(x, next(), expanded, kernel: stage.kernel, stride: stride, groups: expanded, epsilon: epsilon, .silu)
            x = net.squeezeExcitation(x, next(), max(1, input.channels / 4), .silu)
        }
        if !stage.isFused || stage.expansion != 1 { x = net.convNormActivation(x, next(), stage.channels, kernel: 1, epsilon: epsilon, nil) }
        return stride == 1 && input.channels == stage.channels ? net.add(x, input, module) : x
    }
}
