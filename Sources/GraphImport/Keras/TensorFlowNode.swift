import ByteIO
import Foundation

/// A node of TensorFlow's graph, as tf.keras 2.0 to 2.3 keeps it: a `NodeDef` in the JSON form of protocol buffers.
struct TensorFlowNode {
    let operation: String
    /// The attributes that have a meaning of their own, by name, as plain values.
    let attributes: [(key: String, value: JSONValue)]

    init(_ value: JSONValue) {
        operation = value["op"]?.string ?? ""
        attributes = (value["attr"]?.object ?? JSONObject()).compactMap { key, value in
            // Types of numbers follow from the inputs, save that of a cast's result. How many inputs there are is seen.
            if key == "N" || key.hasPrefix("_") || value["type"] != nil && key != "DstT" { return nil }
            return (key, Self.plain(value))
        }
    }

    /// An attribute without its type: integers are strings in JSON, strings are in base 64.
    private static func plain(_ value: JSONValue) -> JSONValue {
        if let text = value["i"]?.string, let integer = Int(text) { return .integer(integer) }
        if let text = value["s"]?.string { return decoded(text) }
        if let type = value["type"]?.string { return .string(type.replacingOccurrences(of: "DT_", with: "").lowercased()) }
        if let list = value["list"]?.object {
            let integers = list["i"]?.array?.map { $0.string.flatMap(Int.init).map(JSONValue.integer) ?? $0 }
            return .array(integers ?? list["s"]?.array?.map { $0.string.map(decoded) ?? $0 } ?? list["f"]?.array ?? [])
        }
        return value["f"] ?? value["b"] ?? value["i"] ?? value
    }

    private static func decoded(_ text: String) -> JSONValue {
        Data(base64Encoded: text).map { .string(String(decoding: $0, as: UTF8.self)) } ?? .string(text)
    }
}
