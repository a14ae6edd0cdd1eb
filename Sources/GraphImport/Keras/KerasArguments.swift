import ByteIO
import ModelCore

/// What an operator on tensors is called with: `x * 2 + y`, `keras.ops.mean(x, axis=1)`.
struct KerasArguments: Sendable {
    /// Values by position; a tensor is an object with its number among the call's inputs under `tensor`.
    var positional: [JSONValue] = []
    var keywords = JSONObject()

    static func tensor(_ number: Int) -> JSONValue { ["tensor": .integer(number)] }

    /// The number of a tensor among the call's inputs.
    static func number(of value: JSONValue) -> Int? { value.object?.count == 1 ? value["tensor"]?.integer : nil }

    /// Whether a value is a tensor, or a list of them.
    static func areTensors(_ value: JSONValue) -> Bool {
        number(of: value) != nil || value.array.map { !$0.isEmpty && $0.allSatisfy { number(of: $0) != nil } } == true
    }
}
