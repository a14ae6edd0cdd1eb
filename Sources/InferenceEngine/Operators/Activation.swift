import CKernels
import ModelCore
import ModelGraph

/// A function of one number, applied to every element.
struct ActivationStep: Step {
    private enum Loop {
        case clipped(maximum: Float)
        case leaky(slope: Float)
        case function(ck_function, constants: [Float])
    }

    private let loop: Loop

    /// `nil` for functions without a loop, and a celu whose alpha is negative: its exponentials are of positive numbers.
    init?(_ definition: Activation) {
        if case .relu(let slope, let maximum, let threshold) = definition.function, threshold == 0, slope == 0 || maximum == nil {
            if slope != 0 {
                loop = .leaky(slope: Float(slope))
                return
            }
            if maximum ?? 0 >= 0 {
                loop = .clipped(maximum: maximum.map { Float($0) } ?? .infinity)
                return
            }
        }
        if case .celu(let alpha) = definition.function, !(Float(alpha) > 0) { return nil }
        guard let (function, constants) = definition.function.kernel else { return nil }
        loop = .function(function, constants: constants + [Float](repeating: 0, count: 4 - constants.count))
    }

    func run(_ inputs: inout [Value], shape: [Int], _ context: RunContext) throws(ModelError) -> Value {
        let output = try context.makeOver(&inputs)
        let (source, target) = (inputs[0].floats, output.floats)
        let (loop, kernels) = (loop, context.kernels)
        context.team.split(output.count, cost: 2) { range in
            let (x, y) = (source + range.lowerBound, target + range.lowerBound)
            switch loop {
            case .clipped(let maximum): kernels.relu(range.count, x, maximum, y)
            case .leaky(let slope): kernels.leaky_relu(range.count, x, slope, y)
            case .function(let function, let constants): kernels.activate(function, constants, range.count, x, y)
            }
        }
        return output
    }
}

extension ActivationFunction {
    /// The function's name among the kernels, and its constants in their order; `nil` where it is not among them.
    fileprivate var kernel: (function: ck_function, constants: [Float])? {
        switch self {
        case .relu(let slope, let maximum, let threshold):
            let (least, most): (Float, Float) = maximum.map { (0, Float($0)) } ?? (-Float.infinity, Float.infinity)
            return (CK_RELU, [Float(slope), least, most, Float(threshold)])
        case .elu(let alpha): return (CK_ELU, [Float(alpha), 1])
        case .selu(let alpha, let scale): return (CK_ELU, [Float(alpha), Float(scale)])
        case .celu(let alpha): return (CK_CELU, [Float(alpha)])
        case .sigmoid: return (CK_SIGMOID, [])
        case .tanh: return (CK_TANH, [])
        case .exponential: return (CK_EXPONENTIAL, [])
        case .softplus: return (CK_SOFTPLUS, [])
        case .softsign: return (CK_SOFTSIGN, [])
        case .silu: return (CK_SILU, [])
        case .mish: return (CK_MISH, [])
        case .logSigmoid: return (CK_LOG_SIGMOID, [])
        case .gelu: return (CK_GELU, [])
        case .geluTanh: return (CK_GELU_TANH, [])
        case .hardSigmoid(let slope, let offset): return (CK_HARD_SIGMOID, [Float(slope), Float(offset)])
        case .hardSilu(let slope, let offset): return (CK_HARD_SILU, [Float(slope), Float(offset)])
        case .hardTanh(let minimum, let maximum): return (CK_HARD_TANH, [Float(minimum), Float(maximum)])
        case .hardShrink(let lambda): return (CK_HARD_SHRINK, [Float(lambda)])
        case .softShrink(let lambda): return (CK_SOFT_SHRINK, [Float(lambda)])
        case .tanhShrink: return (CK_TANH_SHRINK, [])
        case .threshold(let threshold, let value): return (CK_THRESHOLD, [Float(threshold), Float(value)])
        case .squareplus(let b): return (CK_SQUAREPLUS, [Float(b)])
        case .sparsePlus: return (CK_SPARSE_PLUS, [])
        case .sparseSigmoid: return (CK_SPARSE_SIGMOID, [])
        case .squareRoot, .logarithm, .power, .errorFunction, .sign, .floor, .ceiling, .roundToEven: return nil
        }
    }
}
