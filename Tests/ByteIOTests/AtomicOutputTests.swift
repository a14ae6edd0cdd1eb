import ByteIO
import Foundation
import ModelCore
import Synchronization
import TestSupport
import Testing

@Suite struct AtomicOutputTests {
    private let folder: TemporaryFolder
    private let old: [UInt8] = Array("old".utf8)
    private let new: [UInt8] = Array("new content".utf8)

    init() throws {
        folder = try TemporaryFolder()
    }

    private func produce(_ path: String, inputs: [String] = [], calls: OutputSystemCalls = .real) throws(ModelError) {
        var output = try AtomicOutput(path: path, inputs: inputs, calls: calls)
        try output.append(Array(new.prefix(3)))
        try output.append(Array(new.dropFirst(3)))
        try output.commit()
    }

    private func refusal(_ path: String, inputs: [String] = [], calls: OutputSystemCalls = .real) -> String {
        do throws(ModelError) {
            try produce(path, inputs: inputs, calls: calls)
            return "written"
        } catch {
            return "\(error.problems[0].code) \(error.problems[0].kind)"
        }
    }

    private func permissions(_ name: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: folder(name))[.posixPermissions] as? Int
    }

    @Test("a new file appears complete and alone")
    func newFile() throws {
        try produce(folder("out"))
        #expect(folder.names == ["out"])
        #expect(folder.read("out") == new)
        let mask = umask(0)
        umask(mask)
        #expect(try permissions("out") == 0o666 & ~Int(mask))
    }

    @Test("until commit the old file stays and the temporary is hidden and recognisable")
    func temporary() throws {
        let path = try folder.write(old, "out")
        do {
            var output = try AtomicOutput(path: path)
            try output.append(new)
            #expect(output.byteCount == new.count)
            #expect(folder.read("out") == old)
            let name = try #require(folder.names.first { $0 != "out" })
            #expect(output.temporaryPath == folder(name))
            #expect(name.hasPrefix(".out.\(getpid())-") && name.hasSuffix(".tmp"))
            #expect(folder.read(name) == new)
        }
        #expect(folder.names == ["out"])
        #expect(folder.read("out") == old)
    }

    @Test("a file that is replaced keeps its permissions")
    func permissionsKept() throws {
        chmod(try folder.write(old, "out"), 0o640)
        try produce(folder("out"))
        #expect(try permissions("out") == 0o640)
        #expect(folder.read("out") == new)
    }

    @Test("bytes go where they are told and gaps are zeros")
    func positions() throws {
        var output = try AtomicOutput(path: folder("out"))
        try output.append([1, 2, 3])
        try output.pad(toMultipleOf: 8)
        try output.append([4])
        let region = ByteRegion([9, 9])
        try output.write(region.bytes, at: 1)
        try output.write(region.bytes, at: 10)
        withExtendedLifetime(region) {}
        #expect(output.byteCount == 12)
        try output.commit()
        #expect(folder.read("out") == [1, 9, 9, 0, 0, 0, 0, 0, 4, 0, 9, 9])
    }

    @Test("a link stays and its target is replaced")
    func symbolicLink() throws {
        _ = try folder.write(old, "target")
        try FileManager.default.createSymbolicLink(atPath: folder("link"), withDestinationPath: "target")
        try produce(folder("link"))
        #expect(folder.names == ["link", "target"])
        #expect(folder.read("target") == new)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder("link")) == "target")
    }

    @Test("the input under any name is refused")
    func input() throws {
        let path = try folder.write(old, "in")
        link(path, folder("hard"))
        try FileManager.default.createSymbolicLink(atPath: folder("soft"), withDestinationPath: path)
        for name in ["in", "hard", "soft", "../\(folder.path.split(separator: "/").last ?? "")/in"] {
            #expect(refusal(folder(name), inputs: ["nothing", path]) == "output.is-input cannotCreate")
            #expect(refusal(path, inputs: [folder(name)]) == "output.is-input cannotCreate")
        }
        #expect(folder.read("in") == old)
    }

    @Test("what cannot be an output is refused")
    func refusals() throws {
        mkfifo(folder("fifo"), 0o600)
        try FileManager.default.createSymbolicLink(atPath: folder("dangling"), withDestinationPath: folder("nothing"))
        let before = folder.names
        #expect(refusal(folder.path) == "output.folder cannotCreate")
        #expect(refusal(folder("new/")) == "output.folder cannotCreate")
        #expect(refusal(folder("no/out")) == "output.no-folder cannotCreate")
        #expect(refusal(folder("fifo") + "/out") == "output.no-folder cannotCreate")
        #expect(refusal(folder("fifo")) == "output.not-regular cannotCreate")
        #expect(refusal("/dev/full") == "output.not-regular cannotCreate")
        #expect(refusal(folder("dangling")) == "output.dangling-link cannotCreate")
        #expect(refusal("") == "output.cannot-create cannotCreate")
        #expect(refusal(folder("a\0b")) == "output.cannot-create cannotCreate")
        #expect(refusal(folder(String(repeating: "x", count: 256))) == "output.name-length cannotCreate")
        #expect(folder.names == before)
    }

    @Test("names of 255 bytes are written", arguments: ["x", "é"])
    func longName(character: String) throws {
        let name =
            String(repeating: "x", count: 255 % character.utf8.count) + String(repeating: character, count: 255 / character.utf8.count)
        try produce(folder(name))
        #expect(folder.names == [name])
    }

    @Test("a folder or a file without permission is refused", .enabled(if: geteuid() != 0, "root may write everywhere"))
    func permission() throws {
        chmod(try folder.write(old, "out"), 0o444)
        #expect(refusal(folder("out")) == "output.permission cannotCreate")
        chmod(folder.path, 0o555)
        #expect(refusal(folder("new")) == "output.permission cannotCreate")
        chmod(folder.path, 0o755)
    }

    @Test("each system call that fails leaves the old file and nothing else", arguments: [ENOSPC, EFBIG, EIO, EDQUOT], 0..<8)
    func failures(error: Int32, failing: Int) throws {
        let path = try folder.write(old, "out")
        let calls = FailingCalls(error: error, at: failing)
        let result = refusal(path, calls: calls.calls)
        switch failing {
        case 0, 1: #expect(result == "output.cannot-create cannotCreate")
        case 2...5: #expect(result == "output.write-failed inputOutput")
        // The folder's: the file has its name by then.
        default: #expect(result == "written")
        }
        #expect(folder.names == ["out"])
        #expect(folder.read("out") == (failing < 6 ? old : new))
    }

    @Test("interrupted and short writes go on")
    func shortWrites() throws {
        var calls = OutputSystemCalls.real
        let write = calls.write
        let count = Mutex(0)
        calls.write = { descriptor, bytes, offset in
            let isInterrupted = count.withLock { count in
                count += 1
                return count.isMultiple(of: 2)
            }
            return isInterrupted ? -Int(EINTR) : write(descriptor, UnsafeRawBufferPointer(rebasing: bytes.prefix(1)), offset)
        }
        try produce(folder("out"), calls: calls)
        #expect(folder.read("out") == new)
    }

    @Test("of two writers the later one wins")
    func twoWriters() throws {
        var first = try AtomicOutput(path: folder("out"))
        var second = try AtomicOutput(path: folder("out"))
        try first.append([1])
        try second.append([2, 2])
        try second.commit()
        #expect(folder.read("out") == [2, 2])
        try first.commit()
        #expect(folder.read("out") == [1])
        #expect(folder.names == ["out"])
    }
}

/// Real system calls, of which one fails.
private final class FailingCalls: Sendable {
    private let count = Mutex(0)
    private let error: Int32
    private let failing: Int

    init(error: Int32, at failing: Int) {
        self.error = error
        self.failing = failing
    }

    private func attempt(_ call: () -> Int) -> Int {
        let position = count.withLock { count in
            defer { count += 1 }
            return count
        }
        return position == failing ? -Int(error) : call()
    }

    var calls: OutputSystemCalls {
        let real = OutputSystemCalls.real
        var calls = real
        calls.create = { path in self.attempt { real.create(path) } }
        calls.setPermissions = { descriptor, permissions in self.attempt { real.setPermissions(descriptor, permissions) } }
        calls.write = { descriptor, bytes, offset in self.attempt { real.write(descriptor, bytes, offset) } }
        calls.synchronize = { descriptor in self.attempt { real.synchronize(descriptor) } }
        calls.rename = { old, new in self.attempt { real.rename(old, new) } }
        return calls
    }
}
