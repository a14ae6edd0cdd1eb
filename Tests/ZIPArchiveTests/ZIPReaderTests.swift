import ByteIO
import ModelCore
import TestSupport
import Testing
import ZIPArchive

@Suite struct ZIPReaderTests {
    private func contents(_ path: String) throws -> [String: String] {
        let reader = try ZIPReader(MappedFile(bytes: try Fixture.bytes(path), path: path))
        var contents: [String: String] = [:]
        for entry in reader.entries {
            contents[entry.name] = try reader.content(of: entry).withBytes { String(decoding: $0, as: UTF8.self) }
        }
        return contents
    }

    @Test("archives of Python's zipfile are read")
    func zipfile() throws {
        let plain = [
            "a/stored.txt": "stored content", "a/": "", "b/é.txt": String(repeating: "deflated content ", count: 20),
            "zip64": "zip64 content",
        ]
        #expect(try contents("zip/plain.zip") == plain)
        #expect(try contents("zip/empty.zip") == [:])
    }

    @Test("streamed archives are read", arguments: ["zip/streamed.zip", "zip/streamed_deflated.zip"])
    func streamed(path: String) throws {
        #expect(try contents(path) == ["first": "first content", "second": "second content"])
    }

    @Test("archives of torch.save are read without copying")
    func torch() throws {
        let file = MappedFile(bytes: try Fixture.bytes("zip/torch.pth"), path: "torch.pth")
        let reader = try ZIPReader(file)
        #expect(
            reader.entries.map(\.name) == [
                "torch/data.pkl", "torch/.format_version", "torch/.storage_alignment", "torch/byteorder", "torch/data/0", "torch/data/1",
                "torch/version", "torch/.data/serialization_id",
            ])
        let storage = try #require(reader.entry(named: "torch/data/0"))
        #expect(storage.method == .stored && storage.size == 16 && storage.dataRange.lowerBound.isMultiple(of: 64))
        let content = try reader.content(of: storage)
        #expect(content.withBytes { $0.loadUnaligned(fromByteOffset: 12, as: Float.self) } == 3)
        #expect(content.bytes.baseAddress == file.bytes.baseAddress.map { $0 + storage.dataRange.lowerBound })
        withExtendedLifetime((file, content)) {}
        #expect(reader.entry(named: "torch/data/2") == nil)
    }

    @Test("archives of numpy are read", arguments: ["numpy/stored.npz", "numpy/deflated.npz"])
    func numpy(path: String) throws {
        let bytes = try Fixture.bytes(path)
        let reader = try ZIPReader(MappedFile(bytes: bytes, path: path), caseMatters: true)
        #expect(reader.entries.map(\.name) == ["x.npy", "y.npy", "X.npy"])
        #expect(try reader.entries.map { try reader.content(of: $0).withBytes { $0.count } } == [152, 136, 152])
        #expect(TestArchive(bytes).verdict() == "zip.case-duplicate-name")
    }

    @Test("the archive that other tests damage is whole")
    func plain() {
        #expect(TestArchive.plain.verdict() == "opened")
    }

    @Test(
        "every prefix of an archive is refused",
        arguments: ["zip/plain.zip", "zip/streamed.zip", "zip/torch.pth", "numpy/deflated.npz"])
    func truncated(path: String) throws {
        let bytes = try Fixture.bytes(path)
        for count in 0..<bytes.count { #expect(TestArchive(Array(bytes.prefix(count))).verdict(caseMatters: true) == "zip.no-end-record") }
    }

    @Test("no damage of one byte crashes the reader, and none of a content goes unnoticed", arguments: ["zip/plain.zip", "zip/torch.pth"])
    func damaged(path: String) throws {
        let archive = TestArchive(try Fixture.bytes(path))
        let reader = try ZIPReader(MappedFile(bytes: archive.bytes, path: path))
        let contents = reader.entries.map(\.dataRange)
        for position in archive.bytes.indices {
            for new in [0, 0xFF, archive.bytes[position] ^ 1] where new != archive.bytes[position] {
                var copy = archive
                copy.bytes[position] = new
                let verdict = copy.verdict()
                if contents.contains(where: { $0.contains(position) }) { #expect(verdict != "opened") }
            }
        }
    }
}

@Suite struct ZIPSourceTests {
    @Test("an entry is read in parts, stored or deflated", arguments: ["stored.npz", "deflated.npz"])
    func parts(name: String) throws {
        let archive = try ZIPReader(MappedFile(path: Fixture.path("numpy/\(name)")), caseMatters: true)
        for entry in archive.entries {
            let whole = try archive.content(of: entry).withBytes { Array($0) }
            let source = archive.source(of: entry)
            #expect(source.count == whole.count && source.readsAnywhere == (entry.method == .stored))
            for range in [0..<whole.count, 3..<17, 5..<5, whole.count - 1..<whole.count] {
                var part: [UInt8] = []
                try source.stream(range) { part += $0 }
                #expect(part == Array(whole[range]))
                #expect(try source.region(range).withBytes { Array($0) } == Array(whole[range]))
                let inner = source.part(1..<whole.count - 1)
                if range.count < inner.count, range.upperBound <= inner.count {
                    #expect(try inner.region(range).withBytes { Array($0) } == Array(whole[range.lowerBound + 1..<range.upperBound + 1]))
                }
            }
        }
    }

    @Test("nothing is given of an entry with a wrong checksum")
    func checksum() throws {
        let bytes = TestArchive.plain.settingBoth(0, at: 14, [1, 2, 3, 4]).bytes
        let archive = try ZIPReader(MappedFile(bytes: bytes, path: "x"))
        let source = archive.source(of: try #require(archive.entry(named: "a")))
        for _ in 0..<2 {
            #expect(throws: ModelError.self) { try source.stream(0..<1) { _ in Issue.record("given") } }
            #expect(throws: ModelError.self) { try source.region(0..<1) }
        }
    }
}
