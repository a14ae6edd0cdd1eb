internal import ModelCore

extension JSONParser {
    /// The string that begins with the quote at `position`.
    mutating func string() throws(ModelError) -> String {
        let opening = position
        position += 1
        var pieceStart = position
        var hasEscapes = false
        var isASCII = true
        while true {
            skipPlainASCII()
            switch next {
            case UInt8(ascii: "\""):
                let piece = UnsafeRawBufferPointer(rebasing: bytes[pieceStart..<position])
                position += 1
                if isASCII && !hasEscapes { return String(decoding: piece, as: UTF8.self) }
                scratch.append(contentsOf: piece)
                defer { scratch.removeAll(keepingCapacity: true) }
                guard let text = String(validating: scratch, as: UTF8.self) else { throw invalidUTF8(opening) }
                return text
            case UInt8(ascii: "\\"):
                hasEscapes = true
                scratch.append(contentsOf: bytes[pieceStart..<position])
                try appendEscape()
                pieceStart = position
            case let control? where control < 0x20:
                throw problem(
                    "json.control-character", "\(control.excerpt) inside a string, where control characters are written as escapes")
            case _?:
                isASCII = false
                position += 1
            case nil: throw problem("json.truncated", "the string that begins at byte \(opening) has no end")
            }
        }
    }

    /// Moves past bytes that need no second look: ASCII without quotes, backslashes and control characters.
    private mutating func skipPlainASCII() {
        let ones: UInt64 = 0x0101_0101_0101_0101
        while position + 8 <= bytes.count {
            let word = bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            let quotes = (word ^ 0x22 &* ones) &- ones
            let backslashes = (word ^ 0x5C &* ones) &- ones
            let controls = word &- 0x20 &* ones
            guard (quotes | backslashes | controls | word) & (0x80 &* ones) == 0 else { break }
            position += 8
        }
        while let next, next >= 0x20, next < 0x80, next != UInt8(ascii: "\""), next != UInt8(ascii: "\\") { position += 1 }
    }

    private func invalidUTF8(_ opening: Int) -> ModelError {
        problem("json.utf8", "a string is not valid UTF-8", at: opening)
    }

    /// Reads the escape that begins with the backslash at `position` and appends its meaning to `scratch`.
    private mutating func appendEscape() throws(ModelError) {
        let start = position
        position += 1
        guard let letter = next else { throw unexpected("an escape") }
        position += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): scratch.append(letter)
        case UInt8(ascii: "b"): scratch.append(0x08)
        case UInt8(ascii: "f"): scratch.append(0x0C)
        case UInt8(ascii: "n"): scratch.append(0x0A)
        case UInt8(ascii: "r"): scratch.append(0x0D)
        case UInt8(ascii: "t"): scratch.append(0x09)
        case UInt8(ascii: "u"):
            let scalar = try unicodeEscape(start)
            scratch.append(contentsOf: String(scalar).utf8)
        default:
            throw problem("json.escape", "a backslash before \(letter.excerpt) is no escape of JSON", at: start)
        }
    }

    /// The character of one `\uXXXX`, or of two that are a surrogate pair; `position` is after the first `u`.
    private mutating func unicodeEscape(_ start: Int) throws(ModelError) -> Unicode.Scalar {
        let first = try hexadecimal4()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u")
        else { throw loneSurrogate(start) }
        position += 2
        let second = try hexadecimal4()
        guard (0xDC00...0xDFFF).contains(second), let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw loneSurrogate(start) }
        return scalar
    }

    private func loneSurrogate(_ start: Int) -> ModelError {
        problem("json.surrogate", "the escape of half a surrogate pair without the other half", at: start)
    }

    private mutating func hexadecimal4() throws(ModelError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let next else { throw unexpected("a hexadecimal digit") }
            guard let digit = Character(Unicode.Scalar(next)).hexDigitValue else {
                throw problem("json.escape", "\(next.excerpt) where a hexadecimal digit was expected")
            }
            code = code << 4 | UInt32(digit)
            position += 1
        }
        return code
    }
}
