/// A network whose modules are known by its name.
struct TorchArchitecture: Sendable {
    /// Puts the network together for an image and a number of classes.
    typealias Build = @Sendable (inout TorchSketch, TorchSketch.Value, Int) -> TorchSketch.Value

    /// The constructor's name.
    let name: String
    let origin: Origin
    /// Height and width of the images that the published weights are for.
    let imageSize: Int
    /// Whether images of other sizes can be taken as well.
    let takesAnySize: Bool
    /// How pixels become the input; `nil` where that is not known.
    let preprocessing: PixelPreprocessing?
    /// What has to be said about the network as it is built here.
    let remarks: [String]
    let build: Build

    enum Origin: String, Sendable {
        case torchvision
        case cifar = "akamaster/pytorch_resnet_cifar10"
    }

    init(
        _ name: String, origin: Origin = .torchvision, imageSize: Int = 224, takesAnySize: Bool = true, preprocessing: PixelPreprocessing? = .torch,
        remarks: [String] = [], _ build: @escaping Build
    ) {
        self.name = name
        self.origin = origin
        self.imageSize = imageSize
        self.takesAnySize = takesAnySize
        self.preprocessing = preprocessing
        self.remarks = remarks
        self.build = build
    }

    func sketch(classes: Int) -> TorchSketch {
        var sketch = TorchSketch(name)
        let image = sketch.image(takesAnySize ? nil : imageSize)
        sketch.end(build(&sketch, image, classes))
        return sketch
    }
}
