package import ModelCore

/// A function of one number, with every constant of its formula.
package enum ActivationFunction: Sendable, Hashable {
    /// `p - negativeSlope * max(threshold - x, 0)`, where p is `x` above the threshold and else 0, clipped to `0...maximum` if there is one (Keras ReLU).
    case relu(negativeSlope: Double, maximum: Double?, threshold: Double)
    /// `x` for `x > 0`, else `alpha * (exp(x) - 1)`.
    case elu(alpha: Double)
    /// `scale * elu(x, alpha)`.
    case selu(alpha: Double, scale: Double)
    /// `max(x, 0) + min(0, alpha * (exp(x / alpha) - 1))`.
    case celu(alpha: Double)
    /// `1 / (1 + exp(-x))`.
    case sigmoid
    case tanh
    case exponential
    /// `log(1 + exp(x))`.
    case softplus
    /// `x / (1 + |x|)`.
    case softsign
    /// `x * sigmoid(x)`.
    case silu
    /// `x * tanh(softplus(x))`.
    case mish
    /// `log(sigmoid(x))`.
    case logSigmoid
    /// `x * (1 + erf(x / sqrt(2))) / 2`.
    case gelu
    /// `x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))) / 2`.
    case geluTanh
    /// `min(max(slope * x + offset, 0), 1)`.
    case hardSigmoid(slope: Double, offset: Double)
    /// `x * min(max(slope * x + offset, 0), 1)`.
    case hardSilu(slope: Double, offset: Double)
    /// `min(max(x, minimum), maximum)`.
    case hardTanh(minimum: Double, maximum: Double)
    /// `x` where `|x| > lambda`, else 0.
    case hardShrink(lambda: Double)
    /// `x` moved towards 0 by `lambda`, 0 within it.
    case softShrink(lambda: Double)
    /// `x - tanh(x)`.
    case tanhShrink
    /// `x` where `x > threshold`, else `value`.
    case threshold(threshold: Double, value: Double)
    /// `(x + sqrt(x^2 + b)) / 2`.
    case squareplus(b: Double)
    /// 0 up to -1, `x` from 1, `(x + 1)^2 / 4` between.
    case sparsePlus
    /// 0 up to -1, 1 from 1, `(x + 1) / 2` between.
    case sparseSigmoid
    /// `sqrt(x)`.
    case squareRoot
    /// The natural logarithm.
    case logarithm
    /// `x` to a constant power.
    case power(exponent: Double)
    /// `erf(x)`, 2 / sqrt(pi) times the integral of `exp(-t^2)` from 0 to x.
    case errorFunction
    /// -1, 0 or 1.
    case sign
    /// The largest whole number that is at most `x`.
    case floor
    /// The smallest whole number that is at least `x`.
    case ceiling
    /// The nearest whole number, the even one of two.
    case roundToEven
}

extension ActivationFunction {
    /// The name in files.
    package var name: String {
        switch self {
        case .relu: "relu"
        case .elu: "elu"
        case .selu: "selu"
        case .celu: "celu"
        case .sigmoid: "sigmoid"
        case .tanh: "tanh"
        case .exponential: "exponential"
        case .softplus: "softplus"
        case .softsign: "softsign"
        case .silu: "silu"
        case .mish: "mish"
        case .logSigmoid: "log_sigmoid"
        case .gelu: "gelu"
        case .geluTanh: "gelu_tanh"
        case .hardSigmoid: "hard_sigmoid"
        case .hardSilu: "hard_silu"
        case .hardTanh: "hard_tanh"
        case .hardShrink: "hard_shrink"
        case .softShrink: "soft_shrink"
        case .tanhShrink: "tanh_shrink"
        case .threshold: "threshold"
        case .squareplus: "squareplus"
        case .sparsePlus: "sparse_plus"
        case .sparseSigmoid: "sparse_sigmoid"
        case .squareRoot: "square_root"
        case .logarithm: "logarithm"
        case .power: "power"
        case .errorFunction: "erf"
        case .sign: "sign"
        case .floor: "floor"
        case .ceiling: "ceil"
        case .roundToEven: "round"
        }
    }

    /// The constants of the formula by name.
    package var constants: [(name: String, value: Double)] {
        switch self {
        case .relu(let slope, let maximum, let threshold):
            [("negative_slope", slope), ("threshold", threshold)] + (maximum.map { [("maximum", $0)] } ?? [])
        case .elu(let alpha), .celu(let alpha): [("alpha", alpha)]
        case .selu(let alpha, let scale): [("alpha", alpha), ("scale", scale)]
        case .hardSigmoid(let slope, let offset), .hardSilu(let slope, let offset): [("slope", slope), ("offset", offset)]
        case .hardTanh(let minimum, let maximum): [("minimum", minimum), ("maximum", maximum)]
        case .hardShrink(let lambda), .softShrink(let lambda): [("lambda", lambda)]
        case .threshold(let threshold, let value): [("threshold", threshold), ("value", value)]
        case .squareplus(let b): [("b", b)]
        case .power(let exponent): [("exponent", exponent)]
        case .sigmoid, .tanh, .exponential, .softplus, .softsign, .silu, .mish, .logSigmoid, .gelu, .geluTanh, .tanhShrink, .sparsePlus,
            .sparseSigmoid, .squareRoot, .logarithm, .errorFunction, .sign, .floor, .ceiling, .roundToEven:
            []
        }
    }

    package init(from attributes: inout AttributeReader) throws(ModelError) {
        let name = try attributes.string("function")
        switch name {
        case "relu":
            let slope = try attributes.number("negative_slope")
            let threshold = try attributes.number("threshold")
            let maximum = attributes.has("maximum") ? try attributes.number("maximum") : nil
            self = .relu(negativeSlope: slope, maximum: maximum, threshold: threshold)
        case "elu": self = .elu(alpha: try attributes.number("alpha"))
        case "selu": self = .selu(alpha: try attributes.number("alpha"), scale: try attributes.number("scale"))
        case "celu": self = .celu(alpha: try attributes.number("alpha"))
        case "hard_sigmoid": self = .hardSigmoid(slope: try attributes.number("slope"), offset: try attributes.number("offset"))
        case "hard_silu": self = .hardSilu(slope: try attributes.number("slope"), offset: try attributes.number("offset"))
        case "hard_tanh": self = .hardTanh(minimum: try attributes.number("minimum"), maximum: try attributes.number("maximum"))
        case "hard_shrink": self = .hardShrink(lambda: try attributes.number("lambda"))
        case "soft_shrink": self = .softShrink(lambda: try attributes.number("lambda"))
        case "threshold": self = .threshold(threshold: try attributes.number("threshold"), value: try attributes.number("value"))
        case "power": self = .power(exponent: try attributes.number("exponent"))
        case "squareplus": self = .squareplus(b: try attributes.number("b"))
        default:
            guard let function = Self.withoutConstants.first(where: { $0.name == name }) else {
                throw attributes.problem("has no function '\(name)'")
            }
            self = function
        }
    }

    private static let withoutConstants: [ActivationFunction] = [
        .sigmoid, .tanh, .exponential, .softplus, .softsign, .silu, .mish, .logSigmoid, .gelu, .geluTanh, .tanhShrink, .sparsePlus, .sparseSigmoid,
        .squareRoot, .logarithm, .errorFunction, .sign, .floor, .ceiling, .roundToEven,
    ]

    /// The plain rectifier, `max(x, 0)`.
    package static let relu = ActivationFunction.relu(negativeSlope: 0, maximum: nil, threshold: 0)
}
