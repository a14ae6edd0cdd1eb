extension String {
    /// This text in single quotes for a message: control characters escaped, the end of a long text left out.
    package var excerpt: String {
        let limit = 80
        var text = "'"
        for scalar in unicodeScalars.prefix(limit) {
            text += scalar.properties.generalCategory == .control ? scalar.escaped(asASCII: true) : String(scalar)
        }
        let isCut = unicodeScalars.dropFirst(limit).first != nil
        return text + (isCut ? "...' (\(utf8.count) bytes)" : "'")
    }
}

extension UInt8 {
    /// `'x'` for a visible ASCII character, else `byte 0x07`.
    package var excerpt: String {
        (0x21...0x7E).contains(self) ? "'\(Character(Unicode.Scalar(self)))'" : "byte 0x" + hexadecimal
    }

    /// Two lower-case hexadecimal digits.
    package var hexadecimal: String {
        (self < 16 ? "0" : "") + String(self, radix: 16)
    }
}
