/// AlexNet with one path (Krizhevsky, 2014).
enum TorchAlexNet {
    static let all = [
        TorchArchitecture("alexnet") { net, image, classes in
            var x = net.relu(net.conv(image, "features.0", 64, kernel: 11, stride: 4, padding: 2, bias: true), "features.1")
            x = net.maxPool(x, "features.2", kernel: 3, stride: 2)
            x = net.relu(net.conv(x, "features.3", 192, kernel: 5, padding: 2, bias: true), "features.4")
            x = net.maxPool(x, "features.5", kernel: 3, stride: 2)
            for (number, channels) in [(6, 384), (8, 256), (10, 256)] {
                x = net.relu(net.conv(x, "features.\(number)", channels, kernel: 3, padding: 1, bias: true), "features.\(number + 1)")
            }
            x = net.maxPool(x, "features.12", kernel: 3, stride: 2)
            x = net.flatten(net.adaptiveAveragePool(x, "avgpool", 6), area: 36)
            x = net.relu(net.linear(x, "classifier.1", 4096), "classifier.2")
            x = net.relu(net.linear(x, "classifier.4", 4096), "classifier.5")
            return net.classes(x, "classifier.6", classes)
        }
    ]
}
