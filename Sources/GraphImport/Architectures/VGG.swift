/// VGG16 and VGG19: blocks of convolutions of 3 by 3, and three Dense layers (Simonyan and Zisserman, 2014).
enum VGG {
    static let all = [
        Architecture("VGG16", .caffe) { sketch("vgg16", [2, 2, 3, 3, 3], $0) },
        Architecture("VGG19", .caffe) { sketch("vgg19", [2, 2, 4, 4, 4], $0) },
    ]

    private static func sketch(_ name: String, _ counts: [Int], _ head: Architecture.Head) -> KerasSketch {
        var net = KerasSketch(name)
        var x = net.image(head.size(224))
        for (block, (filters, count)) in zip([64, 128, 256, 512, 512], counts).enumerated() {
            for number in 1...count {
                x = net.convolution(x, filters, 3, padding: .same, activation: "relu", "block\(block + 1)_conv\(number)")
            }
            x = net.maxPooling(x, 2, stride: 2, "block\(block + 1)_pool")
        }
        switch head {
        case .classes(let classes):
            x = net.flatten(x, "flatten")
            for name in ["fc1", "fc2"] { x = net.dense(x, 4096, activation: "relu", name) }
            net.classify(by: net.dense(x, classes, activation: "softmax", "predictions"))
        case .features(let pooling): net.pool(x, pooling)
        }
        return net
    }
}
