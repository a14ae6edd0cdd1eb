import ModelCore
import TestSupport
import Testing
import TorchFormat

/// Archives and files around pickles that do not say what is in them.
@Suite struct ContainerRefusalTests {
    private static let pickle = Pickle.program(Pickle.dictionary(("w", Pickle.tensor())))
    private static let numbers = [UInt8](repeating: 1, count: 16)

    // MARK: - ZIP

    static let oddArchives: [([String], [(name: String, content: [UInt8])])] = [
        ([], [("a/data.pkl", pickle), ("a/data/0", numbers)]),
        ([], [("data.pkl", pickle), ("data/0", numbers)]),
        ([], [("a/b/data.pkl", pickle), ("a/b/data/0", numbers), ("a/b/byteorder", Array("little".utf8))]),
        (["torch.storage-missing"], [("a/data.pkl", pickle), ("b/data/0", numbers)]),
        (["torch.storage-size"], [("a/data.pkl", pickle), ("a/data/0", [])]),
        (["torch.member"], [("a/data.pkl", pickle), ("b/data.pkl", pickle), ("a/data/0", numbers)]),
        (["torch.member"], [("a/data/0", numbers)]),
        (["torch.byte-order"], [("a/data.pkl", pickle), ("a/data/0", numbers), ("a/byteorder", Array("middle".utf8))]),
        (["zip.entry-size"], [("a/data.pkl", pickle), ("a/data/0", numbers), ("a/byteorder", Array(repeating: 0x20, count: 65))]),
        (["zip.unsafe-name"], [("a/data.pkl", pickle), ("a/data/0", numbers), ("../x", [])]),
        (["zip.duplicate-name"], [("a/data.pkl", pickle), ("a/data/0", numbers), ("a/data/0", numbers)]),
        (["torch.truncated"], [("a/data.pkl", pickle), ("a/data/0", numbers), ("a/constants.pkl", [])]),
    ]

    @Test("archives that are not as PyTorch makes them are refused", arguments: oddArchives)
    func archives(expected: [String], entries: [(name: String, content: [UInt8])]) {
        #expect(Refusal(nil, Pickle.archive(entries)).verdict == expected)
    }

    @Test("a storage with a wrong checksum is noticed when it is read, and each time")
    func checksum() throws {
        var bytes = Pickle.archive(Self.pickle)
        let start = try #require(bytes.indices.first { bytes[$0...].starts(with: Self.numbers) })
        bytes[start] = 2
        let tensor = try #require(try TorchFile(bytes).tensors.first)
        for _ in 0..<2 { #expect(codes { _ = try tensor.source.bytes() } == ["zip.checksum"]) }
        #expect(codes { try tensor.source.stream(0..<1) { _ in } } == ["zip.checksum"])
    }

    // MARK: - Before 1.6

    private static func legacy(_ storages: [(count: UInt64, bytes: [UInt8])], keys: [String] = ["0"], count: Int = 4) -> [UInt8] {
        let tensor = Pickle.tensor(Pickle.storage(count: count))
        return Pickle.legacy(Pickle.program(Pickle.dictionary(("w", tensor))), keys: keys, storages: storages)
    }

    static let oddLegacies: [Refusal] = [
        Refusal(nil, legacy([(4, numbers)])),
        Refusal("torch.storage-size", legacy([(5, numbers + [1, 1, 1, 1])])),
        Refusal("torch.storage-size", legacy([(3, numbers)])),
        Refusal("torch.storage-size", legacy([(.max, numbers)])),
        Refusal("torch.storage-size", legacy([(1 << 63 | 4, numbers)])),
        Refusal("torch.truncated", legacy([(4, Array(numbers.dropLast()))])),
        Refusal("torch.trailing-bytes", legacy([(4, numbers + [0])])),
        Refusal("torch.storage", legacy([(4, numbers), (4, numbers)], keys: ["0", "0"])),
        Refusal("torch.storage", legacy([(4, numbers)], keys: ["1"])),
        Refusal("torch.storage-missing", legacy([], keys: [])),
        Refusal("torch.truncated", legacy([])),
        Refusal("torch.truncated", legacy([(1 << 40, numbers)], count: 1 << 40)),
        Refusal("torch.storage", legacy([(UInt64(Int.max), numbers)], count: .max)),
    ]

    @Test("old files whose storages are not as they say are refused", arguments: oddLegacies)
    func legacies(refusal: Refusal) {
        #expect(refusal.verdict == refusal.expected)
    }

    @Test("an old file of another version is refused")
    func version() {
        var bytes = Self.legacy([(4, Self.numbers)])
        bytes[19] = 0xEA
        #expect(Refusal("torch.version", bytes).verdict == ["torch.version"])
    }
}
