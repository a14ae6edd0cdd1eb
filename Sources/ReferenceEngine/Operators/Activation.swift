import ModelCore
import ModelGraph

/// Each formula in a form that neither cancels nor overflows in its exponentials, for numbers of any size. NaN gives NaN, in every function.
extension Activation: ReferenceOperator {
    func elements<Scalar: ReferenceScalar>(_ operands: Operands<Scalar>) throws(ModelError) -> @Sendable (Int) -> Scalar {
        let input = operands.input.scalars
        let formula: @Sendable (Scalar) -> Scalar = function.formula()
        return { position in
            let x = input[position]
            return x.isNaN ? x : formula(x)
        }
    }
}

extension ActivationFunction {
    /// The function of any number but NaN.
    func formula<Scalar: ReferenceScalar>() -> @Sendable (Scalar) -> Scalar {
        switch self {
        case .relu(let negativeSlope, let maximum, let threshold):
            Formula.relu(.constant(negativeSlope), maximum.map(Scalar.constant), .constant(threshold))
        case .elu(let alpha): Formula.elu(.constant(alpha), 1)
        case .selu(let alpha, let scale): Formula.elu(.constant(alpha), .constant(scale))
        case .celu(let alpha): Formula.celu(.constant(alpha))
        case .sigmoid: Formula.sigmoid
        case .tanh: { .tanh($0) }
        case .exponential: { .exp($0) }
        case .softplus: Formula.softplus
        case .softsign: { $0 / (1 + abs($0)) }
        case .silu: { $0 * Formula.sigmoid($0) }
        case .mish: { $0 * .tanh(Formula.softplus($0)) }
        case .logSigmoid: { -Formula.softplus(-$0) }
        case .gelu: Formula.gelu()
        case .geluTanh: Formula.geluTanh()
        case .hardSigmoid(let slope, let offset): Formula.hardSigmoid(.constant(slope), .constant(offset))
        case .hardSilu(let slope, let offset): Formula.hardSilu(.constant(slope), .constant(offset))
        case .hardTanh(let minimum, let maximum): Formula.clip(.constant(minimum), .constant(maximum))
        case .hardShrink(let lambda): Formula.hardShrink(.constant(lambda))
        case .softShrink(let lambda): Formula.softShrink(.constant(lambda))
        case .tanhShrink: { $0 - .tanh($0) }
        case .threshold(let threshold, let value): Formula.threshold(.constant(threshold), .constant(value))
        case .squareplus(let b): Formula.squareplus(.constant(b))
        case .sparsePlus: { $0 <= -1 ? 0 : $0 < 1 ? ($0 + 1) * ($0 + 1) / 4 : $0 }
        case .squareRoot: { .sqrt($0) }
        case .logarithm: { .log($0) }
        case .power(let exponent): Formula.power(.constant(exponent))
        case .errorFunction: { .erf($0) }
        case .sign: { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 }
        case .floor: { $0.rounded(.down) }
        case .ceiling: { $0.rounded(.up) }
        case .roundToEven: { $0.rounded(.toNearestOrEven) }
        case .sparseSigmoid: { $0 <= -1 ? 0 : $0 < 1 ? ($0 + 1) / 2 : 1 }
        }
    }
}

/// The formulas that take constants or more than one line.
enum Formula {
    typealias Function<Scalar> = @Sendable (Scalar) -> Scalar

    /// Without a slope the second term is left out, for 0 times infinity is no number.
    static func relu<Scalar: ReferenceScalar>(_ slope: Scalar, _ maximum: Scalar?, _ threshold: Scalar) -> Function<Scalar> {
        { x in
            let above = x > threshold ? x : 0
            let clipped = maximum.map { .lesser(.greater(above, 0), $0) } ?? above
            return slope == 0 ? clipped : clipped - slope * .greater(threshold - x, 0)
        }
    }

    static func elu<Scalar: ReferenceScalar>(_ alpha: Scalar, _ scale: Scalar) -> Function<Scalar> {
        { x in scale * (x > 0 ? x : alpha * .expm1(x)) }
    }

    static func celu<Scalar: ReferenceScalar>(_ alpha: Scalar) -> Function<Scalar> {
        { x in .greater(x, 0) + .lesser(0, alpha * .expm1(x / alpha)) }
    }

    @Sendable static func sigmoid<Scalar: ReferenceScalar>(_ x: Scalar) -> Scalar {
        if x >= 0 { return 1 / (1 + .exp(-x)) }
        let e = Scalar.exp(x)
        return e / (1 + e)
    }

    @Sendable static func softplus<Scalar: ReferenceScalar>(_ x: Scalar) -> Scalar {
        .greater(x, 0) + .log1p(.exp(-abs(x)))
    }

    /// `1 + erf(z) == erfc(-z)`.
    static func gelu<Scalar: ReferenceScalar>() -> Function<Scalar> {
        let root = Scalar.constant(1.4142135623730951)
        return { x in x * (.erfc(-x / root) / 2) }
    }

    /// `(1 + tanh(z)) / 2 == sigmoid(2 z)`.
    static func geluTanh<Scalar: ReferenceScalar>() -> Function<Scalar> {
        let factor = Scalar.constant(0.7978845608028654)
        let cubic = Scalar.constant(0.044715)
        return { x in x * sigmoid(2 * (factor * (x + cubic * (x * x * x)))) }
    }

    static func clip<Scalar: ReferenceScalar>(_ minimum: Scalar, _ maximum: Scalar) -> Function<Scalar> {
        { x in .lesser(.greater(x, minimum), maximum) }
    }

    static func hardSigmoid<Scalar: ReferenceScalar>(_ slope: Scalar, _ offset: Scalar) -> Function<Scalar> {
        { x in .lesser(.greater(slope * x + offset, 0), 1) }
    }

    static func hardSilu<Scalar: ReferenceScalar>(_ slope: Scalar, _ offset: Scalar) -> Function<Scalar> {
        { x in x * .lesser(.greater(slope * x + offset, 0), 1) }
    }

    static func hardShrink<Scalar: ReferenceScalar>(_ lambda: Scalar) -> Function<Scalar> {
        { x in abs(x) > lambda ? x : 0 }
    }

    static func softShrink<Scalar: ReferenceScalar>(_ lambda: Scalar) -> Function<Scalar> {
        { x in x > lambda ? x - lambda : x < -lambda ? x + lambda : 0 }
    }

    static func threshold<Scalar: ReferenceScalar>(_ threshold: Scalar, _ value: Scalar) -> Function<Scalar> {
        { x in x > threshold ? x : value }
    }

    static func power<Scalar: ReferenceScalar>(_ exponent: Scalar) -> Function<Scalar> {
        { x in .power(x, exponent) }
    }

    /// For negative x the numerator and denominator are multiplied by `sqrt(x^2 + b) - x`.
    static func squareplus<Scalar: ReferenceScalar>(_ b: Scalar) -> Function<Scalar> {
        { x in
            let root = Scalar.sqrt(x * x + b)
            return x < 0 ? b / (root - x) / 2 : (x + root) / 2
        }
    }
}
