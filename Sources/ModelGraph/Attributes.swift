package import ModelCore

/// The value of an operator's attribute, as a file stores it.
package enum AttributeValue: Sendable, Hashable {
    case integer(Int)
    case integers([Int])
    case number(Double)
    case numbers([Double])
    case boolean(Bool)
    case string(String)
}

/// An operator's attributes by name, in the order in which the operator declares them.
package struct AttributeList: Sendable, Hashable {
    package struct Entry: Sendable, Hashable {
        package let name: String
        package let value: AttributeValue
    }

    package private(set) var entries: [Entry] = []

    package init() {}

    package mutating func append(_ name: String, _ value: AttributeValue) {
        entries.append(Entry(name: name, value: value))
    }

    package subscript(name: String) -> AttributeValue? {
        entries.first { $0.name == name }?.value
    }
}

/// Reads an operator's attributes strictly: each of the right type, none missing, none left over.
package struct AttributeReader {
    private let list: AttributeList
    private var unread: Set<String>
    private let operatorName: String

    package init(_ list: AttributeList, operatorName: String) {
        self.list = list
        self.unread = Set(list.entries.map(\.name))
        self.operatorName = operatorName
    }

    /// The attribute, or `nil` where there is none.
    package mutating func optional(_ name: String) -> AttributeValue? {
        unread.remove(name)
        return list[name]
    }

    /// All attributes that were not asked for.
    package mutating func rest() -> [AttributeList.Entry] {
        defer { unread = [] }
        return list.entries.filter { unread.contains($0.name) }
    }

    package func has(_ name: String) -> Bool { list[name] != nil }

    private mutating func required(_ name: String) throws(ModelError) -> AttributeValue {
        guard let value = optional(name) else {
            throw problem("has no attribute '\(name)'")
        }
        return value
    }

    package mutating func integer(_ name: String) throws(ModelError) -> Int {
        guard case .integer(let value) = try required(name) else { throw problem("attribute '\(name)' is not an integer") }
        return value
    }

    package mutating func integers(_ name: String) throws(ModelError) -> [Int] {
        guard case .integers(let values) = try required(name) else { throw problem("attribute '\(name)' is not a list of integers") }
        return values
    }

    package mutating func number(_ name: String) throws(ModelError) -> Double {
        switch try required(name) {
        case .number(let value): return value
        case .integer(let value): return Double(value)
        default: throw problem("attribute '\(name)' is not a number")
        }
    }

    package mutating func numbers(_ name: String) throws(ModelError) -> [Double] {
        switch try required(name) {
        case .numbers(let values): return values
        case .integers(let values): return values.map(Double.init)
        default: throw problem("attribute '\(name)' is not a list of numbers")
        }
    }

    package mutating func boolean(_ name: String) throws(ModelError) -> Bool {
        guard case .boolean(let value) = try required(name) else { throw problem("attribute '\(name)' is neither true nor false") }
        return value
    }

    package mutating func string(_ name: String) throws(ModelError) -> String {
        guard case .string(let value) = try required(name) else { throw problem("attribute '\(name)' is not a string") }
        return value
    }

    /// One of the values of an enumeration of strings.
    package mutating func choice<Choice: RawRepresentable & CaseIterable>(_ name: String, as type: Choice.Type) throws(ModelError) -> Choice
    where Choice.RawValue == String {
        let text = try string(name)
        guard let choice = Choice(rawValue: text) else {
            let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw problem("attribute '\(name)' is '\(text)', not one of \(known)")
        }
        return choice
    }

    /// - Throws: `graph.attributes` if an attribute was never asked for.
    package func finish() throws(ModelError) {
        guard let name = unread.min() else { return }
        throw problem("has an attribute '\(name)' that is not known")
    }

    package func problem(_ text: String) -> ModelError {
        ModelError(Problem("graph.attributes", "operator \(operatorName) \(text)"))
    }
}
