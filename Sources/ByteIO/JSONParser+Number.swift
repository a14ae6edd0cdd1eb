internal import ModelCore

extension JSONParser {
    /// A number of more characters is refused: no double needs more digits (the longest has 767), and reading them takes quadratic time.
    private static let numberLengthLimit = 1100

    /// The number that begins at `position` with a digit or a minus.
    mutating func number() throws(ModelError) -> JSONValue {
        let start = position
        let isNegative = next == UInt8(ascii: "-")
        if isNegative { position += 1 }
        if isNegative, next == UInt8(ascii: "I") { return try nonFinite("Infinity", -.infinity) }
        if next == UInt8(ascii: "0") {
            position += 1
            if isDigit(next) { throw problem("json.number", "a number with a leading zero", at: start) }
        } else {
            try skipDigits("a digit")
        }
        let integerEnd = position
        if next == UInt8(ascii: ".") {
            position += 1
            try skipDigits("a digit after the decimal point")
        }
        let mantissaEnd = position
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            position += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
            try skipDigits("a digit of the exponent")
        }
        guard position - start <= Self.numberLengthLimit else {
            let length = position - start
            throw problem("json.number-length", "a number of \(length) characters, the limit is \(Self.numberLengthLimit)", at: start)
        }
        if position == integerEnd, let integer = integer(start..<integerEnd, isNegative: isNegative) { return .integer(integer) }
        if position == mantissaEnd, let exact = shortDecimal(start..<mantissaEnd, isNegative: isNegative) { return .number(exact) }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard let value = Double(text), value.isFinite else {
            throw problem("json.number-overflow", "the number \(text.excerpt) is beyond the range of a 64-bit float", at: start)
        }
        return .number(value)
    }

    /// The value of digits with an optional minus; `nil` where it does not fit, and for `-0`.
    private func integer(_ range: Range<Int>, isNegative: Bool) -> Int? {
        var value = 0
        for index in range.dropFirst(isNegative ? 1 : 0) {
            let digit = Int(bytes[index] - UInt8(ascii: "0"))
            // Downwards for negative numbers, so that `Int.min` is within reach.
            guard let next = value.multiplied(by: 10)?.adding(isNegative ? -digit : digit) else { return nil }
            value = next
        }
        return isNegative && value == 0 ? nil : value
    }

    /// The value of a decimal fraction of at most 15 digits. Digits and power of ten are both exact then, so one division rounds once.
    private func shortDecimal(_ range: Range<Int>, isNegative: Bool) -> Double? {
        guard range.count <= 16 else { return nil }
        var digits = 0
        var scale = 1
        var isFraction = false
        for index in range.dropFirst(isNegative ? 1 : 0) {
            if bytes[index] == UInt8(ascii: ".") {
                isFraction = true
            } else {
                digits = digits * 10 + Int(bytes[index] - UInt8(ascii: "0"))
                if isFraction { scale *= 10 }
            }
        }
        let magnitude = Double(digits) / Double(scale)
        return isNegative ? -magnitude : magnitude
    }

    private mutating func skipDigits(_ expected: String) throws(ModelError) {
        guard isDigit(next) else {
            guard let next else { throw unexpected(expected) }
            throw problem("json.number", "\(next.excerpt) where \(expected) was expected")
        }
        while isDigit(next) { position += 1 }
    }

    func isDigit(_ byte: UInt8?) -> Bool {
        byte.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? false
    }

    /// `true`, `false`, `null`, or a number that Python's dialect has.
    mutating func word() throws(ModelError) -> JSONValue {
        switch next {
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "N"): return try nonFinite("NaN", .nan)
        case UInt8(ascii: "I"): return try nonFinite("Infinity", .infinity)
        default: throw unexpected("a value")
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(ModelError) -> JSONValue {
        let start = position
        for offset in 0..<word.utf8CodeUnitCount {
            guard let next else { throw problem("json.truncated", "the text ends inside a word, \(word) was expected", at: start) }
            guard next == word.utf8Start[offset] else { throw unexpected("the word \(word)") }
            position += 1
        }
        return value
    }

    private mutating func nonFinite(_ name: StaticString, _ value: Double) throws(ModelError) -> JSONValue {
        guard allowsNonFinite else { throw problem("json.non-finite", "\(name), which JSON does not have") }
        return try word(name, .number(value))
    }
}
