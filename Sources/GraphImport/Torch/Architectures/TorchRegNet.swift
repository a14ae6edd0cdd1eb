/// RegNetX and RegNetY, the latter with squeeze and excitation (Radosavovic and others, 2020).
enum TorchRegNet {
    /// Blocks and channels of each stage, and the channels of a group.
    private static let x = [
        ("400mf", [1, 2, 7, 12], [32, 64, 160, 400], 16), ("800mf", [1, 3, 7, 5], [64, 128, 288, 672], 16),
        ("1_6gf", [2, 4, 10, 2], [72, 168, 408, 912], 24), ("3_2gf", [2, 6, 15, 2], [96, 192, 432, 1008], 48),
        ("8gf", [2, 5, 15, 1], [80, 240, 720, 1920], 120), ("16gf", [2, 6, 13, 1], [256, 512, 896, 2048], 128),
        ("32gf", [2, 7, 13, 1], [336, 672, 1344, 2520], 168),
    ]
    private static let y = [
        ("400mf", [1, 3, 6, 6], [48, 104, 208, 440], 8), ("800mf", [1, 3, 8, 2], [64, 144, 320, 784], 16),
        ("1_6gf", [2, 6, 17, 2], [48, 120, 336, 888], 24), ("3_2gf", [2, 5, 13, 1], [72, 216, 576, 1512], 24),
        ("8gf", [2, 4, 10, 1], [224, 448, 896, 2016], 56), ("16gf", [2, 4, 11, 1], [224, 448, 1232, 3024], 112),
        ("32gf", [2, 5, 12, 1], [232, 696, 1392, 3712], 232), ("128gf", [2, 7, 17, 1], [528, 1056, 2904, 7392], 264),
    ]

    static let all =
        x.map { network("regnet_x_\($0)", $1, $2, $3, isExciting: false) } + y.map { network("regnet_y_\($0)", $1, $2, $3, isExciting: true) }

    private static func network(_ name: String, _ counts: [Int], _ widths: [Int], _ group: Int, isExciting: Bool) -> TorchArchitecture {
        TorchArchitecture(name) { net, image, classes in
            var x = net.convNormActivation(image, "stem", 32, stride: 2)
            for (stage, (count, width)) in zip(counts, widths).enumerated() {
                for block in 0..<count {
                    let module = "trunk_output.block\(stage + 1).block\(stage + 1)-\(block)"
                    x = residual(&net, x, module, width, groups: width / min(group, width), stride: block == 0 ? 2 : 1, isExciting)
                }
            }
            return net.classes(net.pooledFeatures(x), "fc", classes)
        }
    }

    private static func residual(
        _ net: inout TorchSketch, _ input: TorchSketch.Value, _ module: String, _ width: Int, groups: Int, stride: Int, _ isExciting: Bool
    ) -> TorchSketch.Value {
        var shortcut = input
        if stride > 1 || input.channels != width { shortcut = net.convNormActivation(input, "\(module).proj", width, kernel: 1, stride: stride, nil) }
        var x = net.convNormActivation(input, "\(module).f.a", width, kernel: 1)
        x = net.convNormActivation(x, "\(module).f.b", width, stride: stride, groups: groups)
        if isExciting { x = net.squeezeExcitation(x, "\(module).f.se", input.channels / 4) }
        x = net.convNormActivation(x, "\(module).f.c", width, kernel: 1, nil)
        return net.relu(net.add(shortcut, x, module), "\(module).activation")
    }
}
