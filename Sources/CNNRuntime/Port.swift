public import ModelCore

/// An input or an output of a model.
public struct Port: Sendable, Hashable {
    /// Its name, by which `predict` knows it.
    public let name: String

    /// Its sizes, outermost axis first; `nil` for one that is known at run time only, such as the number of images.
    public let shape: Shape

    /// What its axes mean, where the network says so.
    public let layout: DataLayout?
}

extension Port: CustomStringConvertible {
    /// `image [?, 224, 224, 3] nhwc`.
    public var description: String {
        "\(name) \(shape)" + (layout.map { " " + $0.rawValue } ?? "")
    }
}
