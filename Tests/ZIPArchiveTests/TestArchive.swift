import ByteIO
import ModelCore
import ZIPArchive

/// Bytes of an archive that tests damage.
struct TestArchive {
    var bytes: [UInt8]

    /// The stored entries `a` (1, 2, 3) and `b` (4, 5), without any extra field.
    static let plain = TestArchive(entries: [("a", [1, 2, 3], 0x55BC_801D), ("b", [4, 5], 0x55DF_2374)])

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    init(entries: [(name: String, content: [UInt8], checksum: UInt32)], flags: UInt16 = 0) {
        bytes = []
        var directory = TestArchive([])
        for entry in entries {
            var common = TestArchive([])
            common.append(flags)
            common.bytes += [0, 0, 0, 0, 0x21, 0]
            common.append(entry.checksum)
            common.append(UInt32(entry.content.count))
            common.append(UInt32(entry.content.count))
            common.append(UInt16(entry.name.utf8.count))
            common.append(UInt16(0))
            directory.bytes += [0x50, 0x4B, 1, 2, 20, 0, 20, 0] + common.bytes + [UInt8](repeating: 0, count: 10)
            directory.append(UInt32(bytes.count))
            directory.bytes += Array(entry.name.utf8)
            bytes += [0x50, 0x4B, 3, 4, 20, 0] + common.bytes + Array(entry.name.utf8) + entry.content
        }
        let start = UInt32(bytes.count)
        bytes += directory.bytes + [0x50, 0x4B, 5, 6, 0, 0, 0, 0]
        append(UInt16(entries.count))
        append(UInt16(entries.count))
        append(UInt32(directory.bytes.count))
        append(start)
        append(UInt16(0))
    }

    mutating func append(_ word: some FixedWidthInteger) {
        withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) }
    }

    enum Record: UInt8 {
        case local = 3
        case central = 1
        case end = 5
    }

    /// Where the record of this kind is, counted from 0.
    func offset(_ record: Record, _ position: Int = 0) -> Int {
        let offsets = bytes.indices.dropLast(3).filter { bytes[$0] == 0x50 && bytes[$0 + 1] == 0x4B && bytes[$0 + 2] == record.rawValue }
        return offsets[position]
    }

    /// The same archive with other bytes `at` so far into a record.
    func setting(_ record: Record, _ position: Int = 0, at offset: Int, _ new: [UInt8]) -> TestArchive {
        var copy = self
        let start = self.offset(record, position) + offset
        copy.bytes.replaceSubrange(start..<start + new.count, with: new)
        return copy
    }

    /// The same archive with the same bytes so far into both records of an entry.
    func settingBoth(_ position: Int, at localOffset: Int, _ new: [UInt8]) -> TestArchive {
        setting(.local, position, at: localOffset, new).setting(.central, position, at: localOffset + 2, new)
    }

    /// `opened`, or the code of the problem.
    func verdict(caseMatters: Bool = false) -> String {
        do throws(ModelError) {
            let reader = try ZIPReader(MappedFile(bytes: bytes, path: "test.zip"), caseMatters: caseMatters)
            for entry in reader.entries { _ = try reader.content(of: entry) }
            return "opened"
        } catch {
            return error.problems[0].location.file == "test.zip" ? error.problems[0].code : "not located"
        }
    }
}
