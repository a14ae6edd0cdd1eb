import ByteIO
import ModelCore
import Synchronization

/// What an operator on tensors is called with: `x * 2 + y`, `keras.ops.mean(x, axis=1)`.
///
/// Every argument that is no tensor has to be read with `value`, or the operator is refused (`KerasLayer.unreadProblems`).
struct KerasArguments: Sendable {
    /// Values by position; a tensor is an object with its number among the call's inputs under `tensor`.
    var positional: [JSONValue] = []
    var keywords = JSONObject()
    private let readings = Readings()

    private final class Readings: Sendable {
        let positions = Mutex<Set<Int>>([])
        let keys = Mutex<Set<String>>([])
    }

    static func tensor(_ number: Int) -> JSONValue { ["tensor": .integer(number)] }
    static func isTensor(_ value: JSONValue) -> Bool { value["tensor"] != nil }

    /// The argument at a position or of one of these names, where it is given and not null.
    func value(_ position: Int, _ names: String...) -> JSONValue? { value(position, names) }

    func value(_ position: Int, _ names: [String]) -> JSONValue? {
        readings.positions.withLock { _ = $0.insert(position) }
        if positional.indices.contains(position), !positional[position].isNull { return positional[position] }
        return names.lazy.compactMap(keyword).first { !$0.isNull }
    }

    /// The argument of a name that has no position.
    func keyword(_ name: String) -> JSONValue? {
        readings.keys.withLock { _ = $0.insert(name) }
        return keywords[name]
    }

    /// The arguments that nobody has read. Tensors are inputs, which `KerasFlow` follows.
    var unread: [(key: String, value: JSONValue)] {
        let positions = readings.positions.withLock { $0 }
        let keys = readings.keys.withLock { $0 }
        let unplaced = positional.enumerated().filter { !positions.contains($0.offset) }.map { (key: "argument \($0.offset)", value: $0.element) }
        let unnamed = keywords.filter { !keys.contains($0.key) }.map { (key: $0.key, value: $0.value) }
        return (unplaced + unnamed).filter { !Self.areTensors($0.value) }
    }

    private static func areTensors(_ value: JSONValue) -> Bool {
        isTensor(value) || value.array.map { !$0.isEmpty && $0.allSatisfy(isTensor) } == true
    }
}
