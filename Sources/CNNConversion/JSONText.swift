import ByteIO
import ModelCore

extension JSON {
    /// A value as indented text with a line end.
    static func text(_ value: JSONValue) throws(ModelError) -> String {
        String(decoding: try serialize(value, style: .pretty), as: UTF8.self) + "\n"
    }
}

extension JSONValue {
    /// A number, or null where it is infinite or none at all.
    static func finite(_ value: Double) -> JSONValue { value.isFinite ? .number(value) : .null }
}
