import ByteIO
import ModelCore
import ModelGraph

/// What activations are called.
enum KerasActivations {
    /// The name of a gated linear unit over the last axis. Keras takes its result to be as wide as its input: it works where nothing reads it.
    static func gateName(of operation: Operator, rank: Int, isEnd: Bool) -> String? {
        guard case .gatedLinearUnit(let unit) = operation, unit.axis == rank - 1, isEnd else { return nil }
        return "glu"
    }

    /// The name by which a layer is given this function after an output of this rank; `nil` where there is none that all versions of the target
    /// understand alike.
    static func name(of operation: Operator, rank: Int, target: KerasTarget) -> String? {
        switch operation {
        case .activation(let operation): return name(of: operation.function, target: target)
        case .softmax(let operation):
            guard operation.axes == [rank - 1], rank > 1 else { return nil }
            switch operation.kind {
            case .softmax: return "softmax"
            case .logSoftmax: return "log_softmax"
            case .sparsemaxKeras: return "sparsemax"
            }
        default: return nil
        }
    }

    private static func name(of function: ActivationFunction, target: KerasTarget) -> String? {
        switch function {
        case .relu(negativeSlope: 0, maximum: nil, threshold: 0): "relu"
        case .relu(negativeSlope: 0, maximum: 6, threshold: 0): "relu6"
        case .relu(negativeSlope: 0.2, maximum: nil, threshold: 0): "leaky_relu"
        case .elu(alpha: 1): "elu"
        case .selu(alpha: 1.6732632423543772, scale: 1.0507009873554805): "selu"
        case .celu(alpha: 1): "celu"
        case .sigmoid: "sigmoid"
        case .tanh: "tanh"
        case .exponential: "exponential"
        case .softplus: "softplus"
        case .softsign: "softsign"
        case .silu: target == .keras3 ? "silu" : "swish"
        case .mish: "mish"
        case .logSigmoid: "log_sigmoid"
        case .gelu: "gelu"
        case .hardSigmoid(slope: 1 / 6, offset: 0.5): target == .keras3 ? "hard_sigmoid" : nil
        case .hardSilu(slope: 1 / 6, offset: 0.5): target == .keras3 ? "hard_silu" : nil
        case .hardTanh(minimum: -1, maximum: 1): "hard_tanh"
        case .hardShrink(lambda: 0.5): "hard_shrink"
        case .softShrink(lambda: 0.5): "soft_shrink"
        case .tanhShrink: "tanh_shrink"
        case .squareplus(b: 4): "squareplus"
        case .sparsePlus: "sparse_plus"
        case .sparseSigmoid: "sparse_sigmoid"
        case .relu, .elu, .selu, .celu, .geluTanh, .hardSigmoid, .hardSilu, .hardTanh, .hardShrink, .softShrink, .threshold, .squareplus,
            .squareRoot, .logarithm, .power:
            nil
        }
    }
}

extension KerasLowering {
    /// An activation as layers of its own.
    func activation(_ operation: Operator) throws(KerasObstacle) -> [KerasPiece] {
        if let name = KerasActivations.name(of: operation, rank: output.rank, target: target) {
            return [KerasPiece(className: "Activation", config: ["activation": .string(name)])]
        }
        switch operation {
        case .softmax(let softmax): return try self.softmax(softmax)
        case .gatedLinearUnit:
            guard let name = KerasActivations.gateName(of: operation, rank: output.rank, isEnd: isEnd) else {
                throw KerasObstacle("is a gated linear unit inside the network, whose result Keras takes to be twice as wide as it is")
            }
            return [KerasPiece(className: "Activation", config: ["activation": .string(name)])]
        case .activation(let activation): return try function(activation.function)
        default: return []
        }
    }

    private func function(_ function: ActivationFunction) throws(KerasObstacle) -> [KerasPiece] {
        switch function {
        case .relu(let slope, let maximum, let threshold): return [Self.relu(slope: slope, maximum: maximum, threshold: threshold)]
        case .threshold(let threshold, value: 0): return [Self.relu(threshold: threshold)]
        case .hardTanh(minimum: 0, let maximum) where maximum >= 0: return [Self.relu(maximum: maximum)]
        case .elu(let alpha): return [KerasPiece(className: "ELU", config: ["alpha": .number(alpha)])]
        case .hardSigmoid(let slope, let offset): return hardSigmoid(slope, offset)
        case .hardSilu(let slope, let offset):
            return hardSigmoid(slope, offset, part: "gate") + [KerasPiece(className: "Multiply", source: .inputsAndPrevious)]
        default:
            let constants = function.constants.map { "\($0.name) \($0.value)" }.joined(separator: ", ")
            throw KerasObstacle("applies \(function.name)\(constants.isEmpty ? "" : " with \(constants)"), for which Keras has no layer")
        }
    }

    /// The steps of the formula, which every version of Keras takes alike.
    private func hardSigmoid(_ slope: Double, _ offset: Double, part: String = "activation") -> [KerasPiece] {
        var clip = Self.relu(maximum: 1)
        clip.part = part
        let line: JSONObject = ["scale": .number(slope), "offset": .number(offset)]
        return [KerasPiece(className: "Rescaling", config: line, part: "line"), clip]
    }

    private static func relu(slope: Double = 0, maximum: Double? = nil, threshold: Double = 0) -> KerasPiece {
        KerasPiece(
            className: "ReLU",
            config: ["max_value": maximum.map(JSONValue.number) ?? .null, "negative_slope": .number(slope), "threshold": .number(threshold)])
    }

    private func softmax(_ operation: Softmax) throws(KerasObstacle) -> [KerasPiece] {
        guard operation.kind == .softmax else {
            throw KerasObstacle("is a \(operation.kind.rawValue) over axes \(operation.axes), which Keras has for the last axis only")
        }
        for axis in operation.axes { try requireNotBatch(axis) }
        return [KerasPiece(className: "Softmax", config: ["axis": try axes(operation.axes)])]
    }

    func prelu() throws(KerasObstacle) -> [KerasPiece] {
        guard let alpha = try variable("alpha", of: unit.core, as: "alpha") else { return [] }
        let sizes = Array(output.sizes.dropFirst())
        let shared = alpha.source.shape.indices.filter { alpha.source.shape[$0] == 1 && sizes[$0] != 1 }
        guard zip(alpha.source.shape, sizes).allSatisfy({ $0 == 1 || $1 != nil }) else {
            throw KerasObstacle("has slopes for each element of an axis of unknown size")
        }
        return [
            KerasPiece(
                className: "PReLU", config: ["shared_axes": shared.isEmpty ? .null : .integers(shared.map { $0 + 1 })], variables: [alpha])
        ]
    }
}
