/// GoogLeNet (Szegedy and others, 2014) with normalisation.
enum TorchGoogLeNet {
    static let all = [
        TorchArchitecture("googlenet", preprocessing: nil, remarks: [TorchInceptionV3.transformRemark]) { net, image, classes in
            var x = net.maxPool(conv(&net, image, "conv1", 64, 7, stride: 2), "maxpool1", kernel: 3, stride: 2, ceilMode: true)
            x = conv(&net, conv(&net, x, "conv2", 64, 1), "conv3", 192, 3)
            x = net.maxPool(x, "maxpool2", kernel: 3, stride: 2, ceilMode: true)
            x = inception(&net, x, "inception3a", 64, (96, 128), (16, 32), 32)
            x = inception(&net, x, "inception3b", 128, (128, 192), (32, 96), 64)
            x = net.maxPool(x, "maxpool3", kernel: 3, stride: 2, ceilMode: true)
            x = inception(&net, x, "inception4a", 192, (96, 208), (16, 48), 64)
            x = inception(&net, x, "inception4b", 160, (112, 224), (24, 64), 64)
            x = inception(&net, x, "inception4c", 128, (128, 256), (24, 64), 64)
            x = inception(&net, x, "inception4d", 112, (144, 288), (32, 64), 64)
            x = inception(&net, x, "inception4e", 256, (160, 320), (32, 128), 128)
            x = net.maxPool(x, "maxpool4", kernel: 2, stride: 2, ceilMode: true)
            x = inception(&net, x, "inception5a", 256, (160, 320), (32, 128), 128)
            x = inception(&net, x, "inception5b", 384, (192, 384), (48, 128), 128)
            net.leaveOut("aux1")
            net.leaveOut("aux2")
            return net.classes(net.pooledFeatures(x), "fc", classes)
        }
    ]

    private static func conv(
        _ net: inout TorchSketch, _ x: TorchSketch.Value, _ module: String, _ channels: Int, _ kernel: Int, stride: Int = 1
    ) -> TorchSketch.Value {
        let y = net.conv(x, "\(module).conv", channels, kernel: kernel, stride: stride, padding: kernel / 2)
        return net.relu(net.batchNorm(y, "\(module).bn", epsilon: 1e-3), module)
    }

    /// Pairs are the channels of a convolution of 1 by 1 and of one of 3 by 3 after it. torchvision has the latter in both branches, where the paper has
    /// one of 5 by 5.
    private static func inception(
        _ net: inout TorchSketch, _ x: TorchSketch.Value, _ module: String, _ first: Int, _ second: (Int, Int), _ third: (Int, Int), _ pooled: Int
    ) -> TorchSketch.Value {
        let y1 = conv(&net, x, "\(module).branch1", first, 1)
        let y2 = conv(&net, conv(&net, x, "\(module).branch2.0", second.0, 1), "\(module).branch2.1", second.1, 3)
        let y3 = conv(&net, conv(&net, x, "\(module).branch3.0", third.0, 1), "\(module).branch3.1", third.1, 3)
        let pool = net.maxPool(x, "\(module).branch4.0", kernel: 3, stride: 1, padding: 1, ceilMode: true)
        return net.cat([y1, y2, y3, conv(&net, pool, "\(module).branch4.1", pooled, 1)], module)
    }
}
