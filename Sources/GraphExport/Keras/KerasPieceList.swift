import ByteIO
import ModelCore

/// Layers and operations that are put together one after the other; the last one's result is the operator's.
struct KerasPieceList {
    private(set) var pieces: [KerasPiece] = []

    /// Adds a layer of `keras.layers`.
    mutating func layer(
        _ className: String, _ config: JSONObject = [:], of operands: KerasPiece.Operand..., part: String, shape: Shape? = nil
    ) -> KerasPiece.Operand {
        add(KerasPiece(className: className, config: config, operands: operands, part: part, shape: shape))
    }

    /// Adds an operation of `keras.ops`.
    mutating func operation(
        _ operation: KerasOperationClass, _ config: JSONObject = [:], of operands: KerasPiece.Operand..., part: String? = nil, shape: Shape? = nil
    ) -> KerasPiece.Operand {
        var piece = KerasPiece(className: operation.rawValue, module: operation.module, config: config, operands: operands, shape: shape)
        piece.part = part ?? operation.rawValue.lowercased()
        return add(piece)
    }

    /// Adds a piece that is complete but for what it reads.
    mutating func add(_ piece: KerasPiece, of operand: KerasPiece.Operand) -> KerasPiece.Operand {
        var piece = piece
        piece.operands = [operand]
        return add(piece)
    }

    private mutating func add(_ piece: KerasPiece) -> KerasPiece.Operand {
        pieces.append(piece)
        return .piece(pieces.count - 1)
    }
}

/// The operations of `keras.ops` that are written, by the names of their classes.
enum KerasOperationClass: String, CaseIterable {
    case absolute = "Absolute"
    case add = "Add"
    case celu = "Celu"
    case ceil = "Ceil"
    case clip = "Clip"
    case cumsum = "Cumsum"
    case divide = "Divide"
    case erf = "Erf"
    case flip = "Flip"
    case floor = "Floor"
    case gelu = "Gelu"
    case getItem = "GetItem"
    case hardShrink = "HardShrink"
    case leakyRelu = "LeakyRelu"
    case log = "Log"
    case logSoftmax = "LogSoftmax"
    case matmul = "Matmul"
    case max = "Max"
    case maximum = "Maximum"
    case mean = "Mean"
    case min = "Min"
    case minimum = "Minimum"
    case multiply = "Multiply"
    case normalize = "Normalize"
    case onesLike = "OnesLike"
    case pad = "Pad"
    case power = "Power"
    case relu = "Relu"
    case round = "Round"
    case rsqrt = "Rsqrt"
    case sigmoid = "Sigmoid"
    case sign = "Sign"
    case softShrink = "SoftShrink"
    case sparsemax = "Sparsemax"
    case sqrt = "Sqrt"
    case squareplus = "Squareplus"
    case subtract = "Subtract"
    case sum = "Sum"
    case threshold = "Threshold"

    /// The module of Keras 3 that the class is in.
    var module: String {
        switch self {
        case .celu, .gelu, .hardShrink, .leakyRelu, .logSoftmax, .normalize, .relu, .sigmoid, .softShrink, .sparsemax, .squareplus, .threshold:
            KerasPiece.operations + ".nn"
        case .erf, .rsqrt: KerasPiece.operations + ".math"
        case .absolute, .add, .ceil, .clip, .cumsum, .divide, .flip, .floor, .getItem, .log, .matmul, .max, .maximum, .mean, .min, .minimum,
            .multiply, .onesLike, .pad, .power, .round, .sign, .sqrt, .subtract, .sum:
            KerasPiece.operations + ".numpy"
        }
    }
}

extension KerasPiece {
    /// Where Keras 3 has the classes of its operations.
    static let operations = "keras.src.ops"
}

extension KerasLowering {
    /// Operations go where Keras 3 alone reads.
    /// - Throws: for other targets, what stands in the way of layers.
    func requireOperations(_ obstacle: @autoclosure () -> KerasObstacle) throws(KerasObstacle) {
        guard target == .keras3 else { throw obstacle() }
    }

    /// What the lowering's operators read, the inputs in order.
    var operands: [KerasPiece.Operand] { inputs.indices.map(KerasPiece.Operand.input) }
}

/// Part of an axis, as Keras 3 serialises Python's slices.
enum KerasSlice {
    static let everything = slice(nil, nil)

    static func slice(_ start: Int?, _ stop: Int?, step: Int? = nil) -> JSONValue {
        func bound(_ value: Int?) -> JSONValue { value.map(JSONValue.integer) ?? .null }
        return ["class_name": .string("__slice__"), "config": ["start": bound(start), "stop": bound(stop), "step": bound(step)]]
    }

    /// The key of a slice along one axis.
    static func key(_ slice: JSONValue, axis: Int, rank: Int) -> KerasPiece.Operand {
        .constant(.array((0..<rank).map { $0 == axis ? slice : everything }))
    }
}
