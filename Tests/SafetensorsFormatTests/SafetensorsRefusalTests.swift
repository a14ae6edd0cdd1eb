import ByteIO
import ModelCore
import SafetensorsFormat
import TestSupport
import Testing

@Suite struct SafetensorsRefusalTests {
    /// The codes of the problems, or the names of the tensors.
    private static func verdict(_ bytes: [UInt8]) -> [String] {
        do throws(ModelError) {
            let file = try SafetensorsFile(MappedFile(bytes: bytes, path: "x"))
            for tensor in file.tensors { _ = try tensor.source.bytes() }
            return file.tensors.map(\.name)
        } catch {
            return error.problems.map(\.code)
        }
    }

    private static func file(_ header: String, data: Int, length: UInt64? = nil) -> [UInt8] {
        let length = length ?? UInt64(header.utf8.count)
        return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + Array(header.utf8) + [UInt8](repeating: 1, count: data)
    }

    /// A header of tensors by name, type, shape and offsets.
    private static func header(_ tensors: (String, String, String, String)...) -> String {
        "{" + tensors.map { #""\#($0)":{"dtype":"\#($1)","shape":\#($2),"data_offsets":\#($3)}"# }.joined(separator: ",") + "}"
    }

    static let refusals: [(String, Int, [String])] = [
        (header(("a", "F32", "[1]", "[0,4]"), ("b", "F32", "[1]", "[4,8]")), 8, ["a", "b"]),
        (header(("b", "F32", "[1]", "[4,8]"), ("a", "F32", "[1]", "[0,4]")), 8, ["a", "b"]),
        (header(("e", "F32", "[0,3]", "[4,4]"), ("a", "F32", "[1]", "[0,4]"), ("f", "U8", "[4]", "[4,8]")), 8, ["a", "e", "f"]),
        ("{}", 0, []),
        (header(("a", "F32", "[]", "[0,4]")) + "   ", 4, ["a"]),
        // Holes and overlaps, all of them.
        (header(("a", "F32", "[1]", "[4,8]")), 8, ["safetensors.offsets"]),
        (header(("a", "F32", "[1]", "[0,4]"), ("b", "F32", "[1]", "[0,4]")), 4, ["safetensors.offsets"]),
        (
            header(("a", "F32", "[2]", "[0,8]"), ("b", "F32", "[1]", "[4,8]"), ("c", "U8", "[1]", "[9,10]")), 10,
            ["safetensors.offsets", "safetensors.offsets"]
        ),
        (header(("a", "F32", "[1]", "[8,4]")), 8, ["safetensors.offsets"]),
        (header(("a", "F32", "[2]", "[0,4]")), 4, ["safetensors.offsets"]),
        (header(("a", "F32", "[1]", "[0]")), 4, ["safetensors.offsets"]),
        (header(("a", "F32", "[1]", "[-4,0]")), 4, ["safetensors.offsets"]),
        (header(("a", "F32", "[1]", "[0,4.0]")), 4, ["safetensors.offsets"]),
        (header(("a", "F32", "[1]", "[9223372036854775804,9223372036854775807]")), 4, ["safetensors.offsets"]),
        (header(("a", "U8", "[9223372036854775807]", "[0,9223372036854775807]")), 4, ["safetensors.shape"]),
        (header(("a", "U8", "[1152921504606846975]", "[0,1152921504606846975]")), 4, ["safetensors.truncated"]),
        // Shapes.
        (header(("a", "F32", "[4611686018427387904,4]", "[0,4]")), 4, ["safetensors.shape"]),
        (header(("a", "F32", "[4611686018427387904,4,0]", "[0,0]")), 0, ["safetensors.shape"]),
        (
            header(("a", "F32", "[-1]", "[0,4]"), ("b", "F32", "[1.5]", "[4,8]"), ("c", "Q7", "[1]", "[0,4]")), 4,
            ["safetensors.shape", "safetensors.shape", "safetensors.type"]
        ),
        (header(("a", "U8", "[" + Array(repeating: "1", count: 65).joined(separator: ",") + "]", "[0,1]")), 1, ["safetensors.shape"]),
        // Headers.
        (header(("a", "F32", "[1]", "[0,4]"), ("a", "F32", "[1]", "[4,8]")), 8, ["json.duplicate-key"]),
        (#"{"a":{"dtype":"F32","shape":[1]}}"#, 4, ["safetensors.header"]),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"more":1}}"#, 4, ["safetensors.header"]),
        (#"{"a":1,"b":null}"#, 4, ["safetensors.header", "safetensors.header"]),
        (#"{"__metadata__":{"a":1}}"#, 0, ["safetensors.metadata"]),
        (#"{"__metadata__":[]}"#, 0, ["safetensors.metadata"]),
        (#"[]"#, 0, ["safetensors.header"]),
        // The length of the file.
        ("{}" + String(repeating: " ", count: 90), 0, []),
        (header(("a", "F32", "[1]", "[0,4]")), 3, ["safetensors.truncated"]),
        (header(("a", "F32", "[1]", "[0,4]")), 5, ["safetensors.trailing-bytes"]),
        ("{}", 1, ["safetensors.trailing-bytes"]),
    ]

    @Test("headers that lie are refused, with everything that is wrong", arguments: refusals)
    func headers(header: String, data: Int, expected: [String]) {
        #expect(Self.verdict(Self.file(header, data: data)) == expected)
    }

    @Test(
        "lengths of headers that lie are refused",
        arguments: [0, 1, 100_000_001, 1 << 31, 1 << 32 - 1, 1 << 63, .max] as [UInt64])
    func headerLength(length: UInt64) {
        #expect(Self.verdict(Self.file("{}", data: 3, length: length)) == ["safetensors.header-length"])
    }

    @Test("deep and unreadable headers are refused", arguments: [String(repeating: "[", count: 100_000), "hello", "\u{FEFF}{}", "{\"a\":"])
    func syntax(header: String) {
        #expect(Self.verdict(Self.file(header, data: 0)).allSatisfy { $0.hasPrefix("json.") })
    }

    @Test("a file that is cut anywhere is refused", arguments: ["plain.safetensors", "types.safetensors", "nothing.safetensors"])
    func truncation(name: String) throws {
        let bytes = try Fixture.bytes("safetensors/\(name)")
        for length in bytes.indices {
            let codes = Self.verdict(Array(bytes[..<length]))
            #expect(codes.count == 1 && codes.allSatisfy { $0.hasPrefix("safetensors.") || $0.hasPrefix("json.") }, "\(length): \(codes)")
        }
    }

    @Test("a damaged file is read or refused with an error", arguments: 0..<4 as Range<UInt64>)
    func mutants(seed: UInt64) throws {
        let originals = try ["plain", "types", "nothing"].map { try Fixture.bytes("safetensors/\($0).safetensors") }
        var random = SplitMix(seed: seed)
        for round in 0..<1000 {
            var bytes = originals[round % originals.count]
            random.damage(&bytes)
            _ = Self.verdict(bytes)
        }
    }
}
