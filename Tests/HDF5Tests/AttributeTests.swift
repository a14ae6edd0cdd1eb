import HDF5
import ModelCore
import Testing

@Suite struct AttributeTests {
    static let expected: [(String, [String])] = [
        ("fixed_scalar", ["tensorflow"]), ("variable_scalar", ["2.15.0"]), ("variable_ascii", ["3.15.1"]),
        ("fixed_array", ["conv", "batch_normalization_12", "é-ü-日本"]), ("variable_array", ["conv", "batch_normalization_12", "é-ü-日本"]),
        ("utf8_scalar", ["Grüße, 世界"]), ("fixed_utf8", ["Grüße"]), ("empty_string", [""]), ("space_padded", ["conv"]), ("no_names", []),
        ("long_string", [String(repeating: "x", count: 60000)]),
    ]

    @Test("Strings of fixed and variable length, of each padding, are read", arguments: expected)
    func strings(_ name: String, _ expected: [String]) throws {
        #expect(try Fixtures.open("hdf5/strings.h5").strings(ofAttribute: name, of: "/g") == expected)
    }

    @Test("An attribute that is not there is nil")
    func missing() throws {
        let file = try Fixtures.open("hdf5/strings.h5")
        #expect(try file.strings(ofAttribute: "nothing", of: "/g") == nil)
        #expect(try file.hasAttribute("nothing", of: "/g") == false)
        #expect(try file.hasAttribute("fixed_scalar", of: "/g"))
    }

    @Test("Numbers are no strings", arguments: ["number", "numbers"])
    func numbers(_ name: String) throws {
        let file = try Fixtures.open("hdf5/strings.h5")
        #expect(codes { () throws(ModelError) in _ = try file.strings(ofAttribute: name, of: "/g") } == ["hdf5.attribute-type"])
    }

    @Test("Attributes of 44,000 bytes each are read from the blocks that continue a header", arguments: 0..<3)
    func large(_ number: Int) throws {
        let names = try Fixtures.open("hdf5/attributes.h5").strings(ofAttribute: "layer_names\(number)", of: "/")
        let digits = { (index: Int) in String(String(100_000 + index).dropFirst()) }
        #expect(names == (number * 1000..<(number + 1) * 1000).map { "a_layer_with_a_rather_long_name_" + digits($0) })
    }

    @Test("Attributes in a heap of the newest format are refused by name")
    func dense() throws {
        let file = try Fixtures.open("hdf5/dense-attributes.h5")
        #expect(codes { () throws(ModelError) in _ = try file.strings(ofAttribute: "x", of: "/g") } == ["hdf5.attribute-storage"])
    }

    @Test("Strings that are not UTF-8 are refused")
    func notUTF8() throws {
        var bytes = try FileBytes.of("hdf5/strings.h5")
        let start = try #require(bytes.firstRange(of: Array("Grüße, 世界".utf8))).lowerBound
        bytes[start] = 0xFF
        try withFile(bytes) { path in
            let file = try HDF5File(path: path)
            #expect(codes { () throws(ModelError) in _ = try file.strings(ofAttribute: "utf8_scalar", of: "/g") } == ["hdf5.text-encoding"])
        }
    }

    @Test("Damage to the heap of variable-length strings is noticed, byte by byte")
    func damagedHeap() throws {
        let bytes = try FileBytes.of("hdf5/strings.h5")
        let heap = try #require(bytes.firstRange(of: Array("GCOL".utf8))).lowerBound
        for offset in heap..<heap + 64 {
            for value in [0, 1, 0x7F, 0xFF] as [UInt8] where bytes[offset] != value {
                var copy = bytes
                copy[offset] = value
                try withFile(copy) { path in
                    let file = try HDF5File(path: path)
                    let found = codes { () throws(ModelError) in
                        for (name, _) in Self.expected { _ = try file.bytes(ofAttribute: name, of: "/g") }
                    }
                    #expect(found.allSatisfy { $0 == "hdf5.damaged" })
                }
            }
        }
    }
}
