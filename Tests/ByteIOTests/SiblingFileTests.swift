import ByteIO
import Foundation
import ModelCore
import TestSupport
import Testing

@Suite struct SiblingFileTests {
    @Test(arguments: ["", ".", "..", "a/b", "/a", "a\\b", "a\u{0}", "a\n", String(repeating: "a", count: 256)])
    func namesThatLeadElsewhereAreRefused(_ name: String) {
        let error = #expect(throws: ModelError.self) { try SiblingFile.path(of: name, beside: "folder/index.json") }
        #expect(error?.problems.map(\.code) == ["file.sibling-name"])
    }

    @Test func aNameIsAFileInTheSameFolder() throws {
        #expect(try SiblingFile.path(of: "a.h5", beside: "no-such-folder/index.json") == "no-such-folder/a.h5")
        #expect(try SiblingFile.path(of: "a.h5", beside: "index.json") == "a.h5")
    }

    @Test func linksStayInTheFolder() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write([1], "a")
        try FileManager.default.createSymbolicLink(atPath: folder("inside"), withDestinationPath: "a")
        try FileManager.default.createSymbolicLink(atPath: folder("outside"), withDestinationPath: "/etc/passwd")
        #expect(try SiblingFile.path(of: "inside", beside: folder("index")) == folder("inside"))
        let error = #expect(throws: ModelError.self) { try SiblingFile.path(of: "outside", beside: folder("index")) }
        #expect(error?.problems.map(\.code) == ["file.sibling-link"])
    }

    @Test func bytesInATemporaryFileAreThoseThatWereWritten() throws {
        let region = try ByteRegion.inTemporaryFile(count: 100_000) { memory in
            for index in memory.indices { memory[index] = UInt8(truncatingIfNeeded: index) }
        }
        #expect(region.withBytes { $0.count } == 100_000)
        #expect(region.withBytes { $0[99_999] } == UInt8(truncatingIfNeeded: 99_999))
        let problem = Problem("test", "stops")
        #expect(throws: ModelError(problem)) {
            try ByteRegion.inTemporaryFile(count: 10) { _ throws(ModelError) in throw ModelError(problem) }
        }
    }
}
