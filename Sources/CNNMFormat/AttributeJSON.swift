internal import ByteIO
internal import ModelCore
internal import ModelGraph

extension AttributeValue {
    var json: JSONValue {
        switch self {
        case .integer(let value): .integer(value)
        case .integers(let values): .array(values.map(JSONValue.integer))
        case .number(let value): .number(value)
        case .numbers(let values): .array(values.map(JSONValue.number))
        case .boolean(let value): .bool(value)
        case .string(let value): .string(value)
        }
    }

    /// The attribute that `json` stands for, `nil` if none: an array of integers only, empty or not, is one of integers.
    init?(_ json: JSONValue) {
        switch json {
        case .integer(let value): self = .integer(value)
        case .number(let value): self = .number(value)
        case .bool(let value): self = .boolean(value)
        case .string(let value): self = .string(value)
        case .array(let elements):
            let integers = elements.compactMap(\.integer)
            let numbers = elements.compactMap(\.double)
            guard numbers.count == elements.count else { return nil }
            self = integers.count == elements.count ? .integers(integers) : .numbers(numbers)
        case .null, .object: return nil
        }
    }
}

extension Members {
    /// - Throws: `cnnm.header`, `cnnm.name` for keys and strings that are too long.
    func attributes(_ key: String) throws(ModelError) -> AttributeList {
        var list = AttributeList()
        for (name, json) in try object(key) {
            if let fault = FormatRules.fault(ofName: name) { throw problem(key, "has a member whose name \(fault)", code: "cnnm.name") }
            guard let value = AttributeValue(json) else {
                throw problem("\(key)/\(name)", "is neither a scalar nor an array of numbers")
            }
            if case .string(let text) = value, text.utf8.count > FormatLimits.name {
                throw problem("\(key)/\(name)", "has \(text.utf8.count) bytes, \(FormatLimits.name) are allowed")
            }
            list.append(name, value)
        }
        return list
    }
}
