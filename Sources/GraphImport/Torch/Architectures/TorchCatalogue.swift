/// Every network that is known by name: torchvision's convolutional classifiers, and the ResNets for CIFAR-10 of akamaster/pytorch_resnet_cifar10.
package enum TorchCatalogue {
    static let all =
        TorchAlexNet.all + TorchConvNeXt.all + TorchDenseNet.all + TorchEfficientNet.all + TorchGoogLeNet.all + TorchInceptionV3.all
        + TorchMNASNet.all + TorchMobileNetV2.all + TorchMobileNetV3.all + TorchRegNet.all + TorchResNet.all + TorchCIFARResNet.all
        + TorchShuffleNetV2.all + TorchSqueezeNet.all + TorchVGG.all

    /// The names, in the order of families.
    package static var names: [String] { all.map(\.name) }

    /// The names and shapes of the tensors that inference reads of a network's state dict; none for a name that is not in the catalogue.
    package static func tensors(of name: String, classes: Int) -> [(name: String, shape: [Int])] {
        all.first { $0.name == name }?.sketch(classes: classes).tensors.map { ($0.name, $0.shape) } ?? []
    }
}
