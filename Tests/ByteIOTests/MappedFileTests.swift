import ByteIO
import Foundation
import ModelCore
import TestSupport
import Testing

@Suite struct MappedFileTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func refusal(_ path: String) -> String {
        do {
            return "opened \(try MappedFile(path: path).size) bytes"
        } catch {
            return "\(error.problems[0].code) \(error.problems[0].kind)"
        }
    }

    @Test("the bytes are those of the file", arguments: [0, 1, 4096, MappedFile.readLimit, MappedFile.readLimit + 1])
    func bytes(count: Int) throws {
        var content = [UInt8](repeating: 7, count: count)
        for position in content.indices.prefix(1000) { content[position] = UInt8(truncatingIfNeeded: position) }
        let file = try MappedFile(path: try folder.write(content, "f"))
        #expect(file.size == count)
        #expect(file.withBytes { Array($0) } == content)
        for range in [0..<count, count / 3..<count - count / 4] {
            var streamed: [UInt8] = []
            try file.stream(range) { streamed += $0 }
            #expect(streamed == Array(content[range]))
        }
        #expect(try file.digest() == Digest256(hashing: content))
        #expect(try file.copy(count / 3..<count).withBytes { Array($0) } == Array(content[(count / 3)...]))
        let region = file.region(count / 3..<count)
        region.release()
        #expect(region.withBytes { Array($0) } == Array(content[(count / 3)...]))
        try file.requireUnchanged()
    }

    @Test("a mapped file that was cut off meanwhile is an error and no signal")
    func cut() throws {
        let file = try MappedFile(path: try folder.write([UInt8](repeating: 7, count: MappedFile.readLimit + 1), "f"))
        truncate(folder("f"), 1 << 20)
        #expect(throws: ModelError.self) { try file.stream(0..<file.size) { _ in } }
        #expect(throws: ModelError.self) { try file.copy(0..<file.size) }
        #expect(try file.copy(0..<1 << 20).withBytes { $0.allSatisfy { $0 == 7 } })
    }

    @Test("what cannot be a model file is refused")
    func refusals() throws {
        mkfifo(folder("fifo"), 0o600)
        try FileManager.default.createSymbolicLink(atPath: folder("dangling"), withDestinationPath: folder("nothing"))
        try FileManager.default.createSymbolicLink(atPath: folder("loop"), withDestinationPath: folder("loop"))
        #expect(refusal(folder("nothing")) == "file.not-found cannotOpen")
        #expect(refusal("") == "file.not-found cannotOpen")
        #expect(refusal("a\0b") == "file.not-found cannotOpen")
        #expect(refusal(folder("fifo") + "/x") == "file.not-found cannotOpen")
        #expect(refusal(folder.path) == "file.folder cannotOpen")
        #expect(refusal(folder("fifo")) == "file.not-regular cannotOpen")
        #expect(refusal("/dev/null") == "file.not-regular cannotOpen")
        #expect(refusal(folder("dangling")) == "file.not-found cannotOpen")
        #expect(refusal(folder("loop")) == "file.cannot-open cannotOpen")
    }

    @Test("a file without permission is refused", .enabled(if: geteuid() != 0, "root may read everything"))
    func permission() throws {
        chmod(try folder.write([1], "f"), 0)
        #expect(refusal(folder("f")) == "file.permission cannotOpen")
    }

    @Test("a mapped file that grows is noticed")
    func changed() throws {
        let path = try folder.write([UInt8](repeating: 1, count: MappedFile.readLimit + 1), "f")
        let file = try MappedFile(path: path)
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.seekToEnd()
        try handle.write(contentsOf: [0])
        try handle.close()
        #expect(throws: ModelError.self) { try file.requireUnchanged() }
    }

    @Test("a region keeps its file alive")
    func region() throws {
        var file: MappedFile? = MappedFile(bytes: [1, 2, 3, 4], path: "memory")
        let region = try #require(file?.region(1..<3))
        file = nil
        #expect(region.withBytes { Array($0) } == [2, 3])
    }
}
