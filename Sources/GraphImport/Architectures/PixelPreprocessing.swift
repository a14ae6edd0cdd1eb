/// How the pixels of an image, 0 to 255, become the input of a network of keras.applications: `preprocess_input` of its module.
package enum PixelPreprocessing: Sendable, Hashable {
    /// Blue, green, red, each less the mean of ImageNet.
    case caffe
    /// From -1 to 1.
    case tf
    /// From 0 to 1, less the mean of ImageNet, in units of its deviation.
    case torch
    /// The network's own first layers do it.
    case inside

    package var channelOrder: String {
        self == .caffe ? "bgr" : "rgb"
    }

    private static let deviations = [0.229, 0.224, 0.225]

    package var scale: [Double] {
        switch self {
        case .caffe, .inside: [1]
        case .tf: [1 / 127.5]
        case .torch: Self.deviations.map { 1 / (255 * $0) }
        }
    }

    package var offset: [Double] {
        switch self {
        case .caffe: [-103.939, -116.779, -123.68]
        case .tf: [-1]
        case .torch: zip([0.485, 0.456, 0.406], Self.deviations).map { -$0 / $1 }
        case .inside: [0]
        }
    }
}
