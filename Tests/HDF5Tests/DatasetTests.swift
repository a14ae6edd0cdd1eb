import HDF5
import ModelCore
import Testing

/// A dataset of a fixture: the checksum is that of its little-endian elements, from `fixtures/hdf5/expected.npz`.
struct Expected: Sendable, CustomTestStringConvertible {
    let file: String
    let path: String
    let dtype: DType
    let shape: [Int]
    let checksum: UInt64

    init(_ file: String, _ path: String, _ dtype: DType, _ shape: [Int], _ checksum: UInt64) {
        (self.file, self.path, self.dtype, self.shape, self.checksum) = (file, path, dtype, shape, checksum)
    }

    var testDescription: String { file + path }
}

@Suite struct DatasetTests {
    static let layouts = [
        Expected("superblock", "/all_filters", .float32, [5, 6, 7], 0x53109E76EA1C91D4),
        Expected("superblock", "/chunked", .float32, [5, 6, 7], 0x53109E76EA1C91D4),
        Expected("superblock", "/compact", .float32, [2, 3, 7], 0x2C56AD7076B973B6),
        Expected("superblock", "/contiguous", .float32, [5, 6, 7], 0x53109E76EA1C91D4),
        Expected("superblock", "/empty", .float32, [0], 0xCBF29CE484222325),
        Expected("superblock", "/empty_matrix", .float32, [3, 0], 0xCBF29CE484222325),
        Expected("superblock", "/fletcher32", .float32, [5, 6, 7], 0x53109E76EA1C91D4),
        Expected("superblock", "/growing", .float32, [5, 6, 7], 0x53109E76EA1C91D4),
        Expected("superblock", "/growing_twice", .float32, [5, 6, 7], 0x53109E76EA1C91D4),
        Expected("superblock", "/gzip", .float32, [5, 6, 7], 0x53109E76EA1C91D4),
        Expected("superblock", "/one", .float32, [1, 1, 1], 0x4A62567F9B7515E5),
        Expected("superblock", "/one_chunk", .float32, [5, 6, 7], 0x53109E76EA1C91D4),
        Expected("superblock", "/scalar", .float32, [], 0x4CB8767F9D714215),
        Expected("superblock", "/shuffle", .float32, [5, 6, 7], 0x53109E76EA1C91D4),
    ]

    static let others = [
        Expected("groups-new", "/a/b/c/d/e/f/deep", .float32, [3], 0x1DE40D89811FE258),
        Expected("groups-new", "/many/layer_59/layer/kernel:0", .float32, [2], 0xAA5651001E3044B7),
        Expected("groups-new", "/unicode/日本/é", .float32, [2], 0x8A95295A84275225),
        Expected("groups-old", "/a/b/c/d/e/f/deep", .float32, [3], 0x1DE40D89811FE258),
        Expected("groups-old", "/many/layer_59/layer/kernel:0", .float32, [2], 0xAA5651001E3044B7),
        Expected("groups-old", "/unicode/日本/é", .float32, [2], 0x8A95295A84275225),
        Expected("groups-ordered", "/ant/kernel", .float32, [1], 0x4C4BB67F9D14DCF5),
        Expected("groups-ordered", "/mole/kernel", .float32, [1], 0x4B72B67F9C5CEC35),
        Expected("groups-ordered", "/zebra/kernel", .float32, [1], 0x4B05767F9BFFAD95),
        Expected("links", "/hard", .float32, [6, 7], 0x33D1F374ED0FA23F),
        Expected("links", "/real/kernel", .float32, [6, 7], 0x33D1F374ED0FA23F),
        Expected("named-type", "/kernel", .float16, [6, 7], 0xCF2B699E61CD2803),
        Expected("types", "/big_chunked_gzip", .float32, [5, 6, 7], 0x53109E76EA1C91D4),
        Expected("types", "/big_f2", .float16, [3, 4], 0xD0A7F2969FFC5BB2),
        Expected("types", "/big_f4", .float32, [3, 4], 0x8BED7CDB590CDF5B),
        Expected("types", "/big_f8", .float64, [3, 4], 0x8BC8D0E6A5898DAE),
        Expected("types", "/big_i1", .int8, [3, 4], 0x85C5AD4EC89A0A0F),
        Expected("types", "/big_i4", .int32, [3, 4], 0x85782333DF8436E1),
        Expected("types", "/big_i8", .int64, [3, 4], 0xDFD75991BCFB33E1),
        Expected("types", "/big_u1", .uint8, [3, 4], 0x7033A0B0F48EB39D),
        Expected("types", "/extreme_i8", .int64, [2], 0x75B074D98B3A39DD),
        Expected("types", "/little_f2", .float16, [3, 4], 0xD0A7F2969FFC5BB2),
        Expected("types", "/little_f4", .float32, [3, 4], 0x8BED7CDB590CDF5B),
        Expected("types", "/little_f8", .float64, [3, 4], 0x8BC8D0E6A5898DAE),
        Expected("types", "/little_i1", .int8, [3, 4], 0x85C5AD4EC89A0A0F),
        Expected("types", "/little_i4", .int32, [3, 4], 0x85782333DF8436E1),
        Expected("types", "/little_i8", .int64, [3, 4], 0xDFD75991BCFB33E1),
        Expected("types", "/little_u1", .uint8, [3, 4], 0x7033A0B0F48EB39D),
        Expected("types", "/special_f2", .float16, [6], 0x7BEAFF803C63488C),
        Expected("types", "/special_f4", .float32, [6], 0x9F0939D0CED20245),
        Expected("userblock", "/kernel", .float32, [6, 7], 0x33D1F374ED0FA23F),
    ]

    @Test("A dataset is read the same from each layout, with each filter, from each superblock", arguments: layouts, [0, 2, 3])
    func layout(_ expected: Expected, version: Int) throws {
        try check(expected, in: "hdf5/superblock\(version).h5")
    }

    @Test("A dataset of each element type, in each byte order, in each kind of group is read as little-endian", arguments: others)
    func other(_ expected: Expected) throws {
        try check(expected, in: "hdf5/\(expected.file).h5")
    }

    private func check(_ expected: Expected, in file: String) throws {
        let file = try Fixtures.open(file)
        let dataset = try file.dataset(at: expected.path)
        #expect(dataset.dtype == expected.dtype)
        #expect(dataset.shape == expected.shape)
        let source = file.source(of: dataset)
        let bytes = try source.bytes()
        #expect(bytes.count == source.byteCount)
        #expect(checksum(bytes) == expected.checksum)
        #expect(try source.bytes() == bytes, "a second reading gives the same")
        let (count, width) = (source.count, source.dtype.byteCount)
        for range in [0..<count, count / 3..<count - count / 4, count..<count] {
            var part: [UInt8] = []
            try source.stream(range) { part += $0 }
            #expect(part == Array(bytes[range.lowerBound * width..<range.upperBound * width]), "\(range)")
        }
    }

    @Test("NaN, infinities, -0 and denormals keep their bits")
    func specialValues() throws {
        let file = try Fixtures.open("hdf5/types.h5")
        let singles = try file.source(of: file.dataset(at: "/special_f4")).tensor().scalars.map(\.bitPattern)
        #expect(singles == [0x7FC0_0000, 0x7F80_0000, 0xFF80_0000, 0x8000_0000, 1, 0x7F7F_FFFF])
        let halves = try file.source(of: file.dataset(at: "/special_f2")).bytes()
        #expect(halves == [0x00, 0x7E, 0x00, 0x7C, 0x00, 0xFC, 0x00, 0x80, 0x01, 0x00, 0xFF, 0x7B])
        let integers = try file.source(of: file.dataset(at: "/extreme_i8")).bytes()
        #expect(integers == [0, 0, 0, 0, 0, 0, 0, 0x80, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F])
    }

    @Test(
        "Integers that no weight has are refused",
        arguments: ["/big_i2", "/big_u2", "/big_u4", "/big_u8", "/little_i2", "/little_u2", "/little_u4", "/little_u8"])
    func refusedInteger(_ path: String) throws {
        let file = try Fixtures.open("hdf5/types.h5")
        #expect(codes { () throws(ModelError) in _ = try file.dataset(at: path) } == ["hdf5.element-type"])
    }

    @Test("A source keeps its file open")
    func lifetime() throws {
        let source = try {
            let file = try Fixtures.open("hdf5/superblock0.h5")
            return try file.source(of: file.dataset(at: "/scalar"))
        }()
        #expect(try source.tensor().scalars == [2.5])
    }

    @Test("Many threads read one file")
    func threads() async throws {
        let file = try Fixtures.open("hdf5/superblock3.h5")
        try await withThrowingTaskGroup(of: UInt64.self) { group in
            for _ in 0..<32 { group.addTask { try checksum(file.source(of: file.dataset(at: "/all_filters")).bytes()) } }
            for try await sum in group { #expect(sum == 0x5310_9E76_EA1C_91D4) }
        }
    }

    @Test("A consumer's error ends the reading")
    func consumerThrows() throws {
        let file = try Fixtures.open("hdf5/superblock0.h5")
        let source = try file.source(of: file.dataset(at: "/contiguous"))
        let found = codes { () throws(ModelError) in
            try source.stream { _ throws(ModelError) in throw ModelError(Problem("test.stop", "enough")) }
        }
        #expect(found == ["test.stop"])
    }
}
