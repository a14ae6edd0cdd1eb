import ByteIO
import ModelCore
import ModelGraph

/// One layer, or operation of `keras.ops`, of those that stand for an operator.
struct KerasPiece: Sendable {
    /// What it is called with.
    indirect enum Operand: Sendable {
        /// An input of the operator.
        case input(Int)
        /// The result of an earlier piece.
        case piece(Int)
        case list([Operand])
        /// As Keras serialises it.
        case constant(JSONValue)
    }

    let className: String
    /// Where the class of an operation is found; `nil` for layers.
    var module: String?
    var config: JSONObject = [:]
    var variables: [KerasDraftVariable] = []
    /// The result of the piece before, the operator's inputs for the first, where it is not said.
    var operands: [Operand]?
    /// What it is within the operator, for the names of all pieces but the main one.
    var part = "activation"
    /// The shape of its result, where that is not the operator's.
    var shape: Shape?
}

/// Why an operator has no place in Keras.
struct KerasObstacle: Error {
    let message: String
    let hint: String?

    init(_ message: String, hint: String? = nil) {
        self.message = message
        self.hint = hint
    }
}

/// What is known of a unit while its layers are chosen.
struct KerasLowering {
    let unit: KerasUnit
    let target: KerasTarget
    let inputs: [Shape]
    let output: Shape
    /// Whether no element of the first input can be below 0.
    let isInputNotNegative: Bool
    /// Whether no layer reads the result.
    let isEnd: Bool
    let weights: [String: Weight]
    /// The inputs that are arrays of constants, by their position.
    let constants: [Int: KerasConstant]
    let resizingMatrix: KerasResizingMatrix

    /// A weight of a node in the layout that Keras wants, under the variable's name; `nil` where the node has none.
    func variable(
        _ role: String, of node: Node, as name: String, layout: KernelLayout? = nil, isTrainable: Bool = true
    ) throws(KerasObstacle) -> KerasDraftVariable? {
        guard let key = node.weights[role], let weight = weights[key] else { return nil }
        // These files keep no bfloat16; Float32 holds the same numbers.
        var source = weight.source.dtype == .bfloat16 ? weight.source.widened : weight.source
        if let layout, weight.layout != layout {
            guard let permutation = weight.layout.permutation(to: layout) else {
                throw KerasObstacle("has a \(role) in \(weight.layout.rawValue), which cannot become \(layout.rawValue)")
            }
            source = source.permuted(by: permutation)
        }
        return KerasDraftVariable(name: name, weight: key, source: source, isTrainable: isTrainable)
    }
}

extension JSONValue {
    static func integers(_ values: [Int]) -> JSONValue { .array(values.map(JSONValue.integer)) }
    static func numbers(_ values: [Double]) -> JSONValue { .array(values.map(JSONValue.number)) }
}
