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
            .squareRoot, .logarithm, .power, .errorFunction, .sign, .floor, .ceiling, .roundToEven:
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
        case .gatedLinearUnit(let unit):
            if let name = KerasActivations.gateName(of: operation, rank: output.rank, isEnd: isEnd) {
                return [KerasPiece(className: "Activation", config: ["activation": .string(name)])]
            }
            return try gate(unit)
        case .activation(let activation): return try function(activation.function)
        default: return []
        }
    }

    private func function(_ function: ActivationFunction) throws(KerasObstacle) -> [KerasPiece] {
        switch function {
        case .relu(let slope, let maximum, let threshold) where slope >= 0 && threshold >= 0 && maximum ?? 0 >= 0:
            return [Self.relu(slope: slope, maximum: maximum, threshold: threshold)]
        case .threshold(let threshold, value: 0) where threshold >= 0: return [Self.relu(threshold: threshold)]
        case .hardTanh(minimum: 0, let maximum) where maximum >= 0: return [Self.relu(maximum: maximum)]
        case .elu(let alpha): return [KerasPiece(className: "ELU", config: ["alpha": .number(alpha)])]
        case .selu(let alpha, let scale):
            let line: JSONObject = ["scale": .number(scale), "offset": .number(0)]
            return [KerasPiece(className: "ELU", config: ["alpha": .number(alpha)]), KerasPiece(className: "Rescaling", config: line, part: "scale")]
        case .hardSigmoid(let slope, let offset): return hardSigmoid(slope, offset)
        case .hardSilu(let slope, let offset):
            let gate = hardSigmoid(slope, offset, part: "gate")
            return gate + [KerasPiece(className: "Multiply", operands: [.list([.input(0), .piece(gate.count - 1)])])]
        default:
            let constants = function.constants.map { "\($0.name) \($0.value)" }.joined(separator: ", ")
            let obstacle = KerasObstacle(
                "applies \(function.name)\(constants.isEmpty ? "" : " with \(constants)"), for which Keras has no layer")
            try requireOperations(obstacle)
            guard let pieces = operations(function) else { throw obstacle }
            return pieces
        }
    }

    /// A function as operations of `keras.ops`; `nil` where there are none.
    private func operations(_ function: ActivationFunction) -> [KerasPiece]? {
        var list = KerasPieceList()
        let x = KerasPiece.Operand.input(0)
        switch function {
        // A rectifier that turns negative numbers round.
        case .relu(negativeSlope: -1, maximum: nil, threshold: 0): _ = list.operation(.absolute, of: x)
        case .relu(let slope, maximum: nil, threshold: 0): _ = list.operation(.leakyRelu, ["negative_slope": .number(slope)], of: x)
        case .relu(let slope, let maximum, let threshold):
            guard maximum ?? 0 >= 0 else { return nil }
            var kept = list.operation(.threshold, ["threshold": .number(threshold), "default_value": .number(0)], of: x, part: "kept")
            if let maximum { kept = list.operation(.clip, ["x_min": .number(0), "x_max": .number(maximum)], of: kept, part: "clipped") }
            guard slope != 0 else { break }
            let distance = list.operation(.subtract, of: .constant(.number(threshold)), x, part: "distance")
            let below = list.operation(.relu, of: distance, part: "below")
            let scaled = list.operation(.multiply, of: below, .constant(.number(slope)), part: "slope")
            _ = list.operation(.subtract, of: kept, scaled)
        case .threshold(let threshold, let value):
            _ = list.operation(.threshold, ["threshold": .number(threshold), "default_value": .number(value)], of: x)
        case .hardTanh(let minimum, let maximum):
            guard minimum <= maximum else { return nil }
            _ = list.operation(.clip, ["x_min": .number(minimum), "x_max": .number(maximum)], of: x)
        case .celu(let alpha): _ = list.operation(.celu, ["alpha": .number(alpha)], of: x)
        case .geluTanh: _ = list.operation(.gelu, ["approximate": .bool(true)], of: x)
        case .hardShrink(let lambda): _ = list.operation(.hardShrink, ["threshold": .number(lambda)], of: x)
        case .softShrink(let lambda): _ = list.operation(.softShrink, ["threshold": .number(lambda)], of: x)
        case .squareplus(let b): _ = list.operation(.squareplus, ["b": .number(b)], of: x)
        case .squareRoot: _ = list.operation(.sqrt, of: x)
        case .logarithm: _ = list.operation(.log, of: x)
        case .errorFunction: _ = list.operation(.erf, of: x)
        case .sign: _ = list.operation(.sign, of: x)
        case .floor: _ = list.operation(.floor, of: x)
        case .ceiling: _ = list.operation(.ceil, of: x)
        case .roundToEven: _ = list.operation(.round, ["decimals": .integer(0)], of: x)
        case .power(exponent: -0.5): _ = list.operation(.rsqrt, of: x)
        case .power(let exponent): _ = list.operation(.power, of: x, .constant(.number(exponent)))
        default: return nil
        }
        return list.pieces
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

    /// The first half of an axis times the sigmoid of the second. Keras' own operation takes its result to be twice as wide as it is.
    private func gate(_ unit: GatedLinearUnit) throws(KerasObstacle) -> [KerasPiece] {
        let obstacle = KerasObstacle("is a gated linear unit inside the network, whose result Keras takes to be twice as wide as it is")
        try requireOperations(obstacle)
        guard let size = output[unit.axis] else { throw KerasObstacle("is a gated linear unit along an axis of unknown size") }
        var list = KerasPieceList()
        let rank = output.rank
        let first = list.operation(
            .getItem, of: .input(0), KerasSlice.key(KerasSlice.slice(0, size), axis: unit.axis, rank: rank), part: "value", shape: output)
        let second = list.operation(
            .getItem, of: .input(0), KerasSlice.key(KerasSlice.slice(size, 2 * size), axis: unit.axis, rank: rank), part: "gate", shape: output)
        let sigmoid = list.operation(.sigmoid, of: second)
        _ = list.layer("Multiply", of: .list([first, sigmoid]), part: "product")
        return list.pieces
    }

    private func softmax(_ operation: Softmax) throws(KerasObstacle) -> [KerasPiece] {
        for axis in operation.axes { try requireNotBatch(axis) }
        let obstacle = KerasObstacle("is a \(operation.kind.rawValue) over axes \(operation.axes), which Keras has for the last axis only")
        switch operation.kind {
        case .softmax: return [KerasPiece(className: "Softmax", config: ["axis": try axes(operation.axes)])]
        case .logSoftmax, .sparsemaxKeras:
            guard operation.axes.count == 1 else { throw obstacle }
            try requireOperations(obstacle)
            var list = KerasPieceList()
            let kind: KerasOperationClass = operation.kind == .logSoftmax ? .logSoftmax : .sparsemax
            _ = list.operation(kind, ["axis": .integer(operation.axes[0])], of: .input(0))
            return list.pieces
        }
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
