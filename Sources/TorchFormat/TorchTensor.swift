package import ModelCore

/// A tensor of a PyTorch file.
package struct TorchTensor: Sendable {
    /// The keys of the dictionaries that lead to it. What a module calls `conv1.weight` is one key, as in its state dict.
    package let path: [String]
    package let type: StoredType
    package let source: WeightSource

    /// The keys joined by dots.
    package var name: String { path.joined(separator: ".") }
}

/// A tensor of a kind that is not read.
package struct TorchRefusal: Sendable {
    package let path: [String]
    /// Why, and where.
    package let problem: Problem
}

/// Something in a PyTorch file that is neither a tensor nor a number, a text or a collection of such.
package struct TorchObject: Sendable, Hashable {
    package let path: [String]
    /// The class that it is of, or the function that made it: `argparse.Namespace`.
    package let type: String

    /// The keys joined by dots.
    package var name: String { path.joined(separator: ".") }
}
