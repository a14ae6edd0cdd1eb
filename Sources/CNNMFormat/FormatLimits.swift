internal import ModelCore
internal import ModelGraph

/// The limits of the specification.
enum FormatLimits {
    /// Bytes of the header.
    static let header = 1 << 27
    /// Bytes of a name.
    static let name = 1024
    /// Axes of values and tensors.
    static let rank = 8
    /// The first tensor is at a multiple of this.
    static let pageAlignment = 4096
    /// Other tensors are at multiples of this.
    static let tensorAlignment = 64
    /// Problems of one header that are reported; hostile headers have millions.
    static let problems = 100
}

/// The rules that a header's reader and its writer share. Each returns what is wrong, as the predicate of a sentence, or `nil`.
enum FormatRules {
    static func fault(ofName name: String) -> String? {
        let count = name.utf8.count
        if count == 0 { return "is empty" }
        if count > FormatLimits.name { return "has \(count) bytes, \(FormatLimits.name) are allowed" }
        return name.utf8.contains(0) ? "contains the character U+0000" : nil
    }

    static func fault(ofShape shape: Shape, layout: DataLayout?) -> String? {
        guard shape.rank <= FormatLimits.rank else { return "has \(shape.rank) axes, \(FormatLimits.rank) are allowed" }
        if let size = shape.sizes.compactMap(\.self).first(where: { $0 < 1 || $0 > GraphLimits.size }) {
            return "has an axis of size \(size), sizes are 1 to \(GraphLimits.size)"
        }
        guard let layout, layout.rank != shape.rank else { return nil }
        return "has the shape \(shape), which does not fit the layout \(layout.rawValue)"
    }

    static func fault(ofTensor shape: [Int], layout: KernelLayout) -> String? {
        guard shape.count <= FormatLimits.rank else { return "has \(shape.count) axes, \(FormatLimits.rank) are allowed" }
        if let size = shape.first(where: { $0 < 1 }) { return "has an axis of size \(size), sizes are at least 1" }
        let fits =
            switch layout {
            case .other: true
            case .vector: shape.count == 1
            default: shape.count == layout.axes.count
            }
        return fits ? nil : "has the shape \(shape), which does not fit the layout \(layout.rawValue)"
    }

    static func fault(of preprocessing: CNNMDocument.Preprocessing, inputs: Set<String>) -> String? {
        guard inputs.contains(preprocessing.input) else { return "is for the input '\(preprocessing.input)', which does not exist" }
        let (scale, offset) = (preprocessing.scale, preprocessing.offset)
        guard !scale.isEmpty, !offset.isEmpty, (scale + offset).allSatisfy(\.isFinite) else {
            return "needs at least one finite number as 'scale' and one as 'offset'"
        }
        let counts = Set([scale.count, offset.count]).subtracting([1])
        return counts.count > 1 ? "has a 'scale' of \(scale.count) and an 'offset' of \(offset.count) numbers" : nil
    }
}
