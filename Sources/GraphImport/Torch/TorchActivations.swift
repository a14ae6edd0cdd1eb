import ModelCore
import ModelGraph

// Functions of one element or one row.
extension TorchFlow {
    func activation(_ function: TorchFunction) throws(ModelError) -> ActivationFunction {
        switch function {
        case .relu: .relu(negativeSlope: 0, maximum: nil, threshold: 0)
        case .relu6: .relu(negativeSlope: 0, maximum: 6, threshold: 0)
        case .leakyRelu: .relu(negativeSlope: try number("negative_slope", default: 0.01), maximum: nil, threshold: 0)
        case .rrelu: try averagedSlope()
        case .abs: .relu(negativeSlope: -1, maximum: nil, threshold: 0)
        case .elu: try scaledUnit()
        case .selu: .selu(alpha: 1.6732632423543772848170429916717, scale: 1.0507009873554804934193349852946)
        case .celu: .celu(alpha: try number("alpha", default: 1))
        case .silu: .silu
        case .gelu: try gelu()
        case .mish: .mish
        case .hardswish: .hardSilu(slope: 1.0 / 6, offset: 0.5)
        case .hardsigmoid: .hardSigmoid(slope: 1.0 / 6, offset: 0.5)
        case .softshrink: .softShrink(lambda: try number("lambd", default: 0.5))
        case .hardshrink: .hardShrink(lambda: try number("lambd", default: 0.5))
        case .tanh: .tanh
        case .sigmoid: .sigmoid
        case .logSigmoid: .logSigmoid
        case .threshold: .threshold(threshold: try required("threshold"), value: try required("value"))
        case .exp: .exponential
        case .log: .logarithm
        case .sqrt: .squareRoot
        case .rsqrt: .power(exponent: -0.5)
        case .erf: .errorFunction
        case .sign: .sign
        case .floor: .floor
        case .ceil: .ceiling
        case .round: .roundToEven
        default: throw unsupported("is no function of one element")
        }
    }

    private func gelu() throws(ModelError) -> ActivationFunction {
        switch try text("approximate", default: "none") {
        case "none": return .gelu
        case "tanh": return .geluTanh
        case let other: throw unsupported("approximates by '\(other)'")
        }
    }

    private func scaledUnit() throws(ModelError) -> ActivationFunction {
        let (alpha, scale) = (try number("alpha", default: 1), try number("scale", default: 1))
        guard try number("input_scale", default: 1) == 1 else { throw unsupported("scales its input") }
        return scale == 1 ? .elu(alpha: alpha) : .selu(alpha: alpha, scale: scale)
    }

    /// The slope that training draws at random is the middle one at inference.
    private func averagedSlope() throws(ModelError) -> ActivationFunction {
        if try bool("training", default: false) {
            throw problem("torch.training-mode", "draws slopes at random", hint: "call model.eval() before the export")
        }
        let (lower, upper) = (try number("lower", default: 1.0 / 8), try number("upper", default: 1.0 / 3))
        return .relu(negativeSlope: (lower + upper) / 2, maximum: nil, threshold: 0)
    }

    /// `log(1 + exp(beta x)) / beta`. From the threshold on PyTorch gives x itself, which is the same number where the threshold is high enough.
    mutating func softplus() throws(ModelError) -> String {
        let input = try input()
        let (beta, threshold) = (try number("beta", default: 1), try number("threshold", default: 20))
        guard threshold >= 20, beta != 0 else { throw unsupported("has threshold \(threshold) and beta \(beta), expected 20 or more and not 0") }
        if beta == 1 { return try emit(Activation(.softplus).erased, [input]) }
        let scaled = try emit("scaled", Rescaling(scale: [beta], offset: [0]).erased, [input])
        let activated = try emit("activation", Activation(.softplus).erased, [scaled])
        return try emit(Rescaling(scale: [1 / beta], offset: [0]).erased, [activated])
    }

    mutating func prelu() throws(ModelError) -> String {
        let input = try input()
        let shape = shape(input)
        guard let alpha = try vectorOrScalar("weight"), shape.rank >= 2 else { throw unsupported("has no slopes, or an input without channels") }
        let sizes = [alpha.source.count] + Array(repeating: 1, count: shape.rank - 2)
        return try emit(PReLU().erased, [input], weights: ["alpha": try use(alpha, .other, shape: sizes)])
    }

    /// A weight of one slope, or one for each channel; the form in which newer versions spread it over axes has as many elements.
    private func vectorOrScalar(_ name: String) throws(ModelError) -> TorchWeight? {
        guard let weight = try weight(name), weight.source.shape.filter({ $0 != 1 }).count <= 1 else { return nil }
        return weight
    }

    mutating func clamp(_ function: TorchFunction) throws(ModelError) -> String {
        let input = try input()
        let isHardTanh = function == .hardtanh
        let names = isHardTanh ? ["min_val", "max_val"] : ["min", "max"]
        var minimum = try number(names[0]) ?? (isHardTanh ? -1 : nil)
        var maximum = try number(names[1]) ?? (isHardTanh ? 1 : nil)
        let given = [minimum, maximum].compactMap(\.self)
        guard !given.isEmpty, names.allSatisfy({ argument([$0]) == nil }) || given.count >= names.filter({ argument([$0]) != nil }).count,
            !given.contains(where: \.isNaN)
        else { throw unsupported("limits by what are no numbers") }
        // No number is beyond an infinity.
        if minimum == -.infinity { minimum = nil }
        if maximum == .infinity { maximum = nil }
        switch (minimum, maximum) {
        case (nil, nil): return input
        case (0?, nil): return try emit(Activation(.relu(negativeSlope: 0, maximum: nil, threshold: 0)).erased, [input])
        case (let low?, let high?) where low <= high: return try emit(Activation(.hardTanh(minimum: low, maximum: high)).erased, [input])
        case (let low?, nil): return try emit(Merge(.maximum).erased, [input, try constant(low, rank: shape(input).rank)])
        case (nil, let high?): return try emit(Merge(.minimum).erased, [input, try constant(high, rank: shape(input).rank)])
        default: throw unsupported("has a minimum above its maximum")
        }
    }

    mutating func softmax(_ kind: SoftmaxKind) throws(ModelError) -> String {
        let input = try input()
        try requireFloat32()
        if try bool("half_to_float", default: false) { throw unsupported("changes the type of elements") }
        return try emit(Softmax(kind: kind, axes: [try innerAxis(try integer("dim"), rank: shape(input).rank)]).erased, [input])
    }

    mutating func gate() throws(ModelError) -> String {
        let input = try input()
        return try emit(GatedLinearUnit(axis: try innerAxis(try integer("dim", default: -1), rank: shape(input).rank)).erased, [input])
    }
}
