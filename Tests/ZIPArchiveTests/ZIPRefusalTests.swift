import ByteIO
import ModelCore
import TestSupport
import Testing
import ZIPArchive

@Suite struct ZIPRefusalTests {
    private static let plain = TestArchive.plain

    /// What was done, the archive, the code.
    static let records: [(String, TestArchive, String)] = [
        ("names differ", plain.setting(.central, at: 46, [0x78]), "zip.mismatch"),
        ("flags differ", plain.setting(.central, at: 8, [0, 8]), "zip.mismatch"),
        ("methods differ", plain.setting(.local, at: 8, [8]), "zip.mismatch"),
        ("checksums differ", plain.setting(.central, at: 16, [1, 2, 3, 4]), "zip.mismatch"),
        ("local sizes differ", plain.setting(.local, at: 18, [2]), "zip.mismatch"),
        ("local content sizes differ", plain.setting(.local, at: 22, [2]), "zip.mismatch"),
        ("checksum wrong in both", plain.settingBoth(0, at: 14, [1, 2, 3, 4]), "zip.checksum"),
        ("stored with another size", plain.setting(.central, at: 24, [5]), "zip.stored-size"),
        ("encrypted", plain.settingBoth(0, at: 6, [1]), "zip.encrypted"),
        ("strongly encrypted", plain.settingBoth(0, at: 6, [0x40]), "zip.encrypted"),
        ("masked", plain.settingBoth(0, at: 6, [0, 0x20]), "zip.encrypted"),
        ("patch data", plain.settingBoth(0, at: 6, [0x20]), "zip.flags"),
        ("unknown method", plain.settingBoth(0, at: 8, [0x63]), "zip.method"),
        ("says deflated, is not", plain.settingBoth(0, at: 8, [8]), "zip.deflate"),
        ("symbolic link", plain.setting(.central, at: 38, [0, 0, 0xFF, 0xA1]), "zip.not-a-file"),
        ("device", plain.setting(.central, at: 38, [0, 0, 0xFF, 0x21]), "zip.not-a-file"),
        ("folder by its mode", plain.setting(.central, at: 38, [0, 0, 0xFF, 0x41]), "zip.not-a-file"),
        ("folder with content", twice("a/"), "zip.not-a-file"),
        ("offset past the end", plain.setting(.central, at: 42, [0xFF, 0xFF, 0xFF, 0x7F]), "zip.local-record"),
        ("offset into another record", plain.setting(.central, 1, at: 42, [1]), "zip.local-record"),
        ("another disk", plain.setting(.central, at: 34, [1]), "zip.multiple-disks"),
        ("no directory record", plain.setting(.central, 1, at: 0, [0]), "zip.directory"),
        ("both entries at one place", twice("a").setting(.central, 1, at: 42, [0]), "zip.overlap"),
        ("first entry over the second", overlapping, "zip.overlap"),
        ("gap between entries", shorter, "zip.gap"),
        ("name longer than the directory", plain.setting(.central, 1, at: 28, [0xFF, 0xFF]), "zip.truncated"),
        ("zip64 size without its field", plain.setting(.central, at: 24, [0xFF, 0xFF, 0xFF, 0xFF]), "zip.zip64"),
        ("streamed without a descriptor", plain.settingBoth(0, at: 6, [8]), "zip.descriptor"),
        ("duplicate names", twoEntries("a", "a"), "zip.duplicate-name"),
        ("duplicate after normalisation", twoEntries("\u{E9}", "e\u{301}", flags: 0x800), "zip.duplicate-name"),
        ("names that differ in case", twoEntries("Ab", "aB"), "zip.case-duplicate-name"),
        ("two end records", TestArchive(plain.bytes + plain.bytes.suffix(22)), "zip.two-end-records"),
        ("bytes before", TestArchive([0] + plain.bytes), "zip.directory"),
        ("bytes before, offsets right", shifted, "zip.leading-bytes"),
        ("bytes after", TestArchive(plain.bytes + [0]), "zip.trailing-bytes"),
        ("comment", TestArchive(plain.setting(.end, at: 20, [2]).bytes + [0x68, 0x69]), "zip.comment"),
        ("count too large", plain.setting(.end, at: 8, [0xFF, 0x7F, 0xFF, 0x7F]), "zip.count"),
        ("count too small", plain.setting(.end, at: 8, [1, 0, 1, 0]), "zip.count"),
        ("counts that differ", plain.setting(.end, at: 8, [1]), "zip.multiple-disks"),
        ("directory too long", plain.setting(.end, at: 12, [0xFF, 0xFF, 0xFF, 0x7F]), "zip.directory"),
        ("directory elsewhere", plain.setting(.end, at: 16, [0]), "zip.directory"),
        ("empty file", TestArchive([]), "zip.no-end-record"),
        ("text", TestArchive(Array("not an archive, but longer than an end record".utf8)), "zip.no-end-record"),
    ]

    @Test("a lying or damaged record is refused", arguments: records)
    func refused(what: String, archive: TestArchive, code: String) {
        #expect(archive.verdict() == code)
    }

    @Test(
        "names that could leave a folder are refused",
        arguments: ["", "..", "../x", "a/../x", "/x", "a\\b", "C:/x", "a//b", ".", "./a", "a/.", "a\0b", "a\nb", "a\u{7F}"])
    func unsafeName(name: String) {
        #expect(Self.twoEntries("good", name).verdict() == "zip.unsafe-name")
    }

    @Test("names that are not UTF-8, or do not say that they are, are refused")
    func nameEncoding() {
        #expect(Self.twoEntries("good", "\u{E9}").verdict() == "zip.unsafe-name")
        #expect(Self.twoEntries("good", "\u{E9}", flags: 0x800).verdict() == "opened")
        let invalid = Self.twoEntries("good", "xy", flags: 0x800)
        #expect(
            invalid.setting(.local, 1, at: 30, [0xC0, 0xAF]).setting(.central, 1, at: 46, [0xC0, 0xAF]).verdict() == "zip.unsafe-name")
        #expect(Self.twoEntries("good", String(repeating: "x", count: 4097)).verdict() == "zip.unsafe-name")
    }

    @Test("each field of a zip64 archive must be true")
    func zip64() throws {
        let archive = TestArchive(try zip64Archive())
        #expect(archive.verdict() == "opened")
        let locator = archive.bytes.count - 42
        let record = locator - 56
        func changed(_ offset: Int, _ new: [UInt8]) -> String {
            var copy = archive
            copy.bytes.replaceSubrange(offset..<offset + new.count, with: new)
            return copy.verdict()
        }
        let all = [UInt8](repeating: 0xFF, count: 8)
        #expect(changed(locator + 8, all) == "zip.zip64")
        #expect(changed(locator + 8, [0]) == "zip.zip64")
        #expect(changed(locator + 16, [2]) == "zip.multiple-disks")
        #expect(changed(record, [0]) == "zip.zip64")
        #expect(changed(record + 4, [45]) == "zip.zip64")
        #expect(changed(record + 16, [1]) == "zip.multiple-disks")
        #expect(changed(record + 24, [7]) == "zip.multiple-disks")
        #expect(changed(record + 24, all + all) == "zip.zip64")
        #expect(changed(record + 24, [0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 16]) == "zip.too-many-entries")
        #expect(changed(record + 40, all) == "zip.zip64")
        #expect(changed(record + 40, all.dropLast() + [0x7F]) == "zip.directory")
        #expect(changed(record + 48, all.dropLast() + [0x7F]) == "zip.directory")
        #expect(changed(archive.bytes.count - 22 + 8, [1, 0, 1, 0]) == "zip.zip64")
        // The field of the first directory record: content size, size, offset.
        let field = archive.offset(.central) + 46 + 1 + 4
        #expect(changed(field, all) == "zip.zip64")
        #expect(changed(field, all.dropLast() + [0x7F]) == "zip.stored-size")
        #expect(changed(field, Array(all.dropLast() + [0x7F] + all.dropLast()) + [0x7F]) == "zip.mismatch")
        #expect(changed(field + 16, all.dropLast() + [0x7F]) == "zip.local-record")
        #expect(changed(field - 2, [8, 0]) == "zip.zip64")
        #expect(changed(field - 2, [0, 1]) == "zip.extra-field")
        #expect(changed(field - 4, [0x75, 0x70]) == "zip.extra-field")
    }

    @Test("inflation beyond and below the declared size is refused")
    func inflation() throws {
        let archive = TestArchive(try Fixture.bytes("zip/streamed_deflated.zip"))
        func declaring(_ size: UInt8) -> TestArchive {
            // The size in the directory and in the descriptor, which is right before the second record.
            var copy = archive.setting(.central, at: 24, [size])
            copy.bytes[archive.offset(.local, 1) - 4] = size
            return copy
        }
        #expect(declaring(13).verdict() == "opened")
        #expect(declaring(12).verdict() == "zip.inflated-size")
        #expect(declaring(14).verdict() == "zip.inflated-size")
        #expect(declaring(0).verdict() == "zip.inflated-size")
        #expect(archive.setting(.central, at: 26, [1]).verdict() == "zip.inflated-size")
        #expect(archive.setting(.central, at: 24, [14]).verdict() == "zip.descriptor")
        // The first byte of deflated data: a block of the reserved kind.
        #expect(archive.setting(.local, at: 35, [0x07]).verdict() == "zip.deflate")
        // And one that is not the last.
        #expect(archive.setting(.local, at: 35, [archive.bytes[35] & ~1]).verdict() == "zip.deflate")
    }

    @Test("a descriptor that lies is refused")
    func descriptor() throws {
        let archive = TestArchive(try Fixture.bytes("zip/torch.pth"))
        let second = archive.offset(.local, 1)
        for offset in 1...16 {
            var copy = archive
            copy.bytes[second - offset] ^= 1
            #expect(copy.verdict() == "zip.descriptor")
        }
    }

    @Test("content beyond the caller's limit is refused")
    func limit() throws {
        let reader = try ZIPReader(MappedFile(bytes: Self.plain.bytes, path: "x"))
        let expected = Problem(
            "zip.entry-size", "an entry of 3 bytes, the limit is 2", at: Location(file: "x", path: "a"))
        #expect(throws: ModelError(expected)) { try reader.content(of: reader.entries[0], limit: 2) }
    }

    private static func twoEntries(_ first: String, _ second: String, flags: UInt16 = 0) -> TestArchive {
        TestArchive(entries: [(first, [], 0), (second, [], 0)], flags: flags)
    }

    /// Two entries of this name and the content 1, 2, 3.
    private static func twice(_ name: String) -> TestArchive {
        TestArchive(entries: [(name, [1, 2, 3], 0x55BC_801D), (name, [1, 2, 3], 0x55BC_801D)])
    }

    /// The first entry says that it has 5 bytes more.
    private static var overlapping: TestArchive {
        plain.settingBoth(0, at: 18, [8, 0, 0, 0, 8])
    }

    /// The first entry says that it has a byte less.
    private static var shorter: TestArchive {
        plain.settingBoth(0, at: 18, [2, 0, 0, 0, 2])
    }

    /// A byte before the first entry, and all offsets one more.
    private static var shifted: TestArchive {
        let end = plain.bytes[plain.offset(.end) + 16]
        return TestArchive(
            [0]
                + plain.setting(.central, at: 42, [1]).setting(.central, 1, at: 42, [UInt8(plain.offset(.local, 1) + 1)])
                .setting(.end, at: 16, [end + 1]).bytes)
    }
}
