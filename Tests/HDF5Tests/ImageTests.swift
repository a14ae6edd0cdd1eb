import ByteIO
import HDF5
import ModelCore
import Testing

@Suite struct ImageTests {
    @Test(
        "A file that is a part of another one reads as the file itself", arguments: ["types.h5", "groups-old.h5", "superblock3.h5", "userblock.h5"])
    func image(_ name: String) throws {
        let file = try Fixtures.open(name: name)
        let bytes = try FileBytes.of("hdf5/\(name)")
        // In the middle of something else, as in an archive.
        let archive = MappedFile(bytes: [UInt8](repeating: 0x50, count: 77) + bytes + [1, 2, 3], path: "archive")
        let image = try HDF5File(archive.region(77..<77 + bytes.count), path: "archive", place: "inner.h5")
        let entries = try file.walk()
        #expect(try image.walk().map(\.path) == entries.map(\.path))
        for entry in entries where entry.kind == .dataset {
            guard let dataset = try? file.dataset(at: entry.path) else { continue }
            let other = image.source(of: try image.dataset(at: entry.path))
            #expect(try other.bytes() == file.source(of: dataset).bytes())
            #expect(other.origin == "inner.h5" + entry.path)
        }
    }

    @Test("Two parts are open at once")
    func several() throws {
        let images = try ["types.h5", "groups-old.h5"].map { name in
            try HDF5File(ByteRegion(try FileBytes.of("hdf5/\(name)")), path: "archive", place: name)
        }
        #expect(try images[0].walk().map(\.path) != images[1].walk().map(\.path))
    }

    @Test(
        "A part that is no HDF5 is refused, and the file and the part are named",
        arguments: [[], Array("no HDF5".utf8), [UInt8](repeating: 0, count: 5000)])
    func refusal(_ bytes: [UInt8]) {
        do throws(ModelError) {
            _ = try HDF5File(ByteRegion(bytes), path: "archive", place: "inner.h5")
            Issue.record("was opened")
        } catch {
            #expect(error.problems.map(\.code) == ["hdf5.damaged"])
            #expect(error.problems.first?.location.file == "archive")
        }
    }
}

extension Fixtures {
    fileprivate static func open(name: String) throws -> HDF5File { try open("hdf5/\(name)") }
}
