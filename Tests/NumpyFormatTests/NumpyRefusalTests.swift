import ByteIO
import ModelCore
import NumpyFormat
import TestSupport
import Testing

@Suite struct NumpyRefusalTests {
    /// The code and byte offset of the problem, or the shape.
    private func verdict(_ bytes: [UInt8]) -> String {
        do throws(ModelError) {
            return "\(try NumpyArray(npy: ByteRegion(bytes)).shape)"
        } catch {
            return "\(error.problems[0].code)@\(error.problems[0].location.byteOffset ?? -1)"
        }
    }

    /// A file of format 1.0 with this header and so many zeros.
    private func file(_ header: String, zeros: Int = 0) -> [UInt8] {
        let length = header.utf8.count
        return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)] + Array(header.utf8)
            + [UInt8](repeating: 0, count: zeros)
    }

    private func shaped(_ shape: String, zeros: Int = 0) -> [UInt8] {
        file("{'descr': '<f4', 'fortran_order': False, 'shape': \(shape)}", zeros: zeros)
    }

    @Test(
        "element types that are not plain numbers are refused by name",
        arguments: [
            ("object.npy", "npy.object@10"), ("structured.npy", "npy.structured@20"), ("complex.npy", "npy.type@10"),
            ("text.npy", "npy.type@10"),
        ])
    func types(name: String, expected: String) throws {
        #expect(verdict(try Fixture.bytes("numpy/\(name)")) == expected)
    }

    static let descriptions = ["f4", "<f16", "<f3", "<i16", "<b1 ", "|f4", "=f4", "<c8", "<M8[ns]", "|V4", "|S3", "<U2", "", "<", "<f4x"]

    @Test("descriptions that NumPy does not write for plain numbers are refused", arguments: descriptions)
    func description(text: String) {
        #expect(verdict(file("{'descr': '\(text)', 'fortran_order': False, 'shape': (1,)}", zeros: 4)) == "npy.type@10")
    }

    static let shapes: [(String, Int, String)] = [
        ("()", 4, "[]"), ("(1,)", 4, "[1]"), ("( 1 , 2 )", 8, "[1, 2]"), ("(2L, 1L)", 8, "[2, 1]"), ("(0, 5)", 0, "[0, 5]"),
        ("(1)", 4, "npy.header-syntax@62"), ("(-1,)", 4, "npy.shape@61"), ("(1.0,)", 4, "npy.header-syntax@62"),
        ("(01,)", 4, "npy.header-syntax@61"),
        ("(1,,)", 4, "npy.header-syntax@63"), ("(,)", 4, "npy.header-syntax@61"), ("(1", 4, "npy.header-syntax@62"),
        ("1", 4, "npy.header-syntax@60"),
        ("[1]", 4, "npy.structured@60"), ("((1,),)", 4, "npy.structured@61"), ("'1'", 4, "npy.header-key@10"),
        ("None", 4, "npy.header-syntax@60"),
        ("(9223372036854775808,)", 0, "npy.shape@61"), ("(9223372036854775807,)", 0, "npy.shape@10"),
        ("(4294967296, 4294967296)", 0, "npy.shape@10"),
        ("(4611686018427387904, 4, 0)", 0, "npy.shape@10"), ("(1000000, 1000000)", 4, "npy.truncated@79"), ("(2,)", 4, "npy.truncated@65"),
        ("(1,)", 5, "npy.trailing-bytes@69"), ("(0,)", 1, "npy.trailing-bytes@65"),
    ]

    @Test("shapes are read exactly or refused", arguments: shapes)
    func shape(text: String, zeros: Int, expected: String) {
        #expect(verdict(shaped(text, zeros: zeros)) == expected)
    }

    static let headers: [(String, String)] = [
        ("{'shape':(1,),'fortran_order':True,\"descr\":\"<f4\",} \n", "[1]"), ("{}", "npy.header-key@10"), ("", "npy.header-syntax@10"),
        ("{'descr': '<f4', 'fortran_order': False}", "npy.header-key@10"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 'y'}", "npy.header-key@10"),
        ("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", "npy.header-key@27"),
        ("{'descr': True, 'fortran_order': False, 'shape': (1,)}", "npy.header-key@10"),
        ("{'descr': ('<f4', (2,)), 'fortran_order': False, 'shape': (1,)}", "npy.structured@21"),
        ("{'descr': (4,), 'fortran_order': False, 'shape': (1,)}", "npy.type@10"),
        ("{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}", "npy.header-syntax@44"),
        ("{'descr': '<f4', 'fortran_order': Truth, 'shape': (1,)}", "npy.header-syntax@47"),
        ("{'descr': '<f4' 'fortran_order': False, 'shape': (1,)}", "npy.header-syntax@26"),
        ("{'descr' '<f4', 'fortran_order': False, 'shape': (1,)}", "npy.header-syntax@19"),
        ("{'descr': '\\x3cf4', 'fortran_order': False, 'shape': (1,)}", "npy.header-syntax@21"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)", "npy.header-syntax@64"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}}", "npy.header-syntax@65"),
        ("{'descr': '<f4", "npy.header-syntax@24"), ("__import__('os').system('true')", "npy.header-syntax@10"),
        (String(repeating: "{", count: 5000), "npy.header-syntax@11"), (String(repeating: " ", count: 10_001), "npy.header-length@8"),
    ]

    @Test("headers are read exactly or refused", arguments: headers)
    func header(text: String, expected: String) {
        #expect(verdict(file(text, zeros: 4)) == expected)
    }

    @Test("more than 64 axes are refused")
    func rank() {
        #expect(verdict(shaped("(" + String(repeating: "1,", count: 64) + ")", zeros: 4)).hasPrefix("[1, 1"))
        #expect(verdict(shaped("(" + String(repeating: "1,", count: 65) + ")", zeros: 4)) == "npy.shape@189")
    }

    @Test("magic and version must be right")
    func start() throws {
        var bytes = try Fixture.bytes("numpy/vector.npy")
        bytes[0] = 0x92
        #expect(verdict(bytes) == "npy.magic@0")
        for version: [UInt8] in [[0, 0], [4, 0], [1, 1], [255, 255]] {
            bytes = try Fixture.bytes("numpy/vector.npy")
            bytes.replaceSubrange(6..<8, with: version)
            #expect(verdict(bytes) == "npy.version@6")
        }
        #expect(verdict([0x93] + Array("NUMPY".utf8) + [2, 0, 0xFF, 0xFF, 0xFF, 0xFF]) == "npy.header-length@8")
    }

    @Test("every prefix of an array is refused")
    func truncated() throws {
        let bytes = try Fixture.bytes("numpy/vector.npy")
        for count in bytes.indices {
            #expect(verdict(Array(bytes.prefix(count))).hasPrefix(count < 6 ? "npy.magic" : "npy.truncated"))
        }
    }

    @Test("no damage of one byte crashes the reader")
    func damaged() throws {
        let bytes = try Fixture.bytes("numpy/fortran.npy")
        for position in bytes.indices {
            for new in UInt8.min ... .max {
                var copy = bytes
                copy[position] = new
                guard let array = try? NumpyArray(npy: ByteRegion(copy)) else { continue }
                _ = try array.floats()
            }
        }
    }
}
