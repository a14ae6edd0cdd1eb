import ByteIO
import ModelCore
import ModelGraph

/// What a Keras model computes while it runs with arrays, numbers and sizes, in operations of `keras.ops`.
struct KerasFormula {
    struct Value {
        let operand: KerasPiece.Operand
        let shape: Shape

        fileprivate var number: Double? { if case .constant(.number(let number)) = operand { number } else { nil } }

        static func number(_ value: Double) -> Value { Value(operand: .constant(.number(value)), shape: []) }
    }

    private(set) var list = KerasPieceList()
    private var count = 0

    /// Numbers along one axis of as many as `rank`.
    static func array(_ numbers: [Double], axis: Int, rank: Int) -> Value {
        var shape = [Int](repeating: 1, count: rank)
        shape[axis] = numbers.count
        let elements = numbers.map { number in (axis + 1..<rank).reduce(JSONValue.number(number)) { value, _ in .array([value]) } }
        let value = (0..<axis).reduce(JSONValue.array(elements)) { value, _ in .array([value]) }
        let text: JSONValue = ["class_name": .string("__numpy__"), "config": ["value": value, "dtype": .string(DType.float32.rawValue)]]
        return Value(operand: .constant(text), shape: Shape(known: shape))
    }

    /// Of two values, with axes of size 1 stretched; of two numbers, the number.
    mutating func callAsFunction(_ operation: KerasOperationClass, _ left: Value, _ right: Value) -> Value {
        if let a = left.number, let b = right.number, let result = Self.result(operation, a, b) { return .number(result) }
        let rank = max(left.shape.rank, right.shape.rank)
        func sizes(_ shape: Shape) -> [Int?] { Array(repeating: 1, count: rank - shape.rank) + shape.sizes }
        let shape = Shape(zip(sizes(left.shape), sizes(right.shape)).map { $0 == 1 ? $1 : $0 })
        return Value(operand: list.operation(operation, of: left.operand, right.operand, part: next(operation.rawValue), shape: shape), shape: shape)
    }

    private static func result(_ operation: KerasOperationClass, _ a: Double, _ b: Double) -> Double? {
        switch operation {
        case .add: a + b
        case .subtract: a - b
        case .multiply: a * b
        case .divide: b == 0 ? nil : a / b
        case .maximum: max(a, b)
        case .minimum: min(a, b)
        default: nil
        }
    }

    /// A function of each element.
    mutating func callAsFunction(_ operation: KerasOperationClass, _ value: Value, _ config: JSONObject = [:]) -> Value {
        Value(operand: list.operation(operation, config, of: value.operand, part: next(operation.rawValue), shape: value.shape), shape: value.shape)
    }

    /// 1 where a difference of whole numbers is above 0, else 0.
    mutating func isAboveZero(_ difference: Value) -> Value { self(.clip, difference, ["x_min": .number(0), "x_max": .number(1)]) }

    /// One number for each place that is left.
    mutating func reduced(_ operation: KerasOperationClass, _ value: Value, axes: [Int], keepsAxes: Bool) -> Value {
        let sizes = value.shape.sizes.enumerated().compactMap { axis, size -> Int?? in
            axes.contains(axis) ? (keepsAxes ? .some(1) : nil) : .some(size)
        }
        let config: JSONObject = ["axis": .integers(axes), "keepdims": .bool(keepsAxes)]
        let shape = Shape(sizes)
        return Value(operand: list.operation(operation, config, of: value.operand, part: next(operation.rawValue), shape: shape), shape: shape)
    }

    /// With other sizes after the samples, of which one may be unknown.
    mutating func reshaped(_ value: Value, _ sizes: [Int?]) -> Value {
        let shape = Shape([value.shape[0]] + sizes)
        let config: JSONObject = ["target_shape": .integers(sizes.map { $0 ?? -1 })]
        return Value(operand: list.layer("Reshape", config, of: value.operand, part: next("Reshape"), shape: shape), shape: shape)
    }

    /// With its axes in another order.
    mutating func permuted(_ value: Value, _ order: [Int]) -> Value {
        guard order != Array(order.indices) else { return value }
        let shape = Shape(order.map { value.shape[$0] })
        let config: JSONObject = ["dims": .integers(Array(order.dropFirst()))]
        return Value(operand: list.layer("Permute", config, of: value.operand, part: next("Permute"), shape: shape), shape: shape)
    }

    /// Matrices in the last two axes; those before are stretched.
    mutating func product(_ left: Value, _ right: Value) -> Value {
        var shape = Shape(zip(left.shape.sizes, right.shape.sizes).map { $0 == 1 ? $1 : $0 })
        (shape[shape.rank - 2], shape[shape.rank - 1]) = (left.shape[left.shape.rank - 2], right.shape[right.shape.rank - 1])
        return Value(operand: list.operation(.matmul, of: left.operand, right.operand, part: next("Matmul"), shape: shape), shape: shape)
    }

    /// Each element of the last axis but one, so many times.
    mutating func repeated(_ value: Value, times: Int) -> Value {
        var shape = value.shape
        shape[1] = nil
        let layer = list.layer("UpSampling1D", ["size": .integer(times)], of: value.operand, part: next("UpSampling1D"), shape: shape)
        return Value(operand: layer, shape: shape)
    }

    private mutating func next(_ name: String) -> String {
        count += 1
        return "\(name.lowercased())_\(count)"
    }
}
