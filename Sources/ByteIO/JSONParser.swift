package import ModelCore

/// Reading and writing of JSON.
package enum JSON {
    /// Objects and arrays inside each other, at most.
    package static let depthLimit = 256

    /// The one value of a JSON text: RFC 8259 in UTF-8, and strict where the RFC leaves a choice.
    ///
    /// Refused: byte-order marks, UTF-16 and UTF-32, invalid UTF-8, escapes of lone surrogates, keys that repeat (also where they
    /// are equal only after Unicode normalisation), more than `depthLimit` levels, numbers beyond `Double`, anything after the value.
    /// An integer is a number without fraction and exponent that fits `Int`; `-0` is not one, for it would lose its sign.
    ///
    /// - Parameter allowsNonFinite: accepts `NaN`, `Infinity` and `-Infinity`, which Python's `json.dumps` writes.
    /// - Throws: `json.empty`, `json.encoding`, `json.utf8`, `json.truncated`, `json.syntax`, `json.trailing`, `json.depth`, `json.duplicate-key`,
    ///   `json.control-character`, `json.escape`, `json.surrogate`, `json.number`, `json.number-overflow`, `json.number-length`, `json.non-finite`.
    ///   The location has the byte offset and the JSON pointer of the object or array around it.
    package static func parse(_ bytes: UnsafeRawBufferPointer, allowsNonFinite: Bool = false) throws(ModelError) -> JSONValue {
        var parser = JSONParser(bytes: bytes, allowsNonFinite: allowsNonFinite)
        return try parser.document()
    }

    /// The same for bytes in an array.
    package static func parse(_ bytes: [UInt8], allowsNonFinite: Bool = false) throws(ModelError) -> JSONValue {
        try bytes.withUnsafeBufferPointer { buffer throws(ModelError) in
            try parse(UnsafeRawBufferPointer(buffer), allowsNonFinite: allowsNonFinite)
        }
    }
}

/// A machine with an explicit stack, so that no text can exhaust the thread's.
struct JSONParser {
    let bytes: UnsafeRawBufferPointer
    let allowsNonFinite: Bool
    var position = 0
    /// An object or array that is not closed yet: where its members begin on the stacks below.
    private struct Container {
        let isObject: Bool
        let firstValue: Int
        let firstKey: Int
    }
    private var containers: [Container] = []
    private var values: [JSONValue] = []
    private var keys: [String] = []
    private var keyOffsets: [Int] = []
    /// Where strings with escapes are put together.
    var scratch: [UInt8] = []

    init(bytes: UnsafeRawBufferPointer, allowsNonFinite: Bool) {
        self.bytes = bytes
        self.allowsNonFinite = allowsNonFinite
    }

    /// The byte at `position`, `nil` at the end.
    var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func document() throws(ModelError) -> JSONValue {
        try refuseOtherEncodings()
        skipSpace()
        guard position < bytes.count else { throw problem("json.empty", "no JSON value in \(bytes.count) bytes") }
        repeat {
            if try valueBegins() { continue }
            try closeContainers()
        } while !containers.isEmpty
        skipSpace()
        if let next { throw problem("json.trailing", "\(next.excerpt) after the end of the JSON value") }
        guard let value = values.popLast() else { throw problem("json.empty", "no JSON value") }
        return value
    }

    /// Reads a scalar, or an opening bracket with the first key.
    /// - Returns: whether another value must follow at once.
    private mutating func valueBegins() throws(ModelError) -> Bool {
        switch next {
        case UInt8(ascii: "{"):
            try open(isObject: true)
            guard next != UInt8(ascii: "}") else { return false }
            try readKey()
            return true
        case UInt8(ascii: "["):
            try open(isObject: false)
            return next != UInt8(ascii: "]")
        case UInt8(ascii: "\""): values.append(.string(try string()))
        case let first? where first == UInt8(ascii: "-") || isDigit(first): values.append(try number())
        default: values.append(try word())
        }
        return false
    }

    private mutating func open(isObject: Bool) throws(ModelError) {
        guard containers.count < JSON.depthLimit else {
            throw problem("json.depth", "more than \(JSON.depthLimit) levels of objects and arrays")
        }
        containers.append(Container(isObject: isObject, firstValue: values.count, firstKey: keys.count))
        position += 1
        skipSpace()
    }

    /// After a value: closes every container that ends here, and reads the comma and key before the next value.
    private mutating func closeContainers() throws(ModelError) {
        while let container = containers.last {
            skipSpace()
            let bracket = container.isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")
            switch next {
            case bracket:
                position += 1
                try close(container)
            case UInt8(ascii: ","):
                position += 1
                skipSpace()
                if container.isObject { try readKey() }
                return
            default:
                throw unexpected("',' or \(bracket.excerpt)")
            }
        }
    }

    private mutating func close(_ container: Container) throws(ModelError) {
        let value: JSONValue
        if container.isObject {
            switch JSONObject.make(keys: keys[container.firstKey...], values: values[container.firstValue...]) {
            case .success(let object): value = .object(object)
            case .failure(let repeated):
                let index = container.firstKey + repeated.position
                throw problem("json.duplicate-key", "the key \(keys[index].excerpt) is in its object twice", at: keyOffsets[index])
            }
            keys.removeSubrange(container.firstKey...)
            keyOffsets.removeSubrange(container.firstKey...)
        } else {
            value = .array(Array(values[container.firstValue...]))
        }
        values.removeSubrange(container.firstValue...)
        values.append(value)
        containers.removeLast()
    }

    private mutating func readKey() throws(ModelError) {
        guard next == UInt8(ascii: "\"") else { throw unexpected("a key in double quotes") }
        keyOffsets.append(position)
        keys.append(try string())
        skipSpace()
        guard next == UInt8(ascii: ":") else { throw unexpected("':'") }
        position += 1
        skipSpace()
    }

    mutating func skipSpace() {
        while let next, next == 0x20 || next == 0x0A || next == 0x0D || next == 0x09 { position += 1 }
    }
}

// MARK: - Problems

extension JSONParser {
    /// A problem at `offset`, by default the current position.
    func problem(_ code: String, _ message: String, at offset: Int? = nil, hint: String? = nil) -> ModelError {
        ModelError(Problem(code, message, at: Location(path: pointer, byteOffset: offset ?? position), hint: hint))
    }

    /// What stands here instead of `expected`.
    func unexpected(_ expected: String) -> ModelError {
        guard let next else { return problem("json.truncated", "the text ends where \(expected) was expected") }
        return problem("json.syntax", "\(next.excerpt) where \(expected) was expected")
    }

    /// The JSON pointer (RFC 6901) of the innermost open container, `nil` for the outermost.
    private var pointer: String? {
        guard containers.count > 1 else { return nil }
        var text = ""
        for (outer, inner) in zip(containers, containers.dropFirst()) {
            text += "/" + (outer.isObject ? Self.escaped(keys[inner.firstKey - 1]) : String(inner.firstValue - outer.firstValue))
        }
        return text
    }

    private static func escaped(_ key: String) -> String {
        key.prefix(80).reduce(into: "") { $0 += $1 == "~" ? "~0" : $1 == "/" ? "~1" : String($1) }
    }

    private func refuseOtherEncodings() throws(ModelError) {
        let hint = "save it as UTF-8 without a byte-order mark"
        let start = bytes.prefix(4)
        if start.starts(with: [0xEF, 0xBB, 0xBF]) { throw problem("json.encoding", "the text begins with a byte-order mark", hint: hint) }
        // JSON begins with an ASCII character, so a NUL among the first two bytes means two or four bytes per character.
        if start.starts(with: [0xFE, 0xFF]) || start.starts(with: [0xFF, 0xFE]) || (start.count > 1 && start.prefix(2).contains(0)) {
            throw problem("json.encoding", "the text is UTF-16 or UTF-32, JSON is UTF-8", hint: hint)
        }
    }
}
