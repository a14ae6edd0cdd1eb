import ByteIO
import ModelCore
import Testing

@Suite struct ByteReaderTests {
    private let region = ByteRegion([1, 2, 3, 4, 5, 6, 7, 8, 9])

    @Test("integers are little-endian and the cursor moves")
    func integers() throws {
        var reader = ByteReader(region.bytes, format: "x")
        #expect(try reader.integer(UInt8.self) == 1)
        #expect(try reader.integer(UInt16.self) == 0x0302)
        #expect(try reader.integer(UInt32.self) == 0x0706_0504)
        #expect(try Array(reader.slice(2)) == [8, 9])
        #expect(reader.isAtEnd)
        try reader.seek(0)
        try reader.skip(1)
        #expect(try reader.integer(UInt64.self) == 0x0908_0706_0504_0302)
    }

    @Test("whatever leaves the bytes is refused where the cursor is", arguments: [10, 2, -1, .max, .min])
    func refused(count: Int) {
        let expected = ModelError(
            Problem("x.truncated", "\(count) bytes were expected, 1 remain", at: Location(byteOffset: 108)))
        #expect(throws: expected) {
            var reader = ByteReader(region.bytes, at: 100, format: "x")
            try reader.skip(8)
            _ = try reader.slice(count)
        }
        #expect(throws: expected) {
            var reader = ByteReader(region.bytes, at: 100, format: "x")
            try reader.skip(8)
            try reader.skip(count)
        }
    }

    @Test("an integer across the end is refused")
    func integerAcrossEnd() throws {
        var reader = ByteReader(region.bytes, format: "x")
        try reader.seek(6)
        #expect(throws: ModelError(Problem("x.truncated", "4 bytes were expected, 3 remain", at: Location(byteOffset: 6)))) {
            try reader.integer(UInt32.self)
        }
        #expect(throws: ModelError.self) { try reader.seek(10) }
        #expect(throws: ModelError.self) { try reader.seek(-1) }
    }
}

@Suite struct Digest256Tests {
    @Test("digests are those of FIPS 180-4")
    func digests() throws {
        let empty = Digest256(hashing: [])
        #expect(empty.hexadecimal == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        var hasher = SHA256Hasher()
        hasher.update(Array("a".utf8))
        hasher.update(Array("bc".utf8))
        #expect(hasher.finalize().hexadecimal == abc)
        let digest = try #require(Digest256(hexadecimal: abc))
        #expect(digest == hasher.finalize() && digest != empty)
        #expect(Digest256(digest.bytes) == digest)
    }

    @Test("text that is no digest is refused", arguments: ["", String(repeating: "0", count: 63), String(repeating: "A", count: 64)])
    func refused(text: String) {
        #expect(Digest256(hexadecimal: text) == nil)
        #expect(Digest256(Array(text.utf8)) == nil)
    }
}
