import ByteIO
import ModelCore

/// The files in a tar archive by their names: plain files of POSIX and GNU tar, as Python's `tarfile` writes them for short names.
struct TarReader {
    private(set) var files: [String: Range<Int>] = [:]

    private static let blockSize = 512

    /// Whether these first bytes of a file are the record of a plain file in an archive.
    static func recognises(_ start: UnsafeRawBufferPointer) -> Bool {
        start.count >= 2 * blockSize && Self.checksumIsRight(UnsafeRawBufferPointer(rebasing: start[..<blockSize]))
    }

    /// - Throws: `torch.tar` for records that are damaged, of other kinds than plain files and folders, and for two files of one name.
    init(_ bytes: UnsafeRawBufferPointer) throws(ModelError) {
        var start = 0
        while start + Self.blockSize <= bytes.count {
            let record = UnsafeRawBufferPointer(rebasing: bytes[start..<start + Self.blockSize])
            // Two blocks of zeros end an archive, and more may follow them.
            if record.allSatisfy({ $0 == 0 }) { return }
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
            default: throw torchProblem("tar", "\(name.excerpt) is neither a file nor a folder", offset: start)
            }
            start = data + next
        }
    }

    /// The sum of a record's bytes, its own eight taken for spaces.
    private static func checksumIsRight(_ record: UnsafeRawBufferPointer) -> Bool {
        let sum = record.enumerated().reduce(0) { $0 + ((148..<156).contains($1.offset) ? 0x20 : Int($1.element)) }
        return octal(record[148..<156]) == sum
    }

    /// The number in octal digits with spaces before and an end of NUL or space after.
    private static func octal(_ field: Slice<UnsafeRawBufferPointer>) -> Int? {
        let digits = field.drop { $0 == 0x20 }.prefix { $0 != 0 && $0 != 0x20 }
        guard !digits.isEmpty, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) }) else { return nil }
        return digits.reduce(0) { $0 << 3 | Int($1 - UInt8(ascii: "0")) }
    }
}
