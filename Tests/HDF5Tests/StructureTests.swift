import Foundation
import HDF5
import ModelCore
import Testing

@Suite struct StructureTests {
    @Test("A walk finds every object once, whatever the kind of group", arguments: ["old", "new"])
    func walk(_ kind: String) throws {
        let entries = try Fixtures.open("hdf5/groups-\(kind).h5").walk()
        #expect(entries.count { $0.kind == .dataset } == 62)
        #expect(Set(entries.map(\.path)).count == entries.count)
        #expect(entries.first?.path == "/")
        #expect(entries.contains { $0.path == "/unicode/日本/é" && $0.kind == .dataset })
    }

    @Test("A walk leaves soft links out and takes one of two hard links")
    func links() throws {
        let paths = try Fixtures.open("hdf5/links.h5").walk().map(\.path)
        #expect(paths == ["/", "/hard", "/real"])
    }

    @Test("Two hard links lead to one address")
    func hardLinks() throws {
        let file = try Fixtures.open("hdf5/links.h5")
        #expect(try file.dataset(at: "/hard").address == file.dataset(at: "/real/kernel").address)
    }

    @Test("Names come in the order of names")
    func names() throws {
        #expect(try Fixtures.open("hdf5/groups-ordered.h5").names(inGroup: "/") == ["ant", "mole", "zebra"])
    }

    @Test("The kind of an object is known before it is read")
    func kinds() throws {
        let file = try Fixtures.open("hdf5/named-type.h5")
        #expect(try file.kind(of: "/half") == .namedType)
        #expect(try file.kind(of: "/kernel") == .dataset)
        #expect(try file.kind(of: "/") == .group)
        #expect(try file.kind(of: "/nothing") == nil)
        #expect(try file.kind(of: "/kernel/below") == nil)
    }

    @Test("Damage to what links are kept in is refused or does no harm, byte by byte", arguments: ["TREE", "HEAP", "SNOD"])
    func damagedGroup(_ signature: String) throws {
        let bytes = try FileBytes.of("hdf5/superblock0.h5")
        let start = try #require(bytes.firstRange(of: Array(signature.utf8))).lowerBound
        for offset in start..<start + 48 {
            for value in [0, 1, 0x7F, 0xFF] as [UInt8] where bytes[offset] != value {
                var copy = bytes
                copy[offset] = value
                try withFile(copy) { path in
                    let found = codes { () throws(ModelError) in
                        let file = try HDF5File(path: path)
                        for entry in try file.walk() where entry.kind == .dataset { _ = try file.dataset(at: entry.path) }
                    }
                    #expect(found.allSatisfy { $0.hasPrefix("hdf5.") })
                }
            }
        }
    }

    @Test("Damage to a group of the newest format is refused", arguments: ["FRHP", "BTHD", "FHDB", "BTLF"])
    func damagedNewGroup(_ signature: String) throws {
        var bytes = try FileBytes.of("hdf5/groups-new.h5")
        let start = try #require(bytes.firstRange(of: Array(signature.utf8))).lowerBound
        bytes[start + 9] ^= 0x10
        try withFile(bytes) { path in
            #expect(codes { () throws(ModelError) in _ = try HDF5File(path: path).walk() } == ["hdf5.damaged"])
        }
    }

    static let refusals: [(String, String, String)] = [
        ("links", "/soft", "hdf5.soft-link"), ("links", "/soft_group/kernel", "hdf5.soft-link"), ("links", "/dangling", "hdf5.soft-link"),
        ("links", "/real", "hdf5.not-dataset"), ("links", "/nothing", "hdf5.missing"), ("links", "/./real/kernel", "hdf5.missing"),
        ("links", "/../real/kernel", "hdf5.missing"), ("links", "/real/kernel\0", "hdf5.missing"), ("links", "", "hdf5.not-dataset"),
        ("links", "/soft_group/\u{308}kernel", "hdf5.soft-link"),
        ("links", String(repeating: "/x", count: 65), "hdf5.too-deep"),
    ]

    @Test("What is not reached over hard links is refused", arguments: refusals)
    func refusal(_ name: String, _ path: String, _ code: String) throws {
        let file = try Fixtures.open("hdf5/\(name).h5")
        #expect(codes { () throws(ModelError) in _ = try file.dataset(at: path) } == [code])
    }
}

@Suite struct OpeningTests {
    @Test("What cannot be opened is told apart")
    func cannotOpen() {
        let folder = FileManager.default.temporaryDirectory.path
        for (path, code) in [
            ("/nowhere/x.h5", "file.not-found"), ("", "file.not-found"), (folder, "file.folder"), ("/dev/null", "file.not-regular"),
        ] {
            do throws(ModelError) {
                _ = try HDF5File(path: path)
                Issue.record("\(path) was opened")
            } catch {
                #expect(error.problems.map(\.code) == [code])
                #expect(error.problems.allSatisfy { $0.kind == .cannotOpen && $0.location.file == path })
            }
        }
    }

    @Test("A pipe without a writer is refused and not waited for")
    func pipe() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "cnnconvert-\(UUID().uuidString)").path
        #expect(mkfifo(path, 0o600) == 0)
        defer { unlink(path) }
        #expect(codes { () throws(ModelError) in _ = try HDF5File(path: path) } == ["file.not-regular"])
    }

    @Test("A file cut anywhere is refused", arguments: ["superblock0", "superblock3"])
    func cut(_ name: String) throws {
        let bytes = try FileBytes.of("hdf5/\(name).h5")
        for count in Array(0...16) + Array(stride(from: 17, to: bytes.count, by: 97)) + [bytes.count - 1] {
            try withFile(Array(bytes.prefix(count))) { path in
                #expect(codes { () throws(ModelError) in _ = try HDF5File(path: path) } == ["hdf5.damaged"], "\(count) bytes")
            }
        }
    }

    @Test("The library's own words are the causes")
    func causes() throws {
        let bytes = try FileBytes.of("hdf5/superblock0.h5")
        try withFile(Array(bytes.prefix(bytes.count - 1))) { path in
            do throws(ModelError) { _ = try HDF5File(path: path) } catch {
                #expect(error.problems.first?.causes.first?.hasPrefix("H5Fopen: ") == true)
                #expect((error.problems.first?.causes.count ?? 0) > 1)
            }
        }
    }

    @Test("A file is recognised by its signature, at the start or after a user block")
    func recognition() throws {
        #expect(HDF5File.recognises(prefix: try FileBytes.of("hdf5/superblock2.h5").prefix(8)))
        #expect(HDF5File.recognises(prefix: try FileBytes.of("hdf5/userblock.h5").prefix(520)))
        #expect(!HDF5File.recognises(prefix: try FileBytes.of("hdf5/userblock.h5").prefix(512)))
        #expect(!HDF5File.recognises(prefix: [0x89, 0x48]))
    }
}
