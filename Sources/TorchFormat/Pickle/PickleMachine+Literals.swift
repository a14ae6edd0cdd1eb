import ByteIO
import ModelCore

/// Numbers and texts as pickles have them.
extension PickleMachine {
    static func number(_ opcode: PickleOpcode, _ reader: inout ByteReader) throws(ModelError) -> PickleValue {
        switch opcode {
        case .binInt: return .integer(Int(try reader.integer(Int32.self)))
        case .binInt1: return .integer(Int(try reader.integer(UInt8.self)))
        case .binInt2: return .integer(Int(try reader.integer(UInt16.self)))
        case .binFloat: return .double(Double(bitPattern: UInt64(bigEndian: try reader.integer(UInt64.self))))
        case .long1: return integer(try reader.slice(Int(reader.integer(UInt8.self))))
        case .long4: return integer(try reader.slice(Int(reader.integer(Int32.self))))
        case .float:
            guard let value = Double(try name(line(&reader))) else { throw torchProblem("pickle-value", "a number was expected") }
            return .double(value)
        default:
            let text = try line(&reader)
            // Protocol 0 writes truth values as numbers that nobody else writes.
            if opcode == .int, text.elementsEqual("00".utf8) { return .bool(false) }
            if opcode == .int, text.elementsEqual("01".utf8) { return .bool(true) }
            let digits = text.last == UInt8(ascii: "L") ? UnsafeRawBufferPointer(rebasing: text.dropLast()) : text
            let magnitude = digits.first == UInt8(ascii: "-") ? digits.dropFirst() : digits[...]
            guard !magnitude.isEmpty, magnitude.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
                throw torchProblem("pickle-value", "an integer was expected")
            }
            return magnitude.count > 20 ? .other : Int(String(decoding: digits, as: UTF8.self)).map(PickleValue.integer) ?? .other
        }
    }

    /// The little-endian integer in these bytes, the last of which has the sign.
    private static func integer(_ bytes: UnsafeRawBufferPointer) -> PickleValue {
        guard bytes.count <= 8 else { return .other }
        var value: Int64 = (bytes.last ?? 0) & 0x80 == 0 ? 0 : -1
        for byte in bytes.reversed() { value = value << 8 | Int64(byte) }
        return .integer(Int(value))
    }

    static func text(_ opcode: PickleOpcode, _ reader: inout ByteReader) throws(ModelError) -> PickleValue {
        switch opcode {
        case .string:
            let line = try line(&reader)
            let quotes = [UInt8(ascii: "'"), UInt8(ascii: "\"")]
            guard line.count >= 2, let first = line.first, quotes.contains(first), line.last == first else {
                throw torchProblem("pickle-value", "a text in quotes was expected")
            }
            return textOrOther(UnsafeRawBufferPointer(rebasing: line[1..<line.count - 1]))
        case .unicode: return textOrOther(try line(&reader))
        case .binString: return textOrOther(try reader.slice(Int(reader.integer(Int32.self))))
        case .shortBinString: return textOrOther(try reader.slice(Int(reader.integer(UInt8.self))))
        case .binUnicode: return textOrOther(try reader.slice(Int(reader.integer(UInt32.self))))
        case .shortBinUnicode: return textOrOther(try reader.slice(Int(reader.integer(UInt8.self))))
        case .binUnicode8: return textOrOther(try longSlice(&reader))
        case .binBytes: try reader.skip(Int(reader.integer(UInt32.self)))
        case .shortBinBytes: try reader.skip(Int(reader.integer(UInt8.self)))
        default: _ = try longSlice(&reader)
        }
        return .other
    }

    private static func longSlice(_ reader: inout ByteReader) throws(ModelError) -> UnsafeRawBufferPointer {
        let length = try reader.integer(UInt64.self)
        guard let count = Int(exactly: length) else { throw torchProblem("truncated", "a text of \(length) bytes") }
        return try reader.slice(count)
    }

    /// Text of Python 2 may be bytes as well, and that of Python 3 have halves of characters. Such a text names nothing.
    private static func textOrOther(_ bytes: UnsafeRawBufferPointer) -> PickleValue {
        String(validating: bytes, as: UTF8.self).map(PickleValue.text) ?? .other
    }

    /// Text that must be UTF-8.
    static func name(_ bytes: UnsafeRawBufferPointer) throws(ModelError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw torchProblem("pickle-value", "a text is not UTF-8") }
        return text
    }

    /// The bytes up to the next line break.
    static func line(_ reader: inout ByteReader) throws(ModelError) -> UnsafeRawBufferPointer {
        let rest = reader.bytes[reader.offset...]
        guard let end = rest.firstIndex(of: 0x0A) else { throw torchProblem("truncated", "a line without an end") }
        let line = try reader.slice(end - reader.offset)
        try reader.skip(1)
        return line
    }

    /// A number in decimal digits.
    static func decimal(_ line: UnsafeRawBufferPointer) throws(ModelError) -> Int {
        guard line.count <= 10, let value = Int(String(decoding: line, as: UTF8.self)) else {
            throw torchProblem("pickle-memo", "an index of the memo was expected")
        }
        return value
    }
}
