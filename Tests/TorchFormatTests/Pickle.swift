/// Pieces of pickles in protocol 2, and whole files around them.
enum Pickle {
    static func text(_ text: String) -> [UInt8] { [0x58] + little(UInt32(text.utf8.count)) + Array(text.utf8) }

    static func integer(_ value: Int) -> [UInt8] { [0x8A, 8] + little(UInt64(bitPattern: Int64(value))) }

    static func global(_ module: String, _ name: String) -> [UInt8] { Array("c\(module)\n\(name)\n".utf8) }

    static func tuple(_ values: [UInt8]...) -> [UInt8] { [0x28] + values.flatMap(\.self) + [0x74] }

    static func tuple(_ values: [Int]) -> [UInt8] { [0x28] + values.flatMap(integer) + [0x74] }

    static func list(_ values: [UInt8]...) -> [UInt8] { [0x5D, 0x28] + values.flatMap(\.self) + [0x65] }

    static func call(_ function: [UInt8], _ arguments: [UInt8]...) -> [UInt8] {
        function + [0x28] + arguments.flatMap(\.self) + [0x74, 0x52]
    }

    static func dictionary(_ items: (String, [UInt8])...) -> [UInt8] {
        [0x7D, 0x28] + items.flatMap { text($0.0) + $0.1 } + [0x75]
    }

    static let orderedDictionary = global("collections", "OrderedDict") + [0x29, 0x52]

    /// A reference to a storage of the archive.
    static func storage(_ key: String = "0", type: String = "FloatStorage", count: Int = 4) -> [UInt8] {
        tuple(text("storage"), global("torch", type), text(key), text("cpu"), integer(count)) + [0x51]
    }

    static func tensor(
        _ storage: [UInt8] = storage(), start: Int = 0, shape: [Int] = [4], strides: [Int] = [1], by function: String = "_rebuild_tensor_v2"
    ) -> [UInt8] {
        call(global("torch._utils", function), storage, integer(start), tuple(shape), tuple(strides), [0x89], orderedDictionary)
    }

    /// A whole pickle.
    static func program(_ value: [UInt8]) -> [UInt8] { [0x80, 2] + value + [0x2E] }

    static func little(_ word: some FixedWidthInteger) -> [UInt8] {
        (0..<word.bitWidth / 8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) }
    }

    // MARK: - Files

    /// An archive with this pickle and the storage `0` of four numbers.
    static func archive(_ pickle: [UInt8]) -> [UInt8] {
        archive([("a/data.pkl", pickle), ("a/version", Array("3\n".utf8)), ("a/data/0", [UInt8](repeating: 1, count: 16))])
    }

    /// A ZIP archive of stored entries.
    static func archive(_ entries: [(name: String, content: [UInt8])]) -> [UInt8] {
        var bytes: [UInt8] = []
        var directory: [UInt8] = []
        for (name, content) in entries {
            var common: [UInt8] = [0, 0, 0, 0, 0, 0, 0x21, 0]
            for word in [checksum(content), UInt32(content.count), UInt32(content.count)] { common += little(word) }
            common += little(UInt16(name.utf8.count)) + [0, 0]
            directory += [0x50, 0x4B, 1, 2, 20, 0, 20, 0] + common
            directory += [UInt8](repeating: 0, count: 10) + little(UInt32(bytes.count)) + Array(name.utf8)
            bytes += [0x50, 0x4B, 3, 4, 20, 0] + common + Array(name.utf8) + content
        }
        var end: [UInt8] = [0x50, 0x4B, 5, 6, 0, 0, 0, 0]
        for word in [UInt16(entries.count), UInt16(entries.count)] { end += little(word) }
        for word in [UInt32(directory.count), UInt32(bytes.count)] { end += little(word) }
        return bytes + directory + end + [0, 0]
    }

    /// CRC-32.
    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var sum = UInt32.max
        for byte in bytes { sum = (sum >> 8) ^ table[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] }
        return ~sum
    }

    private static let table = (0..<256 as Range<UInt32>).map { byte in
        (0..<8).reduce(byte) { sum, _ in sum & 1 == 0 ? sum >> 1 : (sum >> 1) ^ 0xEDB8_8320 }
    }

    /// A file of before PyTorch 1.6 with these storages.
    static func legacy(_ pickle: [UInt8], keys: [String] = ["0"], storages: [(count: UInt64, bytes: [UInt8])]) -> [UInt8] {
        let magic: [UInt8] = [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E]
        let head = magic + program(integer(1001)) + program(dictionary())
        return head + pickle + program([0x5D, 0x28] + keys.flatMap(text) + [0x65]) + storages.flatMap { little($0.count) + $0.bytes }
    }

    /// A tar archive of plain files.
    static func tar(_ files: [(name: String, content: [UInt8])]) -> [UInt8] {
        var bytes: [UInt8] = []
        for (name, content) in files {
            bytes += tarRecord(name, size: content.count) + content
            bytes += [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
        }
        return bytes + [UInt8](repeating: 0, count: 1024)
    }

    static func tarRecord(_ name: String, size: Int, kind: Character = "0") -> [UInt8] {
        func octal(_ value: Int, _ width: Int) -> [UInt8] {
            let digits = String(value, radix: 8)
            return Array((String(repeating: "0", count: width - 1 - digits.count) + digits).utf8) + [0]
        }
        var record = [UInt8](repeating: 0, count: 512)
        record.replaceSubrange(0..<name.utf8.count, with: name.utf8)
        record.replaceSubrange(124..<136, with: octal(size, 12))
        record.replaceSubrange(148..<156, with: [UInt8](repeating: 0x20, count: 8))
        record[156] = kind.asciiValue ?? 0
        record.replaceSubrange(148..<155, with: octal(record.reduce(0) { $0 + Int($1) }, 7))
        return record
    }
}
