import ByteIO
import ModelCore
import ModelGraph

// Sums, products and powers of tensors and constants.
extension KerasOperation {
    static let arithmetic: [String: Steps] = [
        "Add": binary(.add), "Subtract": binary(.subtract), "Multiply": binary(.multiply), "TrueDivide": binary(.divide), "Divide": binary(.divide),
        "Maximum": binary(.maximum), "Minimum": binary(.minimum), "SquaredDifference": squaredDifference, "AddN": sum, "BiasAdd": biasAdd,
        "Power": power, "Clip": clip, "Negative": always(KerasStep("negative", Rescaling(scale: [-1], offset: [0]).erased)), "Square": always(square),
        "Reciprocal": reciprocal, "FloorDivide": ofSizesAlone, "Shape": ofSizesAlone,
    ]

    /// What `KerasSizes` computes.
    private static var ofSizesAlone: Steps {
        { layer, _ throws(ModelError) in throw layer.problem("keras.unsupported-call", "can be converted for sizes of tensors alone") }
    }

    private static var reciprocal: Steps {
        { _, _ throws(ModelError) in constantSteps(.divide, Tensor(repeating: 1, shape: []), constantIsFirst: true) }
    }

    static let square = KerasStep("square", Merge(.multiply).erased, target: .twice)

    static func binary(_ kind: MergeKind) -> Steps {
        { layer, shapes throws(ModelError) in
            switch (try operand(layer, "x1", shapes), try operand(layer, "x2", shapes)) {
            case (.tensor(let left), .tensor(let right)): return [KerasStep("merge", Merge(kind).erased, target: .these([left, right]))]
            case (.tensor, .constant(let value)):
                try requireFit(layer, value, shapes)
                return constantSteps(kind, value, constantIsFirst: false)
            case (.constant(let value), .tensor):
                try requireFit(layer, value, shapes)
                return constantSteps(kind, value, constantIsFirst: true)
            case (.constant, .constant): throw layer.problem("keras.unsupported-call", "is called without a tensor")
            }
        }
    }

    /// - Throws: where a constant would make more samples, or more axes.
    static func requireFit(_ layer: KerasLayer, _ value: Tensor<Float>, _ shapes: [Shape]) throws(ModelError) {
        let rank = shapes.first?.rank ?? 0
        guard value.shape.count < rank || value.shape.count == rank && (value.shape.first ?? 1) == 1 else {
            throw layer.problem(
                "keras.unsupported-call", "computes with a constant of shape \(value.shape) for each of its samples, which have \(rank - 1) axes")
        }
    }

    /// The one tensor and a constant.
    static func constantSteps(_ kind: MergeKind, _ value: Tensor<Float>, constantIsFirst: Bool) -> [KerasStep] {
        if value.shape.isEmpty, let number = value.scalars.first.map(Double.init) {
            switch kind {
            case .add: return [KerasStep("rescaling", Rescaling(scale: [1], offset: [number]).erased)]
            case .multiply: return [KerasStep("rescaling", Rescaling(scale: [number], offset: [0]).erased)]
            case .subtract:
                let (scale, offset) = constantIsFirst ? (-1.0, number) : (1, -number)
                return [KerasStep("rescaling", Rescaling(scale: [scale], offset: [offset]).erased)]
            case .divide, .average, .maximum, .minimum: break
            }
        }
        return [
            KerasStep("constant", Constant().erased, constants: ["value": value], target: constantIsFirst ? .extraFirst : .extra),
            KerasStep("merge", Merge(kind).erased),
        ]
    }

    private static var squaredDifference: Steps {
        { layer, shapes throws(ModelError) in try binary(.subtract)(layer, shapes) + [square] }
    }

    /// The sum of a list of tensors.
    private static var sum: Steps {
        { layer, shapes throws(ModelError) in
            _ = try tensors(layer, "xs", shapes)
            return [KerasStep("sum", Merge(.add).erased)]
        }
    }

    /// A list of tensors and nothing else.
    static func tensors(_ layer: KerasLayer, _ key: String, _ shapes: [Shape]) throws(ModelError) -> [Int] {
        let value = layer.config[key] ?? .null
        let numbers = (value.array ?? [value]).map(KerasArguments.number)
        let found = numbers.compactMap(\.self)
        guard found.count == numbers.count, found.sorted() == Array(shapes.indices) else {
            throw layer.problem("keras.unsupported-call", "is called with \(KerasLayer.brief(value)), expected tensors alone")
        }
        return found
    }

    /// One number for each channel.
    private static var biasAdd: Steps {
        { layer, shapes throws(ModelError) in
            let rank = shapes.first?.rank ?? 0
            guard case .constant(let bias) = try operand(layer, "bias", shapes), bias.shape.count == 1, rank >= 2 else {
                throw layer.problem("keras.unsupported-call", "adds what is no array of a constant for each channel")
            }
            let isChannelsLast = rank == 2 ? true : try layer.dataLayout(spatialRank: min(max(rank - 2, 1), 3)).isChannelsLast
            let shape = isChannelsLast ? bias.shape : bias.shape + Array(repeating: 1, count: rank - 2)
            guard let value = bias.reshaped(shape) else { return [] }
            return constantSteps(.add, value, constantIsFirst: false)
        }
    }

    /// A tensor to the power of a number.
    private static var power: Steps {
        { layer, shapes throws(ModelError) in
            guard case .tensor = try operand(layer, "x1", shapes), case .constant(let exponent) = try operand(layer, "x2", shapes),
                exponent.shape.isEmpty, let number = layer.config["x2"].flatMap({ ($0["config"]?["value"] ?? $0).double })
            else { throw layer.problem("keras.unsupported-call", "raises to a power that is no number") }
            // TensorFlow does not multiply here: its square is off by more than one rounding.
            return [KerasStep("power", Activation(.power(exponent: number)).erased)]
        }
    }

    /// Between bounds that are numbers, or arrays.
    private static var clip: Steps {
        { layer, shapes throws(ModelError) in
            guard case .constant(let low) = try operand(layer, "x_min", shapes), case .constant(let high) = try operand(layer, "x_max", shapes) else {
                throw layer.problem("keras.unsupported-call", "clips to bounds that are tensors")
            }
            if low.shape.isEmpty, high.shape.isEmpty {
                return [KerasStep("clip", Activation(.hardTanh(minimum: Double(low.scalars[0]), maximum: Double(high.scalars[0]))).erased)]
            }
            try requireFit(layer, low, shapes)
            try requireFit(layer, high, shapes)
            return [("low", low, MergeKind.maximum), ("high", high, .minimum)].flatMap { part, bound, kind in
                [
                    KerasStep(part, Constant().erased, constants: [part: bound], target: .extra), KerasStep("\(part)_bound", Merge(kind).erased),
                ]
            }
        }
    }
}
