import ModelCore
import ModelGraph
import Verification

extension GraphEdit {
    private var function: ActivationFunction? {
        if case .activation(let activation) = node.operation { activation.function } else { nil }
    }

    private mutating func replace(_ function: ActivationFunction) -> Bool { replace(Activation(function).erased) }

    mutating func changeLimit() -> Bool {
        switch function {
        case .relu(negativeSlope: 0, maximum: nil, threshold: 0): replace(.relu(negativeSlope: 0, maximum: 6, threshold: 0))
        case .relu(negativeSlope: 0, _?, threshold: 0), .hardTanh(minimum: 0, _): replace(.relu(negativeSlope: 0, maximum: nil, threshold: 0))
        default: false
        }
    }

    mutating func changeGELU() -> Bool {
        switch function {
        case .gelu: replace(.geluTanh)
        case .geluTanh: replace(.gelu)
        default: false
        }
    }

    /// Keras 2 has a slope of 0.2 where Keras 3 and PyTorch have a sixth.
    mutating func changeHardVersion() -> Bool {
        switch function {
        case .hardSigmoid(let slope, let offset): replace(.hardSigmoid(slope: slope == 0.2 ? 1.0 / 6 : 0.2, offset: offset))
        case .hardSilu(let slope, let offset): replace(.hardSilu(slope: slope == 0.2 ? 1.0 / 6 : 0.2, offset: offset))
        default: false
        }
    }

    mutating func changeActivation() -> Bool {
        switch function {
        case .hardSilu: replace(.silu)
        case .silu: replace(.hardSilu(slope: 1.0 / 6, offset: 0.5))
        case .hardSigmoid: replace(.sigmoid)
        case .sigmoid: replace(.hardSigmoid(slope: 1.0 / 6, offset: 0.5))
        case .tanh: replace(.hardTanh(minimum: -1, maximum: 1))
        case .mish: replace(.silu)
        case .softplus: replace(.relu(negativeSlope: 0, maximum: nil, threshold: 0))
        case .elu(let alpha): replace(.selu(alpha: alpha, scale: 1.0507009873554805))
        case .selu(let alpha, _): replace(.elu(alpha: alpha))
        default: false
        }
    }

    mutating func changeSlope(_ random: inout RandomStream) -> Bool {
        guard case .relu(let slope, let maximum, let threshold) = function, slope != 0,
            let other = random.choice([0.01, 0.2, 0.3].filter { $0 != slope })
        else { return false }
        return replace(.relu(negativeSlope: other, maximum: maximum, threshold: threshold))
    }

    mutating func changeAlpha(_ random: inout RandomStream) -> Bool {
        switch function {
        case .elu(let alpha): replace(.elu(alpha: random.choice([0.5, 1, 1.5].filter { $0 != alpha }) ?? alpha))
        case .celu(let alpha): replace(.celu(alpha: random.choice([0.5, 1, 1.5].filter { $0 != alpha }) ?? alpha))
        default: false
        }
    }
}
