import ByteIO
import ModelCore

/// Takes the code of one file apart into lines of tokens.
struct ScriptLexer {
    private let bytes: [UInt8]
    private let module: String
    private var position = 0
    private var line = 1

    private init(_ bytes: [UInt8], module: String) {
        self.bytes = bytes
        self.module = module
    }

    /// - Throws: `torch.script-syntax` for what no token begins with, and for texts and brackets that do not end.
    static func lines(_ bytes: [UInt8], module: String) throws(ModelError) -> [ScriptLine] {
        var lexer = ScriptLexer(bytes, module: module)
        var lines: [ScriptLine] = []
        while let line = try lexer.nextLine() { lines.append(line) }
        return lines
    }

    private var place: ScriptPlace { ScriptPlace(module: module, line: line) }
    private var byte: UInt8? { position < bytes.count ? bytes[position] : nil }

    /// The next line that is not empty.
    private mutating func nextLine() throws(ModelError) -> ScriptLine? {
        var tokens: [ScriptToken] = []
        var indent = 0
        var start = place
        var depth = 0
        while let byte {
            switch byte {
            case UInt8(ascii: "\n"):
                position += 1
                line += 1
                if tokens.isEmpty {
                    (indent, start) = (0, place)
                } else if depth == 0 {
                    return ScriptLine(place: start, indent: indent, tokens: tokens)
                }
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"):
                position += 1
                if tokens.isEmpty { indent += 1 }
            case UInt8(ascii: "#"):
                while let byte = self.byte, byte != UInt8(ascii: "\n") { position += 1 }
            default:
                let token = try token(byte)
                if case .symbol(let symbol) = token {
                    if "([{".contains(symbol) { depth += 1 }
                    if ")]}".contains(symbol) { depth -= 1 }
                    guard depth >= 0 else { throw place.syntax("a bracket is closed that was not opened") }
                }
                tokens.append(token)
            }
        }
        guard depth == 0 else { throw start.syntax("a bracket is not closed") }
        return tokens.isEmpty ? nil : ScriptLine(place: start, indent: indent, tokens: tokens)
    }

    private mutating func token(_ byte: UInt8) throws(ModelError) -> ScriptToken {
        if Self.isLetter(byte) {
            return .name(String(decoding: take { Self.isLetter($0) || Self.isDigit($0) }, as: UTF8.self))
        }
        if Self.isDigit(byte) || byte == UInt8(ascii: ".") && position + 1 < bytes.count && Self.isDigit(bytes[position + 1]) {
            return try number()
        }
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") { return .text(try text(byte)) }
        for symbol in Self.symbols where bytes[position...].starts(with: symbol.utf8) {
            position += symbol.utf8.count
            return .symbol(symbol)
        }
        throw place.syntax("the byte \(byte) begins nothing that is known here")
    }

    /// Longer ones first.
    private static let symbols = [
        "->", "==", "!=", "<=", ">=", "//", "**", "(", ")", "[", "]", "{", "}", ",", ":", "=", ".", "-", "+", "*", "/", "<", ">", "%", "@", "&", "|",
        "^",
        "~",
    ]

    private mutating func take(while condition: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        let start = position
        while let byte, condition(byte) { position += 1 }
        return bytes[start..<position]
    }

    private mutating func number() throws(ModelError) -> ScriptToken {
        var previous: UInt8 = 0
        let digits = take { byte in
            let isExponent = previous == UInt8(ascii: "e") || previous == UInt8(ascii: "E")
            let isSign = byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")
            guard Self.isDigit(byte) || Self.isLetter(byte) || byte == UInt8(ascii: ".") || isExponent && isSign else { return false }
            previous = byte
            return true
        }
        let text = String(decoding: digits, as: UTF8.self)
        if let value = Int(text) { return .integer(value) }
        guard text.utf8.count <= 100, let value = Double(text) else { throw place.syntax("'\(text.excerpt)' is no number") }
        return .number(value)
    }

    private mutating func text(_ quote: UInt8) throws(ModelError) -> String {
        var content: [UInt8] = []
        position += 1
        while let byte, byte != UInt8(ascii: "\n") {
            position += 1
            if byte == quote { return String(decoding: content, as: UTF8.self) }
            if byte == UInt8(ascii: "\\"), let escaped = self.byte {
                // What else there is stays as it is written: no text with it has a meaning.
                position += 1
                if escaped != quote, escaped != UInt8(ascii: "\\") { content.append(byte) }
                content.append(escaped)
            } else {
                content.append(byte)
            }
        }
        throw place.syntax("a text is not closed")
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isLetter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
        default: byte >= 0x80
        }
    }
}
