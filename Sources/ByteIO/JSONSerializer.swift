package import ModelCore

extension JSON {
    package enum Style: Sendable {
        /// No white space at all.
        case compact
        /// Two spaces per level; an array of scalars stays on one line.
        case pretty
    }

    /// The text of `value` in UTF-8, the same bytes for the same value always; no line break at the end.
    ///
    /// Members keep their order. A `number` has the fewest digits that read back as the same double, and always a fraction or an
    /// exponent, so that it reads back as a `number`. JSON has no NaN and no infinity: callers choose how to write them.
    ///
    /// - Throws: `json.non-finite`.
    package static func serialize(_ value: JSONValue, style: Style = .compact) throws(ModelError) -> [UInt8] {
        var serializer = JSONSerializer(style: style)
        try serializer.write(value)
        return serializer.output
    }
}

private struct JSONSerializer {
    let style: JSON.Style
    var output: [UInt8] = []
    private var containers: [Container] = []

    /// An object or array of which the first `written` members are in the output.
    private struct Container {
        let value: JSONValue
        let count: Int
        let isOnOneLine: Bool
        var written = 0
    }

    init(style: JSON.Style) {
        self.style = style
    }

    mutating func write(_ value: JSONValue) throws(ModelError) {
        try begin(value)
        while let container = containers.last {
            if container.written == container.count {
                close(container)
            } else {
                containers[containers.count - 1].written += 1
                try begin(startMember(container))
            }
        }
    }

    /// Writes a scalar, or the opening bracket of a container that becomes the innermost.
    private mutating func begin(_ value: JSONValue) throws(ModelError) {
        switch value {
        case .null: write("null")
        case .bool(let bool): write(bool ? "true" : "false")
        case .integer(let integer): write(String(integer))
        case .number(let number):
            guard number.isFinite else {
                throw ModelError(Problem("json.non-finite", "the number \(number) has no place in JSON", kind: .fault))
            }
            write(number.description)
        case .string(let string): write(quoting: string)
        case .array(let elements):
            let isOnOneLine = style == .compact || !elements.contains { $0.array != nil || $0.object != nil }
            output.append(UInt8(ascii: "["))
            containers.append(Container(value: value, count: elements.count, isOnOneLine: isOnOneLine))
        case .object(let object):
            output.append(UInt8(ascii: "{"))
            containers.append(Container(value: value, count: object.count, isOnOneLine: style == .compact || object.isEmpty))
        }
    }

    /// Writes what comes before the next member of the innermost container, and returns the member's value.
    private mutating func startMember(_ container: Container) -> JSONValue {
        if container.written > 0 { write(container.isOnOneLine && style == .pretty ? ", " : ",") }
        if !container.isOnOneLine { breakLine() }
        switch container.value {
        case .array(let elements): return elements[container.written]
        case .object(let object):
            let member = object.member(at: container.written)
            write(quoting: member.key)
            write(style == .pretty ? ": " : ":")
            return member.value
        default: return .null
        }
    }

    private mutating func close(_ container: Container) {
        containers.removeLast()
        if !container.isOnOneLine { breakLine() }
        output.append(container.value.array == nil ? UInt8(ascii: "}") : UInt8(ascii: "]"))
    }

    private mutating func breakLine() {
        output.append(0x0A)
        output.append(contentsOf: repeatElement(0x20, count: 2 * containers.count))
    }

    private mutating func write(_ text: String) {
        output.append(contentsOf: text.utf8)
    }

    private mutating func write(quoting text: String) {
        output.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): output += [UInt8(ascii: "\\"), byte]
            case 0x0A: write("\\n")
            case 0x0D: write("\\r")
            case 0x09: write("\\t")
            case ..<0x20: write("\\u00" + byte.hexadecimal)
            default: output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
    }
}
