package import ModelCore

/// How large the spatial axes become.
package enum ResizeTarget: Sendable, Hashable {
    /// Whole multiples.
    case factors([Int])
    /// These sizes, whatever they were.
    case sizes([Int])
    /// Multiples, rounded down; one output element is `1 / scale` input elements long, even where that is not what the rounded size makes it.
    case scales([Double])
}

/// Where output element i of an axis that grows from n to m stands in the input; an element of the output is `step` long, `n / m` or as the
/// target says.
package enum ResizePositions: String, Sendable, Hashable, CaseIterable {
    /// Its middle at the same part of the axis: `(i + 0.5) * step - 0.5`.
    case halfPixel = "half_pixel"
    /// The first at the first, the last at the last: `i * (n - 1) / (m - 1)` (PyTorch's `align_corners`).
    case alignedCorners = "aligned_corners"
    /// Its beginning at the same part of the axis: `i * step` (PyTorch's `nearest`, ONNX's `asymmetric`).
    case leadingEdge = "leading_edge"
}

/// How an element between input elements gets its value. Positions and weights are computed in Float32.
package enum Interpolation: Sendable, Hashable {
    /// The element in which the middle of the output element lies, or its beginning.
    case nearest
    /// Between neighbours; positions outside take the border.
    case linear
    /// Keys' kernel with this coefficient over four neighbours, those outside left out and the weights divided by their sum. The fraction of s is
    /// rounded to a multiple of `1 / tableSize` (TensorFlow: 1024), ties to even.
    case cubic(coefficient: Double, tableSize: Int)
    /// Keys' kernel with this coefficient over four neighbours, in place of those outside the one at the border (PyTorch: -0.75).
    case cubicReplicated(coefficient: Double)
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
        case .cubicReplicated: "cubic_replicated"
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
    /// `halfPixel` for what only Keras has: `cubic`, `lanczos` and `area`.
    package var positions: ResizePositions

    package init(layout: DataLayout, target: ResizeTarget, interpolation: Interpolation, positions: ResizePositions = .halfPixel) {
        self.layout = layout
        self.target = target
        self.interpolation = interpolation
        self.positions = positions
    }

    package init(from attributes: inout AttributeReader) throws(ModelError) {
        layout = try attributes.choice("layout", as: DataLayout.self)
        if attributes.has("factors") {
            target = .factors(try attributes.integers("factors"))
        } else if attributes.has("scales") {
            target = .scales(try attributes.numbers("scales"))
        } else {
            target = .sizes(try attributes.integers("sizes"))
        }
        switch try attributes.string("interpolation") {
        case "nearest": interpolation = .nearest
        case "linear": interpolation = .linear
        case "area": interpolation = .area
        case "cubic":
            interpolation = .cubic(coefficient: try attributes.number("coefficient"), tableSize: try attributes.integer("table_size"))
        case "cubic_replicated": interpolation = .cubicReplicated(coefficient: try attributes.number("coefficient"))
        case "lanczos": interpolation = .lanczos(radius: try attributes.integer("radius"))
        case let other: throw attributes.problem("has no interpolation '\(other)'")
        }
        positions = try attributes.choice("positions", as: ResizePositions.self)
    }

    package func encode(into attributes: inout AttributeList) {
        attributes.append("layout", .string(layout.rawValue))
        switch target {
        case .factors(let factors): attributes.append("factors", .integers(factors))
        case .sizes(let sizes): attributes.append("sizes", .integers(sizes))
        case .scales(let scales): attributes.append("scales", .numbers(scales))
        }
        attributes.append("interpolation", .string(interpolation.name))
        switch interpolation {
        case .nearest, .linear, .area: break
        case .cubic(let coefficient, let tableSize):
            attributes.append("coefficient", .number(coefficient))
            attributes.append("table_size", .integer(tableSize))
        case .cubicReplicated(let coefficient): attributes.append("coefficient", .number(coefficient))
        case .lanczos(let radius): attributes.append("radius", .integer(radius))
        }
        attributes.append("positions", .string(positions.rawValue))
    }

    package func outputShape(_ inputs: [Shape], _ weights: WeightShapes) throws(ModelError) -> Shape {
        try require(inputs[0], layout: layout)
        switch interpolation {
        case .cubic(let coefficient, let tableSize):
            guard coefficient.isFinite, tableSize >= 1, tableSize <= 1 << 20 else {
                throw attributeError("coefficient \(coefficient) and table size \(tableSize) of a cubic kernel are out of range")
            }
        case .cubicReplicated(let coefficient):
            guard coefficient.isFinite else { throw attributeError("coefficient \(coefficient) of a cubic kernel is out of range") }
        case .lanczos(let radius):
            guard radius >= 1, radius <= 64 else { throw attributeError("radius \(radius) of a Lanczos kernel is out of range") }
        case .nearest, .linear, .area: break
        }
        switch (interpolation, target, positions) {
        case (.nearest, _, .alignedCorners), (.cubic, .scales, _), (.lanczos, .scales, _), (.area, .scales, _):
            throw attributeError("\(interpolation.name) interpolation does not go with these positions or scales")
        case (.cubic, _, let positions), (.lanczos, _, let positions), (.area, _, let positions):
            guard positions == .halfPixel else {
                throw attributeError("\(interpolation.name) interpolation does not go with positions '\(positions.rawValue)'")
            }
        default: break
        }
        var output = inputs[0]
        switch target {
        case .sizes(let sizes):
            try require("sizes", sizes, count: layout.spatialRank, atLeast: 1)
            for (axis, size) in zip(layout.spatialAxes, sizes) { output[axis] = size }
        case .factors(let factors):
            try require("factors", factors, count: layout.spatialRank, atLeast: 1)
            for (axis, factor) in zip(layout.spatialAxes, factors) { output[axis] = output[axis].map { $0 * factor } }
        case .scales(let scales):
            guard scales.count == layout.spatialRank, scales.allSatisfy({ $0.isFinite && $0 > 0 && $0 <= Double(GraphLimits.size) }) else {
                throw attributeError("scales \(scales) must be \(layout.spatialRank) positive numbers")
            }
            for (axis, scale) in zip(layout.spatialAxes, scales) {
                guard let size = output[axis] else { continue }
                let length = (Double(size) * scale).rounded(.down)
                guard length >= 1, length <= Double(GraphLimits.size) else { throw shapeError("axis \(axis) of \(inputs[0]) would become \(length)") }
                output[axis] = Int(length)
            }
        }
        return output
    }

    package func multiplyAdds(_ inputs: [Shape], _ weights: WeightShapes) -> Int {
        let taps =
            switch interpolation {
            case .nearest: 0
            case .linear: 2
            case .cubic, .cubicReplicated: 4
            case .lanczos(let radius): 2 * radius + 1
            case .area: 2
            }
        return (0..<layout.spatialRank).reduce(1) { product, _ in product * taps }
    }

    package func reach(_ input: Shape, _ weights: WeightShapes) -> Reach {
        guard case .factors(let factors) = target, positions != .alignedCorners else { return .everything }
        let taps =
            switch interpolation {
            case .nearest: 1
            case .linear: 2
            case .cubic, .cubicReplicated: 4
            case .lanczos(let radius): 2 * radius + 1
            case .area: 2
            }
        return .magnified(by: factors.map(Double.init), extent: factors.map { _ in taps })
    }

    /// How many input elements an output element is long along a spatial axis, where it is not the ratio of the sizes.
    package func step(axis: Int) -> Double? {
        guard case .scales(let scales) = target else { return nil }
        return 1 / scales[axis]
    }

    package var erased: Operator { .resize(self) }
}
