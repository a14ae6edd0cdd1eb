import ModelGraph
import ReferenceEngine

/// How far Float32 executions of the functions of one number may be from the exact value.
///
/// An execution may use any of the formulas in use: `exp(x) - 1` for `expm1(x)`, `1 + erf` with its cancellation, library functions within 4 ulps.
enum ActivationBound {
    private static let u = ErrorBound.u
    /// How far a function of a library may be from the exact result: 4 ulps, each at most 2 u.
    private static let library = 8.0

    /// The bound at x whose exact value is y; `nil` for functions that only choose and copy.
    static func of(_ function: ActivationFunction, eta: Double = ErrorBound.eta) -> (@Sendable (_ x: Double, _ y: Double) -> Double)? {
        switch function {
        case .relu(let slope, _, let threshold):
            guard slope != 0 else { return nil }
            return { x, y in 2 * u * (abs(slope) * (threshold == 0 ? 0 : abs(threshold) + abs(x)) + abs(y)) + eta }
        case .hardTanh, .hardShrink, .threshold, .sign, .floor, .ceiling, .roundToEven:
            return nil
        case .softShrink:
            return { _, y in u * abs(y) + eta }
        case .elu(let alpha):
            return { x, y in x > 0 ? 0 : 8 * u * (abs(y) + abs(alpha)) + ErrorBound.underflow }
        case .celu(let alpha):
            // A little above 0, a library may have an exponential below 1.
            return { x, y in x > 16 * u * abs(alpha) ? 0 : 10 * u * (abs(y) + abs(alpha)) + ErrorBound.underflow }
        case .selu(let alpha, let scale):
            return { x, y in 8 * u * (abs(y) + (x > 0 ? 0 : abs(alpha * scale))) + ErrorBound.underflow }
        case .tanh, .exponential, .errorFunction:
            return { _, y in library * u * abs(y) + ErrorBound.underflow }
        case .softsign:
            return { _, y in 2 * u * abs(y) + eta }
        case .sigmoid:
            return { _, y in (library + 2) * u * abs(y) + ErrorBound.underflow }
        case .silu:
            // What is taken for zero in the sigmoid is as much in the product as x is large.
            return { x, y in (library + 3) * u * abs(y) + ErrorBound.underflow * (1 + abs(x)) }
        case .softplus, .logSigmoid:
            // `log1p(exp(x))` passes both functions' errors on; `log(1 + exp(x))` in that very form loses what `1 + exp(x)` rounds away.
            return { _, y in (2 * library + 1) * u * abs(y) + (library + 1) * u + ErrorBound.underflow }
        case .mish:
            return { x, y in (3 * library + 4) * u * abs(y) + ErrorBound.underflow * (1 + abs(x)) }
        case .gelu, .geluTanh:
            return { x, y in 16 * u * (abs(y) + abs(x)) + ErrorBound.underflow }
        case .tanhShrink:
            return { x, y in library * u * (abs(y) + min(abs(x), 1)) + ErrorBound.underflow }
        case .hardSigmoid(let slope, let offset):
            return { x, y in y == 0 || y == 1 ? 4 * u * (1 + abs(offset)) : 4 * u * (abs(slope * x) + abs(offset) + abs(y)) + eta }
        case .hardSilu(let slope, let offset):
            return { x, y in 4 * u * (abs(x) * (min(abs(slope * x), 1 + abs(offset)) + abs(offset)) + abs(y)) + eta }
        case .squareplus(let b):
            // The root has the magnitude of x and of sqrt(b); no bound where the square overflows.
            return { x, _ in ErrorBound.fits(x * x + abs(b)) ? 4 * u * (2 * abs(x) + abs(b).squareRoot()) + ErrorBound.underflow : .infinity }
        case .squareRoot:
            return { _, y in u * y + eta }
        case .logarithm:
            return { _, y in library * u * abs(y) + ErrorBound.underflow }
        case .power(let exponent):
            // By a library, or by as many products as the exponent has units.
            return { _, y in (library + abs(exponent)) * u * abs(y) + ErrorBound.underflow }
        case .sparsePlus, .sparseSigmoid:
            return { _, y in 4 * u * abs(y) + eta }
        }
    }
}

extension ActivationBound {
    /// How much the function changes at most between x and any number within `error` of it: by a Lipschitz constant, or by its values at the
    /// ends where it grows without limit; infinite where it jumps in between.
    static func change(_ function: ActivationFunction, at x: Double, by error: Double) -> Double {
        func jumps(at point: Double) -> Bool { abs(x - point) <= error }
        func steps(_ value: (Double) -> Double) -> Double { value(x - error) == value(x + error) ? 0 : .infinity }
        switch function {
        case .relu(let slope, _, let threshold):
            // With a threshold, the function jumps from 0 to the threshold.
            return threshold != 0 && jumps(at: threshold) ? .infinity : max(1, abs(slope)) * error
        case .elu(let alpha): return max(1, abs(alpha)) * error
        case .celu: return error
        case .selu(let alpha, let scale): return abs(scale) * max(1, abs(alpha)) * error
        case .sigmoid, .sparseSigmoid: return error / 2
        case .tanh, .softplus, .softsign, .logSigmoid, .hardTanh, .softShrink, .tanhShrink, .squareplus, .sparsePlus: return error
        // The error function is as steep at 0 as 2 / sqrt(pi).
        case .silu, .mish, .gelu, .geluTanh, .errorFunction: return 1.2 * error
        case .sign: return steps { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 }
        case .floor: return steps { $0.rounded(.down) }
        case .ceiling: return steps { $0.rounded(.up) }
        case .roundToEven: return steps { $0.rounded(.toNearestOrEven) }
        case .exponential: return Double.exp(x) * (Double.exp(error) - 1)
        case .hardSigmoid(let slope, _): return abs(slope) * error
        case .hardSilu(let slope, let offset): return (2 + abs(offset) + abs(slope * error)) * error
        case .hardShrink(let lambda): return jumps(at: lambda) || jumps(at: -lambda) ? .infinity : error
        case .squareRoot:
            // Steepest at the lower end, like the logarithm.
            return x < error ? .infinity : x.squareRoot() - (x - error).squareRoot()
        case .logarithm: return x <= error ? .infinity : Double.log(x) - Double.log(x - error)
        case .power(let exponent):
            guard x > error else { return .infinity }
            let y = Double.power(x, exponent)
            return max(abs(Double.power(x + error, exponent) - y), abs(Double.power(x - error, exponent) - y))
        case .threshold(let threshold, _): return jumps(at: threshold) ? .infinity : error
        }
    }
}
