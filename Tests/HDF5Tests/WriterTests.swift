import ByteIO
import HDF5
import ModelCore
import TestSupport
import Testing

@Suite struct WriterTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Writes a file with `body` and opens it.
    private func file(_ name: String, _ body: (inout HDF5Writer) throws(ModelError) -> Void) throws(ModelError) -> HDF5File {
        var writer = try HDF5Writer(AtomicOutput(path: folder(name)))
        try body(&writer)
        try writer.finish().commit()
        return try HDF5File(path: folder(name))
    }

    private func source(_ dtype: DType, _ shape: [Int]) -> WeightSource {
        let bytes = (0..<shape.reduce(dtype.byteCount, *)).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 5) }
        return WeightSource(dtype: dtype, shape: shape, origin: "test") { consumer throws(ModelError) in
            // In pieces of 24 bytes, whole elements of every type.
            var start = 0
            while start < bytes.count {
                let piece = Array(bytes[start..<min(start + 24, bytes.count)])
                try piece.withUnsafeBufferPointer { buffer throws(ModelError) in try consumer(UnsafeRawBufferPointer(buffer)) }
                start += piece.count
            }
        }
    }

    @Test(arguments: DType.allCases) func elementsOfEveryTypeReadBackAsTheyWere(_ dtype: DType) throws {
        for (index, shape) in [[], [1], [7], [3, 5], [2, 3, 4, 5], [0], [4, 0]].enumerated() {
            let weight = source(dtype, shape)
            let file = try file("\(index).h5") { writer throws(ModelError) in try writer.addDataset("/a/b/weight:0", weight) }
            let dataset = try file.dataset(at: "/a/b/weight:0")
            #expect(dataset.dtype == dtype)
            #expect(dataset.shape == shape)
            #expect(try file.source(of: dataset).bytes() == weight.bytes())
        }
    }

    @Test func attributesReadBackAsTheyWere() throws {
        let long = String(repeating: "0123456789", count: 20_000)
        let names = (0..<3000).map { "layer_\($0)" }
        let file = try file("attributes.h5") { writer throws(ModelError) in
            try writer.setAttribute("config", of: "/", .text(long))
            try writer.setAttribute("empty", of: "/", .text(""))
            try writer.setAttribute("names", of: "/group", .texts(names))
            try writer.setAttribute("none", of: "/group", .texts([]))
            try writer.setAttribute("unicode", of: "/group", .texts(["é", "日本", "", "a"]))
        }
        #expect(try file.strings(ofAttribute: "config", of: "/") == [long])
        #expect(try file.strings(ofAttribute: "empty", of: "/") == [""])
        #expect(try file.strings(ofAttribute: "names", of: "/group") == names)
        #expect(try file.strings(ofAttribute: "none", of: "/group") == [])
        #expect(try file.strings(ofAttribute: "unicode", of: "/group") == ["é", "日本", "", "a"])
    }

    /// One leaf holds 8 members, one node of the tree 32 leaves.
    @Test(arguments: [0, 1, 8, 9, 256, 257, 2000]) func groupsOfAnySizeAreFound(_ count: Int) throws {
        let names = (0..<count).map { "m\($0 * 7919 % 10007)" }
        let file = try file("group.h5") { writer throws(ModelError) in
            try writer.addGroup("/g")
            for name in names { try writer.addGroup("/g/" + name + "/vars") }
        }
        #expect(try file.names(inGroup: "/g").sorted() == names.sorted())
        for name in names { #expect(try file.kind(of: "/g/\(name)/vars") == .group) }
        #expect(try file.kind(of: "/g/missing") == nil)
    }

    @Test func theSameCallsGiveTheSameBytes() throws {
        for name in ["1.h5", "2.h5"] {
            _ = try file(name) { writer throws(ModelError) in
                try writer.addDataset("/a/w", source(.float32, [9, 9]))
                try writer.setAttribute("names", of: "/a", .texts(["w"]))
            }
        }
        #expect(folder.read("1.h5") == folder.read("2.h5"))
    }

    @Test func whatTheFormatCannotHoldIsRefused() throws {
        func code(_ body: (inout HDF5Writer) throws(ModelError) -> Void) -> [String] {
            codes { () throws(ModelError) in _ = try file("refused.h5", body) }
        }
        #expect(code { writer throws(ModelError) in try writer.addGroup("/a//b") } == ["hdf5.name"])
        #expect(code { writer throws(ModelError) in try writer.addGroup("/a/.") } == ["hdf5.name"])
        #expect(code { writer throws(ModelError) in try writer.addDataset("/a\0", source(.int8, [1])) } == ["hdf5.name"])
        #expect(
            code { writer throws(ModelError) in
                try writer.addDataset("/a", source(.int8, [1]))
                try writer.addDataset("/a", source(.int8, [1]))
            } == ["hdf5.name"])
        #expect(
            code { writer throws(ModelError) in
                try writer.addDataset("/a", source(.int8, [1]))
                try writer.addGroup("/a/b")
            } == ["hdf5.name"])
        #expect(
            code { writer throws(ModelError) in try writer.setAttribute("x", of: "/", .texts(Array(repeating: "x", count: 5000))) }
                == ["hdf5.attribute-size"])
        let short = WeightSource(dtype: .float32, shape: [4], origin: "short") { _ throws(ModelError) in }
        #expect(code { writer throws(ModelError) in try writer.addDataset("/a", short) } == ["weight.length"])
        #expect(folder.names.isEmpty)
    }
}
