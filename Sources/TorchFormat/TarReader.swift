import ByteIO
import ModelCore

/// The files in a tar archive by their names: plain files as Python's `tarfile` writes them for short names. Records before them may say when they
/// were changed, but not what they are called or how long they are.
struct TarReader {
    private(set) var files: [String: Range<Int>] = [:]

    private static let blockSize = 512

    /// Whether these first bytes of a file are the first record of an archive.
    static func recognises(_ start: UnsafeRawBufferPointer) -> Bool {
        start.count >= blockSize && checksumIsRight(UnsafeRawBufferPointer(rebasing: start[..<blockSize]))
    }

    /// - Throws: `torch.tar` for records that are damaged, of other kinds than plain files and folders, and for two files of one name.
    init(_ bytes: UnsafeRawBufferPointer) throws(ModelError) {
        var start = 0
        while start + Self.blockSize <= bytes.count {
            let record = UnsafeRawBufferPointer(rebasing: bytes[start..<start + Self.blockSize])
            if record.allSatisfy({ $0 == 0 }) {
                try Self.checkEnd(bytes, start)
                return
            }
            guard Self.checksumIsRight(record), let size = Self.octal(record[124..<136]) else {
                throw torchProblem("tar", "a record of the archive is damaged", offset: start)
            }
            let name = String(decoding: record[..<100].prefix { $0 != 0 }, as: UTF8.self)
            let data = start + Self.blockSize
            guard let end = data.adding(size), end <= bytes.count, let next = size.roundedUp(toMultipleOf: Self.blockSize) else {
                throw torchProblem("tar", "\(name.excerpt) has \(size) bytes, \(bytes.count - data) remain", offset: start)
            }
            switch record[156] {
            case 0, UInt8(ascii: "0"):
                guard files.updateValue(data..<end, forKey: name) == nil else {
                    throw torchProblem("tar", "two files have the name \(name.excerpt)", offset: start)
                }
            case UInt8(ascii: "5"): break
            case UInt8(ascii: "x"), UInt8(ascii: "g"):
                guard Self.saysNothing(UnsafeRawBufferPointer(rebasing: bytes[data..<end])) else {
                    throw torchProblem("tar", "a record renames or resizes a file, or is damaged", offset: data)
                }
            default: throw torchProblem("tar", "\(name.excerpt) is neither a file nor a folder", offset: start)
            }
            start = data + next
        }
        throw torchProblem("tar", "the archive has no end", offset: start, hint: "the file may have been cut short")
    }

    /// Two blocks of zeros end an archive, and more zeros may follow.
    private static func checkEnd(_ bytes: UnsafeRawBufferPointer, _ start: Int) throws(ModelError) {
        guard bytes.count - start >= 2 * blockSize, bytes[start...].allSatisfy({ $0 == 0 }) else {
            throw torchProblem("tar", "the archive does not end with zeros", offset: start, hint: "the file may have been cut short")
        }
    }

    /// Whether nothing depends on these lines, each `LENGTH KEY=VALUE` and a line break.
    private static func saysNothing(_ lines: UnsafeRawBufferPointer) -> Bool {
        var rest = lines[...]
        while !rest.isEmpty {
            let digits = rest.prefix { $0 != UInt8(ascii: " ") }
            guard digits.count < 10, let length = Int(String(decoding: digits, as: UTF8.self)), digits.count < length, length <= rest.count else {
                return false
            }
            let line = rest.prefix(length)
            let key = String(decoding: line.dropFirst(digits.count + 1).prefix { $0 != UInt8(ascii: "=") }, as: UTF8.self)
            guard line.last == 0x0A, !["path", "linkpath", "size"].contains(key), !key.hasPrefix("GNU.sparse") else { return false }
            rest = rest.dropFirst(length)
        }
        return true
    }

    /// The sum of a record's bytes, its own eight taken for spaces.
    private static func checksumIsRight(_ record: UnsafeRawBufferPointer) -> Bool {
        var sum = 8 * 0x20
        for byte in record[..<148] { sum += Int(byte) }
        for byte in record[156...] { sum += Int(byte) }
        return octal(record[148..<156]) == sum
    }

    /// The number in octal digits with spaces before and an end of NUL or space after.
    private static func octal(_ field: Slice<UnsafeRawBufferPointer>) -> Int? {
        let digits = field.drop { $0 == 0x20 }.prefix { $0 != 0 && $0 != 0x20 }
        guard !digits.isEmpty, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) }) else { return nil }
        return digits.reduce(0) { $0 << 3 | Int($1 - UInt8(ascii: "0")) }
    }
}
