import ModelCore
import ModelGraph

extension RoundingTrial {
    mutating func activation() -> Execution? {
        let function = function()
        var input = numbers.arguments([1, numbers.random.within(1...12)])
        switch function {
        case .squareRoot, .logarithm, .power: input = input.map(abs)
        default: break
        }
        return elementwise(Activation(function).erased, input) { arithmetic, _, x in arithmetic.value(of: function, x) }
    }

    private mutating func function() -> ActivationFunction {
        let alpha = Double(numbers.random.choice([0.1, 0.3, 0.7, 1, 1.6732632] as [Float]) ?? 1)
        let functions: [ActivationFunction] = [
            .relu(negativeSlope: alpha, maximum: nil, threshold: 0), .relu(negativeSlope: alpha, maximum: 6, threshold: 0.5), .elu(alpha: alpha),
            .selu(alpha: alpha, scale: 1.0507009873554805), .celu(alpha: alpha), .sigmoid, .tanh, .exponential, .softplus, .softsign, .silu, .mish,
            .logSigmoid, .gelu, .geluTanh, .hardSigmoid(slope: 0.2, offset: 0.5), .hardSigmoid(slope: 1.0 / 6, offset: 0.5),
            .hardSilu(slope: 1.0 / 6, offset: 0.5), .softShrink(lambda: alpha), .tanhShrink, .squareplus(b: alpha * 4), .squareplus(b: 0.01),
            .sparsePlus, .sparseSigmoid, .squareRoot, .logarithm, .power(exponent: 3), .power(exponent: 0.5), .power(exponent: -1.5),
            .errorFunction,
        ]
        return numbers.random.choice(functions) ?? .sigmoid
    }

    mutating func prelu() -> Execution? {
        let channels = numbers.random.within(1...3)
        let x = numbers.array([numbers.random.within(1...4), channels])
        let alpha = vector(channels)
        return elementwise(PReLU().erased, x, weights: ["alpha": Weight(alpha, .other)]) { _, position, x in
            x > 0 ? x : alpha.scalars[position % channels] * x
        }
    }

    mutating func gatedLinearUnit() -> Execution? {
        let half = numbers.random.within(1...6)
        let (values, gates) = (numbers.array([1, half]), numbers.arguments([1, half]))
        let scalars = (0..<half).map { values.scalars[$0] * arithmetic.sigmoid(gates.scalars[$0]) }
        let x = Tensor(shape: [1, 2 * half], filledWith: values.scalars + gates.scalars)
        return Execution(operation: GatedLinearUnit(axis: 1).erased, inputs: [x], output: Tensor(shape: [1, half], filledWith: scalars))
    }
}

extension Arithmetic {
    mutating func sigmoid(_ x: Float) -> Float {
        if x >= 0 || form(2) == 0 { return 1 / (1 + exp(-x)) }
        let power = exp(x)
        return power / (1 + power)
    }

    private mutating func softplus(_ x: Float, isAccurate: Bool) -> Float {
        if isAccurate || form(2) == 0 { return max(x, 0) + log1p(exp(-abs(x))) }
        // Where the exponential is not infinite.
        return x > 80 ? x : log(1 + exp(x))
    }

    /// A function of one number in one of the forms in use.
    mutating func value(of function: ActivationFunction, _ x: Float) -> Float {
        switch function {
        case .relu(let slope, let maximum, let threshold):
            let above = x > Float(threshold) ? x : 0
            let clipped = maximum.map { min(max(above, 0), Float($0)) } ?? above
            return multiplyAdd(-Float(slope), max(Float(threshold) - x, 0), clipped)
        case .elu(let alpha): return x > 0 ? x : Float(alpha) * exponentialLessOne(x)
        case .selu(let alpha, let scale):
            if x > 0 { return Float(scale) * x }
            return form(2) == 0
                ? Float(scale) * (Float(alpha) * exponentialLessOne(x)) : Float(scale) * Float(alpha) * exponentialLessOne(x)
        case .celu(let alpha): return max(x, 0) + min(0, Float(alpha) * exponentialLessOne(x / Float(alpha)))
        case .sigmoid: return sigmoid(x)
        case .tanh: return tanh(x)
        case .exponential: return exp(x)
        case .softplus: return softplus(x, isAccurate: false)
        case .logSigmoid: return -softplus(-x, isAccurate: false)
        case .softsign: return x / (1 + abs(x))
        case .silu: return form(2) == 0 ? x * sigmoid(x) : x / (1 + exp(-x))
        case .mish: return x * tanh(softplus(x, isAccurate: true))
        case .gelu: return gelu(x)
        case .geluTanh: return geluTanh(x)
        case .hardSigmoid(let slope, let offset): return min(max(multiplyAdd(x, Float(slope), Float(offset)), 0), 1)
        case .hardSilu(let slope, let offset): return x * min(max(multiplyAdd(x, Float(slope), Float(offset)), 0), 1)
        case .softShrink(let lambda): return x > Float(lambda) ? x - Float(lambda) : x < -Float(lambda) ? x + Float(lambda) : 0
        case .tanhShrink: return x - tanh(x)
        case .squareplus(let b): return (x + multiplyAdd(x, x, Float(b)).squareRoot()) * 0.5
        case .sparsePlus: return x <= -1 ? 0 : x < 1 ? (x + 1) * (x + 1) * 0.25 : x
        case .sparseSigmoid: return x <= -1 ? 0 : x < 1 ? (x + 1) * 0.5 : 1
        case .squareRoot: return x.squareRoot()
        case .logarithm: return log(x)
        case .power(let exponent): return exponent == 3 && form(2) == 0 ? x * x * x : power(x, Float(exponent))
        case .errorFunction: return erf(x)
        case .hardTanh, .hardShrink, .threshold, .sign, .floor, .ceiling, .roundToEven: return x
        }
    }

    private mutating func exponentialLessOne(_ x: Float) -> Float { form(2) == 0 ? expm1(x) : exp(x) - 1 }

    private mutating func gelu(_ x: Float) -> Float {
        let z = form(2) == 0 ? x / Float(1.4142135623730951) : x * Float(0.7071067811865476)
        return form(2) == 0 ? 0.5 * x * (1 + erf(z)) : x * (erfc(-z) / 2)
    }

    private mutating func geluTanh(_ x: Float) -> Float {
        let (factor, cubic) = (Float(0.7978845608028654), Float(0.044715))
        let inner = form(2) == 0 ? factor * multiplyAdd(cubic, x * x * x, x) : factor * x * multiplyAdd(cubic, x * x, 1)
        return form(2) == 0 ? 0.5 * x * (1 + tanh(inner)) : x * sigmoid(2 * inner)
    }
}
