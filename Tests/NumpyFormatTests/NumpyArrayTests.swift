import ByteIO
import Foundation
import ModelCore
import NumpyFormat
import TestSupport
import Testing

@Suite struct NumpyArrayTests {
    static let multibyte = NumpyType.Kind.allCases.filter { $0.byteCount > 1 }
    static let names: [(String, NumpyType)] =
        multibyte.flatMap {
            [("little_\($0.rawValue).npy", NumpyType($0)), ("big_\($0.rawValue).npy", NumpyType($0, isBigEndian: true))]
        } + [("i1.npy", NumpyType(.int8)), ("u1.npy", NumpyType(.uint8)), ("b1.npy", NumpyType(.bool))]

    @Test("every element type is read in either byte order", arguments: names)
    func types(name: String, type: NumpyType) throws {
        let array = try NumpyArray(path: Fixture.path("numpy/\(name)"))
        #expect(array.shape == [2, 3] && array.type == type && array.count == 6 && !array.isFortranOrder)
        let expected: [Double] = type.kind == .bool ? [0, 1, 1, 1, 1, 1] : [0, 1, 2, 3, 100, 1]
        #expect(try array.doubles().scalars == expected)
        #expect(try array.floats().scalars == expected.map(Float.init))
    }

    @Test("column-major arrays are turned into row-major ones")
    func fortran() throws {
        let array = try NumpyArray(path: Fixture.path("numpy/fortran.npy"))
        #expect(array.isFortranOrder && array.shape == [2, 3, 4])
        #expect(try array.floats() == Tensor(shape: [2, 3, 4], scalars: (0..<24).map(Float.init)))
    }

    @Test("a single number has no axes, and an empty array no elements")
    func scalarAndEmpty() throws {
        #expect(try NumpyArray(path: Fixture.path("numpy/scalar.npy")).floats() == Tensor(shape: [], scalars: [7]))
        #expect(try NumpyArray(path: Fixture.path("numpy/empty.npy")).doubles() == Tensor(shape: [3, 0, 2], scalars: []))
        #expect(try NumpyArray(path: Fixture.path("numpy/vector.npy")).floats() == Tensor(shape: [3], scalars: [1.5, -2, .infinity]))
    }

    @Test("format versions 1.0 to 3.0 are read", arguments: 1...3)
    func version(number: Int) throws {
        #expect(try NumpyArray(path: Fixture.path("numpy/version\(number).npy")).floats().scalars == [0, 1, 2, 3])
    }

    @Test("integers beyond the precision of a float are rounded to nearest")
    func rounding() throws {
        func array(_ kind: NumpyType.Kind, _ words: [UInt64]) throws -> NumpyArray {
            let header = "{'descr': '<\(kind.rawValue)', 'fortran_order': False, 'shape': (\(words.count),), }"
            let elements = words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
            return try NumpyArray(
                npy: ByteRegion([0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8) + elements))
        }
        #expect(try array(.uint64, [.max, 1 << 53 + 1]).doubles().scalars == [0x1p64, 0x1p53])
        #expect(try array(.int64, [.max, 1 << 24 + 1, 1 << 63]).floats().scalars == [-1, 0x1p24, -0x1p63])
        #expect(try array(.float64, [0x3FF0_0000_1000_0001]).floats().scalars == [1 + 0x1p-23])
    }

    @Test("the bytes of a written array are those that NumPy writes")
    func writing() throws {
        let folder = try TemporaryFolder()
        func written(_ name: String) throws -> [UInt8]? {
            let array = try NumpyArray(path: Fixture.path("numpy/\(name)"))
            if array.type.kind == .float32 {
                try NumpyArray.write(try array.floats(), to: folder("x.npy"))
            } else {
                try NumpyArray.write(try array.doubles(), to: folder("x.npy"))
            }
            return folder.read("x.npy")
        }
        for name in ["little_f4.npy", "little_f8.npy", "scalar.npy", "empty.npy", "vector.npy", "version1.npy"] {
            #expect(try written(name) == Fixture.bytes("numpy/\(name)"))
        }
        #expect(folder.names == ["x.npy"])
    }

    @Test("what is written reads back, whatever the rank", arguments: 0...12)
    func roundTrip(rank: Int) throws {
        let folder = try TemporaryFolder()
        let shape = (0..<rank).map { $0 % 2 + 1 }
        let tensor = Tensor<Float>(shape: shape) { Float($0) - 0.5 }
        try NumpyArray.write(tensor, to: folder("x.npy"))
        #expect(try NumpyArray(path: folder("x.npy")).floats() == tensor)
        #expect((folder.read("x.npy") ?? []).count % 64 == tensor.scalars.count * 4 % 64)
    }
}

@Suite struct NumpyArchiveTests {
    @Test("arrays of numpy's archives are read", arguments: ["stored.npz", "deflated.npz"])
    func reading(name: String) throws {
        let archive = try NumpyArchive(path: Fixture.path("numpy/\(name)"))
        #expect(archive.names == ["x", "y", "X"])
        #expect(try archive.array(named: "x")?.floats() == Tensor(shape: [2, 3], scalars: [0, 1, 2, 3, 4, 5]))
        #expect(try archive.array(named: "y")?.doubles() == Tensor(shape: [], scalars: [2.5]))
        #expect(try archive.array(named: "X")?.type == NumpyType(.int64))
        #expect(try archive.array(named: "z") == nil)
    }

    @Test("an array outlives its archive")
    func lifetime() throws {
        var archive: NumpyArchive? = try NumpyArchive(path: Fixture.path("numpy/stored.npz"))
        let array = try #require(try archive?.array(named: "x"))
        archive = nil
        #expect(try array.floats().scalars == [0, 1, 2, 3, 4, 5])
    }

    @Test("what is written reads back")
    func roundTrip() throws {
        let folder = try TemporaryFolder()
        var writer = try NumpyArchiveWriter(path: folder("x.npz"))
        let floats = Tensor<Float>(shape: [2, 2]) { Float($0) }
        let doubles = Tensor<Double>(shape: [0, 3]) { Double($0) }
        try writer.add("layer/kernel:0", floats)
        try writer.add("é", doubles)
        try writer.commit()
        let archive = try NumpyArchive(path: folder("x.npz"))
        #expect(archive.names == ["layer/kernel:0", "é"])
        #expect(try archive.array(named: "layer/kernel:0")?.floats() == floats)
        #expect(try archive.array(named: "é")?.doubles() == doubles)
    }

    @Test("an entry that is no array is refused, and problems name file and entry")
    func refused() throws {
        let text = try MappedFile(path: Fixture.path("zip/streamed.zip"))
        let noArray = Problem(
            "npz.entry", "the entry is not an array: its name does not end with .npy", at: Location(file: text.path, path: "first"))
        #expect(throws: ModelError(noArray)) { try NumpyArchive(text) }
        let old = Array("NUMPY".utf8)
        var bytes = try Fixture.bytes("numpy/stored.npz")
        let position = try #require(bytes.indices.first { bytes[$0...].starts(with: old) })
        bytes[position] = 0
        let archive = try NumpyArchive(MappedFile(bytes: bytes, path: "bad.npz"))
        do throws(ModelError) {
            _ = try archive.array(named: "x")
            Issue.record("accepted")
        } catch {
            #expect(error.problems[0].code == "zip.checksum")
            #expect(error.problems[0].location.file == "bad.npz" && error.problems[0].location.path == "x.npy")
        }
    }
}
