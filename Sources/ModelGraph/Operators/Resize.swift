package import ModelCore

/// How large the spatial axes become.
package enum ResizeTarget: Sendable, Hashable {
    /// Whole multiples.
    case factors([Int])
    /// These sizes, whatever they were.
    case sizes([Int])
}

/// How an element between input elements gets its value. Output i of an axis that grows from n to m stands at
/// `s = (i + 0.5) * (n / m) - 0.5` of the input (half-pixel centres). Positions and weights are computed in Float32.
package enum Interpolation: Sendable, Hashable {
    /// Input `floor(i * n / m)` for `m` a multiple of `n`, else `floor((i + 0.5) * n / m)`.
    case nearest
    /// Between neighbours; positions outside take the border.
    case linear
    /// Keys' kernel with this coefficient over four neighbours, those outside left out and the weights divided by their sum. The fraction of s is
    /// rounded to a multiple of `1 / tableSize` (TensorFlow: 1024), ties to even.
    case cubic(coefficient: Double, tableSize: Int)
    /// Lanczos' kernel over `radius` neighbours on each side, those outside left out and the weights divided by their sum.
    case lanczos(radius: Int)
    /// The mean over the part of the input that an output element covers.
    case area

    /// The name in files.
    package var name: String {
        switch self {
        case .nearest: "nearest"
        case .linear: "linear"
        case .cubic: "cubic"
        case .lanczos: "lanczos"
        case .area: "area"
        }
    }
}

/// Spatial axes of another size. Keras UpSampling1D to 3D and Resizing, ONNX Resize, PyTorch interpolate.
package struct Resize: OperatorDefinition {
    package static let name = "resize"

    package var layout: DataLayout
    package var target: ResizeTarget
    package var interpolation: Interpolation

    package init(layout: DataLayout, target: ResizeTarget, interpolation: Interpolation) {
        self.layout = layout
        self.target = target
        self.interpolation = interpolation
    }

    package init(from attributes: inout AttributeReader) throws(ModelError) {
        layout = try attributes.choice("layout", as: DataLayout.self)
        target = attributes.has("factors") ? .factors(try attributes.integers("factors")) : .sizes(try attributes.integers("sizes"))
        switch try attributes.string("interpolation") {
        case "nearest": interpolation = .nearest
        case "linear": interpolation = .linear
        case "area": interpolation = .area
        case "cubic":
            interpolation = .cubic(coefficient: try attributes.number("coefficient"), tableSize: try attributes.integer("table_size"))
        case "lanczos": interpolation = .lanczos(radius: try attributes.integer("radius"))
        case let other: throw attributes.problem("has no interpolation '\(other)'")
        }
    }

    package func encode(into attributes: inout AttributeList) {
        attributes.append("layout", .string(layout.rawValue))
        switch target {
        case .factors(let factors): attributes.append("factors", .integers(factors))
        case .sizes(let sizes): attributes.append("sizes", .integers(sizes))
        }
        attributes.append("interpolation", .string(interpolation.name))
        switch interpolation {
        case .nearest, .linear, .area: break
        case .cubic(let coefficient, let tableSize):
            attributes.append("coefficient", .number(coefficient))
            attributes.append("table_size", .integer(tableSize))
        case .lanczos(let radius): attributes.append("radius", .integer(radius))
        }
    }

    package func outputShape(_ inputs: [Shape], _ weights: WeightShapes) throws(ModelError) -> Shape {
        try require(inputs[0], layout: layout)
        switch interpolation {
        case .cubic(let coefficient, let tableSize):
            guard coefficient.isFinite, tableSize >= 1, tableSize <= 1 << 20 else {
                throw attributeError("coefficient \(coefficient) and table size \(tableSize) of a cubic kernel are out of range")
            }
        case .lanczos(let radius):
            guard radius >= 1, radius <= 64 else { throw attributeError("radius \(radius) of a Lanczos kernel is out of range") }
        case .nearest, .linear, .area: break
        }
        var output = inputs[0]
        switch target {
        case .sizes(let sizes):
            try require("sizes", sizes, count: layout.spatialRank, atLeast: 1)
            for (axis, size) in zip(layout.spatialAxes, sizes) { output[axis] = size }
        case .factors(let factors):
            try require("factors", factors, count: layout.spatialRank, atLeast: 1)
            for (axis, factor) in zip(layout.spatialAxes, factors) { output[axis] = output[axis].map { $0 * factor } }
        }
        return output
    }

    package func multiplyAdds(_ inputs: [Shape], _ weights: WeightShapes) -> Int {
        let taps =
            switch interpolation {
            case .nearest: 0
            case .linear: 2
            case .cubic: 4
            case .lanczos(let radius): 2 * radius + 1
            case .area: 2
            }
        return (0..<layout.spatialRank).reduce(1) { product, _ in product * taps }
    }

    package func reach(_ input: Shape, _ weights: WeightShapes) -> Reach {
        guard case .factors(let factors) = target else { return .everything }
        let taps =
            switch interpolation {
            case .nearest: 1
            case .linear: 2
            case .cubic: 4
            case .lanczos(let radius): 2 * radius + 1
            case .area: 2
            }
        return .magnified(by: factors.map(Double.init), extent: factors.map { _ in taps })
    }

    package var erased: Operator { .resize(self) }
}
