import ByteIO

/// How a function or a graph operation of TensorFlow is an operator of Keras 3.
///
/// Its parameters are written in TensorFlow's order, and those that Keras 3 calls otherwise with that name: `features alpha=negative_slope`.
/// `conjugate=_` never matters, and `batch_dims==0` can be converted with that value only. Those of a graph operation that are attributes, and no
/// inputs, come after a bar: `values* | axis`; the input with a star takes all that the others leave.
struct TensorFlowFunction: Sendable {
    /// The operator in Keras 3.
    let name: String
    /// TensorFlow's names of what is given by position.
    let inputs: [String]
    private(set) var namesInKeras: [String: String] = [:]
    /// The one value that can be converted, by TensorFlow's name.
    private(set) var onlyValues: [String: JSONValue] = [:]
    /// What TensorFlow does where the call does not say.
    private let defaults: JSONObject

    init(_ name: String, _ signature: String = "x name", _ defaults: JSONObject = JSONObject()) {
        self.name = name
        self.defaults = defaults
        var inputs: [String] = []
        var isInput = true
        for entry in signature.split(separator: " ") {
            if entry == "|" {
                isInput = false
                continue
            }
            let parts = entry.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
            if isInput { inputs.append(parts[0]) }
            let key = parts[0].hasSuffix("*") ? String(parts[0].dropLast()) : parts[0]
            namesInKeras[key] = key == "name" ? "_" : parts.count == 2 ? parts[1] : key
            if parts.count == 3 { onlyValues[key] = Self.literal(parts[2]) }
        }
        self.inputs = inputs
    }

    private static func literal(_ text: String) -> JSONValue {
        switch text {
        case "true", "false": .bool(text == "true")
        default: Int(text).map { .integer($0) } ?? .string(text)
        }
    }

    /// The inputs of a graph operation by name; `nil` where their number does not fit.
    func named(_ values: [JSONValue]) -> JSONObject? {
        var result = JSONObject()
        var rest = values[...]
        for parameter in inputs {
            if parameter.hasSuffix("*") {
                let count = values.count - (inputs.count - 1)
                guard count >= 1 else { return nil }
                result[String(parameter.dropLast())] = .array(Array(rest.prefix(count)))
                rest = rest.dropFirst(count)
            } else {
                guard let value = rest.popFirst() else { return nil }
                result[parameter] = value
            }
        }
        return rest.isEmpty ? result : nil
    }

    /// The settings in the words of Keras 3.
    func inWordsOfKeras(_ settings: JSONObject) -> JSONObject {
        var result = defaults
        for (key, value) in settings where onlyValues[key] == nil && !value.isNull {
            let name = namesInKeras[key] ?? key
            if name != "_" { result[name] = Self.value(value, of: name) }
        }
        return result
    }

    private static func value(_ value: JSONValue, of key: String) -> JSONValue {
        switch key {
        case "data_format": value.string.map { .string(formats[$0] ?? $0) } ?? value
        case "padding", "mode", "pooling_type": value.string.map { .string($0.lowercased()) } ?? value
        case "pool_size", "strides": value.array.map { .array(spatial($0)) } ?? value
        default: value
        }
    }

    private static let formats = [
        "NWC": "channels_last", "NHWC": "channels_last", "NDHWC": "channels_last", "NCW": "channels_first", "NCHW": "channels_first",
        "NCDHW": "channels_first",
    ]

    /// Sizes of a window without those of samples and channels, which are 1.
    private static func spatial(_ sizes: [JSONValue]) -> [JSONValue] {
        guard sizes.count > 3, sizes.first == .integer(1) else { return sizes }
        if sizes.last == .integer(1) { return Array(sizes.dropFirst().dropLast()) }
        return sizes[1] == .integer(1) ? Array(sizes.dropFirst(2)) : sizes
    }
}
