internal import ByteIO
internal import ModelCore

/// The text of a `.npy` header: a dictionary of Python that holds strings, truth values and tuples of integers, and nothing else.
struct HeaderLiteral {
    enum Value: Equatable {
        case string(String)
        case bool(Bool)
        case integers([Int])
    }

    /// The members in any order of the text.
    private(set) var members: [String: Value] = [:]

    private let text: UnsafeRawBufferPointer
    private let origin: Int
    private var position = 0

    /// Axes of an array, as many as NumPy 2 has at most.
    private static let tupleLimit = 64

    /// - Parameter origin: where `text` begins in the file.
    /// - Throws: `npy.header-syntax`, `npy.header-key` for a key that repeats, `npy.structured` for a list or a tuple of other things than
    ///   integers, `npy.shape` for a negative or too large size or too many of them.
    init(_ text: UnsafeRawBufferPointer, at origin: Int) throws(ModelError) {
        self.text = text
        self.origin = origin
        skipSpace()
        try expect("{")
        skipSpace()
        while !take("}") {
            let start = position
            let key = try string()
            skipSpace()
            try expect(":")
            skipSpace()
            guard members.updateValue(try value(), forKey: key) == nil else {
                throw npyProblem("header-key", "the header has the key \(key.excerpt) twice", at: origin + start)
            }
            skipSpace()
            if take(",") {
                skipSpace()
            } else if next != UInt8(ascii: "}") {
                throw unexpected("',' or '}'")
            }
        }
        skipSpace()
        guard position == text.count else { throw unexpected("the end of the header") }
    }

    private var next: UInt8? { position < text.count ? text[position] : nil }

    private mutating func value() throws(ModelError) -> Value {
        switch next {
        case UInt8(ascii: "'"), UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "("): return .integers(try integers())
        case UInt8(ascii: "T"): return .bool(try word("True", true))
        case UInt8(ascii: "F"): return .bool(try word("False", false))
        case UInt8(ascii: "["): throw structured()
        default: throw unexpected("a string, a truth value or a tuple")
        }
    }

    private func structured() -> ModelError {
        npyProblem(
            "structured", "the elements are records of several fields, supported are plain numbers", at: origin + position,
            hint: "save each field as an array of its own")
    }

    /// `()`, `(3,)`, `(3, 4)`; an integer may end with the `L` of Python 2.
    private mutating func integers() throws(ModelError) -> [Int] {
        position += 1
        skipSpace()
        var values: [Int] = []
        while !take(")") {
            if next == UInt8(ascii: "'") || next == UInt8(ascii: "(") { throw structured() }
            guard values.count < Self.tupleLimit else {
                throw npyProblem("shape", "more than \(Self.tupleLimit) axes", at: origin + position)
            }
            values.append(try integer())
            skipSpace()
            if take(",") {
                skipSpace()
            } else if next != UInt8(ascii: ")") || values.count == 1 {
                // A single value without a comma is no tuple in Python.
                throw unexpected("','")
            }
        }
        return values
    }

    private mutating func integer() throws(ModelError) -> Int {
        let start = position
        if next == UInt8(ascii: "-") { throw npyProblem("shape", "a size is negative", at: origin + start) }
        var value = 0
        while let digit = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) {
            guard let larger = value.multiplied(by: 10)?.adding(Int(digit - UInt8(ascii: "0"))) else {
                throw npyProblem("shape", "a size is beyond 2^63", at: origin + start)
            }
            value = larger
            position += 1
        }
        guard position > start else { throw unexpected("an integer") }
        if position - start > 1, text[start] == UInt8(ascii: "0") {
            throw npyProblem("header-syntax", "an integer with a leading zero", at: origin + start)
        }
        _ = take("L")
        return value
    }

    /// A string in single or double quotes; NumPy never needs an escape, so that a backslash is refused.
    private mutating func string() throws(ModelError) -> String {
        guard let quote = next, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else { throw unexpected("a string") }
        position += 1
        let start = position
        while let byte = next, byte != quote {
            guard byte >= 0x20, byte != UInt8(ascii: "\\") else { throw unexpected("a character of a string") }
            position += 1
        }
        guard next == quote else { throw unexpected("the end of a string") }
        defer { position += 1 }
        return String(decoding: text[start..<position], as: UTF8.self)
    }

    private mutating func word(_ word: StaticString, _ value: Bool) throws(ModelError) -> Bool {
        for offset in 0..<word.utf8CodeUnitCount {
            guard next == word.utf8Start[offset] else { throw unexpected("\(word)") }
            position += 1
        }
        return value
    }

    private mutating func skipSpace() {
        while let next, next == 0x20 || next == 0x0A { position += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(ModelError) {
        guard take(character) else { throw unexpected("'\(character)'") }
    }

    private func unexpected(_ expected: String) -> ModelError {
        let found = next.map { $0.excerpt } ?? "the end of the header"
        return npyProblem("header-syntax", "\(found) where \(expected) was expected", at: origin + position)
    }
}
