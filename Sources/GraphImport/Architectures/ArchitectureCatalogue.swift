/// Every network that is known by name: the constructors of keras.applications in Keras 3.15.
package enum ArchitectureCatalogue {
    static let all =
        (ConvNeXt.all + DenseNet.all + EfficientNet.all + EfficientNetV2.all + InceptionResNetV2.all + InceptionV3.all + MobileNet.all
        + MobileNetV2.all + MobileNetV3.all + NASNet.all + ResNet.all + VGG.all + Xception.all)
        .sorted { $0.name < $1.name }

    /// The names, in order.
    package static var names: [String] { all.map(\.name) }
}
