/// Inception in its third version (Szegedy and others, 2015).
enum TorchInceptionV3 {
    private typealias Value = TorchSketch.Value

    static let transformRemark =
        "whether the input is transformed is not in the file: the network takes it as it is (transform_input=False), which with weights that "
        + "torchvision published, or that were trained from them, asks for pixels from -1 to 1"

    static let all = [
        TorchArchitecture("inception_v3", imageSize: 299, preprocessing: nil, remarks: [transformRemark]) { net, image, classes in
            var x = conv(&net, image, "Conv2d_1a_3x3", 32, 3, stride: 2)
            x = conv(&net, conv(&net, x, "Conv2d_2a_3x3", 32, 3), "Conv2d_2b_3x3", 64, 3, padding: 1)
            x = net.maxPool(x, "maxpool1", kernel: 3, stride: 2)
            x = conv(&net, conv(&net, x, "Conv2d_3b_1x1", 80, 1), "Conv2d_4a_3x3", 192, 3)
            x = net.maxPool(x, "maxpool2", kernel: 3, stride: 2)
            for (letter, pooled) in [("b", 32), ("c", 64), ("d", 64)] { x = blockA(&net, x, "Mixed_5\(letter)", pooled) }
            x = blockB(&net, x, "Mixed_6a")
            for (letter, inner) in [("b", 128), ("c", 160), ("d", 160), ("e", 192)] { x = blockC(&net, x, "Mixed_6\(letter)", inner) }
            net.leaveOut("AuxLogits")
            x = blockD(&net, x, "Mixed_7a")
            for letter in ["b", "c"] { x = blockE(&net, x, "Mixed_7\(letter)") }
            return net.classes(net.pooledFeatures(x), "fc", classes)
        }
    ]

    private static func conv(
        _ net: inout TorchSketch, _ x: Value, _ module: String, _ channels: Int, _ kernel: (Int, Int), stride: Int = 1, padding: (Int, Int)
    ) -> Value {
        let y = net.conv(x, "\(module).conv", channels, kernel: kernel, stride: stride, padding: padding)
        return net.relu(net.batchNorm(y, "\(module).bn", epsilon: 1e-3), module)
    }

    private static func conv(
        _ net: inout TorchSketch, _ x: Value, _ module: String, _ channels: Int, _ size: Int, stride: Int = 1, padding: Int = 0
    ) -> Value {
        conv(&net, x, module, channels, (size, size), stride: stride, padding: (padding, padding))
    }

    /// A convolution along a row, `wide`, or along a column, `tall`, that keeps the size.
    private static func wide(_ net: inout TorchSketch, _ x: Value, _ module: String, _ channels: Int, _ size: Int) -> Value {
        conv(&net, x, module, channels, (1, size), padding: (0, size / 2))
    }

    private static func tall(_ net: inout TorchSketch, _ x: Value, _ module: String, _ channels: Int, _ size: Int) -> Value {
        conv(&net, x, module, channels, (size, 1), padding: (size / 2, 0))
    }

    private static func pooled(_ net: inout TorchSketch, _ x: Value, _ module: String, _ channels: Int) -> Value {
        conv(&net, net.averagePool(x, module, kernel: 3, stride: 1, padding: 1), "\(module).branch_pool", channels, 1)
    }

    private static func blockA(_ net: inout TorchSketch, _ x: Value, _ module: String, _ poolChannels: Int) -> Value {
        let y1 = conv(&net, x, "\(module).branch1x1", 64, 1)
        let y5 = conv(&net, conv(&net, x, "\(module).branch5x5_1", 48, 1), "\(module).branch5x5_2", 64, 5, padding: 2)
        var y3 = conv(&net, x, "\(module).branch3x3dbl_1", 64, 1)
        y3 = conv(&net, y3, "\(module).branch3x3dbl_2", 96, 3, padding: 1)
        y3 = conv(&net, y3, "\(module).branch3x3dbl_3", 96, 3, padding: 1)
        return net.cat([y1, y5, y3, pooled(&net, x, module, poolChannels)], module)
    }

    private static func blockB(_ net: inout TorchSketch, _ x: Value, _ module: String) -> Value {
        let y3 = conv(&net, x, "\(module).branch3x3", 384, 3, stride: 2)
        var y = conv(&net, x, "\(module).branch3x3dbl_1", 64, 1)
        y = conv(&net, y, "\(module).branch3x3dbl_2", 96, 3, padding: 1)
        y = conv(&net, y, "\(module).branch3x3dbl_3", 96, 3, stride: 2)
        return net.cat([y3, y, net.maxPool(x, module, kernel: 3, stride: 2)], module)
    }

    private static func blockC(_ net: inout TorchSketch, _ x: Value, _ module: String, _ inner: Int) -> Value {
        let y1 = conv(&net, x, "\(module).branch1x1", 192, 1)
        var y7 = conv(&net, x, "\(module).branch7x7_1", inner, 1)
        y7 = wide(&net, y7, "\(module).branch7x7_2", inner, 7)
        y7 = tall(&net, y7, "\(module).branch7x7_3", 192, 7)
        var y = conv(&net, x, "\(module).branch7x7dbl_1", inner, 1)
        y = tall(&net, y, "\(module).branch7x7dbl_2", inner, 7)
        y = wide(&net, y, "\(module).branch7x7dbl_3", inner, 7)
        y = tall(&net, y, "\(module).branch7x7dbl_4", inner, 7)
        y = wide(&net, y, "\(module).branch7x7dbl_5", 192, 7)
        return net.cat([y1, y7, y, pooled(&net, x, module, 192)], module)
    }

    private static func blockD(_ net: inout TorchSketch, _ x: Value, _ module: String) -> Value {
        let y3 = conv(&net, conv(&net, x, "\(module).branch3x3_1", 192, 1), "\(module).branch3x3_2", 320, 3, stride: 2)
        var y7 = conv(&net, x, "\(module).branch7x7x3_1", 192, 1)
        y7 = wide(&net, y7, "\(module).branch7x7x3_2", 192, 7)
        y7 = tall(&net, y7, "\(module).branch7x7x3_3", 192, 7)
        y7 = conv(&net, y7, "\(module).branch7x7x3_4", 192, 3, stride: 2)
        return net.cat([y3, y7, net.maxPool(x, module, kernel: 3, stride: 2)], module)
    }

    private static func blockE(_ net: inout TorchSketch, _ x: Value, _ module: String) -> Value {
        let y1 = conv(&net, x, "\(module).branch1x1", 320, 1)
        var y3 = conv(&net, x, "\(module).branch3x3_1", 384, 1)
        y3 = net.cat([wide(&net, y3, "\(module).branch3x3_2a", 384, 3), tall(&net, y3, "\(module).branch3x3_2b", 384, 3)], module)
        var y = conv(&net, x, "\(module).branch3x3dbl_1", 448, 1)
        y = conv(&net, y, "\(module).branch3x3dbl_2", 384, 3, padding: 1)
        y = net.cat([wide(&net, y, "\(module).branch3x3dbl_3a", 384, 3), tall(&net, y, "\(module).branch3x3dbl_3b", 384, 3)], module)
        return net.cat([y1, y3, y, pooled(&net, x, module, 192)], module)
    }
}
