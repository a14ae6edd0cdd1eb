import ByteIO
import ModelCore
import TestSupport
import Testing
import ZIPArchive

/// An archive of the entries `a` and `é`, zip64 wherever it is possible.
func zip64Archive() throws -> [UInt8] {
    let folder = try TemporaryFolder()
    var writer = ZIPWriter(try AtomicOutput(path: folder("x.zip")), forcesZIP64: true)
    try writer.add("a", [1, 2, 3])
    try writer.add("é", [4, 5])
    try writer.commit()
    return folder.read("x.zip") ?? []
}

@Suite struct ZIPWriterTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test("the bytes of an archive are exactly these")
    func bytes() throws {
        var writer = ZIPWriter(try AtomicOutput(path: folder("x.zip")))
        try writer.add("a", [1, 2, 3])
        try writer.commit()
        let padding = [UInt8](repeating: 0, count: 64 - 37)
        var expected: [UInt8] = [
            0x50, 0x4B, 3, 4, 20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0, 0x1D, 0x80, 0xBC, 0x55, 3, 0, 0, 0, 3, 0, 0, 0, 1, 0, 33, 0, 0x61,
        ]
        expected += [0x35, 0xD9, 29, 0, 64, 0] + padding + [1, 2, 3]
        expected += [0x50, 0x4B, 1, 2, 45, 3, 20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0, 0x1D, 0x80, 0xBC, 0x55, 3, 0, 0, 0, 3, 0, 0, 0, 1, 0]
        expected += [UInt8](repeating: 0, count: 10) + [0xA4, 0x81, 0, 0, 0, 0, 0x61]
        expected += [0x50, 0x4B, 5, 6, 0, 0, 0, 0, 1, 0, 1, 0, 47, 0, 0, 0, 67, 0, 0, 0, 0, 0]
        #expect(folder.read("x.zip") == expected)
    }

    @Test("what is written reads back, aligned to 64 bytes", arguments: [false, true])
    func roundTrip(forcesZIP64: Bool) throws {
        var writer = ZIPWriter(try AtomicOutput(path: folder("x.zip")), forcesZIP64: forcesZIP64)
        let contents: [[UInt8]] = [0, 1, 63, 64, 65, 1000].map { count in (0..<count).map { UInt8(truncatingIfNeeded: $0) } }
        for content in contents { try writer.add("folder/é\(content.count)", content) }
        try writer.begin("pieces", size: 5)
        try writer.append([1, 2])
        try writer.append([])
        try writer.append([3, 4, 5])
        try writer.end()
        try writer.commit()
        let reader = try ZIPReader(try MappedFile(path: folder("x.zip")))
        #expect(reader.entries.map(\.name) == contents.map { "folder/é\($0.count)" } + ["pieces"])
        #expect(reader.entries.allSatisfy { $0.dataRange.lowerBound.isMultiple(of: 64) })
        let read = try reader.entries.map { entry in try reader.content(of: entry).withBytes { Array($0) } }
        #expect(read == contents + [[1, 2, 3, 4, 5]])
    }

    @Test("an archive without entries is read")
    func empty() throws {
        try ZIPWriter(try AtomicOutput(path: folder("x.zip"))).commit()
        #expect(try ZIPReader(try MappedFile(path: folder("x.zip"))).entries.isEmpty)
    }

    @Test("names that the reader refuses are refused", arguments: ["", "../x", "/x", "a\\b"])
    func unsafeName(name: String) throws {
        let expected = "zip.unsafe-name usage"
        #expect(try refusal { writer throws(ModelError) in try writer.add(name, []) } == expected)
    }

    @Test("misuse is refused")
    func misuse() throws {
        let expected = "zip.misuse fault"
        #expect(try refusal { writer throws(ModelError) in try writer.append([1]) } == expected)
        #expect(try refusal { writer throws(ModelError) in try writer.end() } == expected)
        #expect(
            try refusal { writer throws(ModelError) in
                try writer.begin("a", size: 2)
                try writer.append([1, 2, 3])
            } == expected)
        #expect(
            try refusal { writer throws(ModelError) in
                try writer.begin("a", size: 2)
                try writer.append([1])
                try writer.end()
            } == expected)
        #expect(
            try refusal { writer throws(ModelError) in
                try writer.begin("a", size: 2)
                try writer.begin("b", size: 2)
            } == expected)
        #expect(
            try refusal { writer throws(ModelError) in
                try writer.add("a", [])
                try writer.add("a", [])
            } == "zip.duplicate-name usage")
        #expect(folder.names.isEmpty)
    }

    private func refusal(_ body: (inout ZIPWriter) throws(ModelError) -> Void) throws -> String {
        var writer = ZIPWriter(try AtomicOutput(path: folder("x.zip")))
        do throws(ModelError) {
            try body(&writer)
            return "accepted"
        } catch {
            return "\(error.problems[0].code) \(error.problems[0].kind)"
        }
    }
}
