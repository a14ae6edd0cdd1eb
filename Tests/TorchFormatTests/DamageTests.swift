import ByteIO
import ModelCore
import TestSupport
import Testing
import TorchFormat
import ZIPArchive

/// Files of PyTorch that were cut short or damaged: each is read or refused with an error, and nothing else ever happens.
@Suite struct DamageTests {
    private static let names = Fixture.names(in: "torch").filter { !$0.hasSuffix(".json") }

    /// The codes with which the file is refused, where anything of it is.
    private static func verdict(_ bytes: [UInt8]) -> [String] {
        codes {
            let file = try TorchFile(bytes)
            for tensor in file.tensors { try tensor.source.stream { _ in } }
            if case .checkpoint(let checkpoint) = file { _ = try checkpoint.stateDict() }
        }
    }

    private static func areKnown(_ codes: [String]) -> Bool {
        codes.allSatisfy { code in ["torch.", "zip.", "json."].contains { code.hasPrefix($0) } }
    }

    /// The entries of an archive.
    private static func entries(_ bytes: [UInt8]) throws -> [(name: String, content: [UInt8])] {
        let archive = try ZIPReader(MappedFile(bytes: bytes, path: "x"), caseMatters: true)
        return try archive.entries.map { entry in (entry.name, try archive.content(of: entry).withBytes { Array($0) }) }
    }

    @Test("a file that is cut anywhere is refused", arguments: names.filter { $0.contains("legacy") || $0 == "oldest.tar" || $0 == "tensor.pt" })
    func truncation(name: String) throws {
        let bytes = try Fixture.bytes("torch/\(name)")
        // More than two blocks of zeros at the end of an archive are of no meaning.
        let last = bytes.lastIndex { $0 != 0 } ?? 0
        let end = name == "oldest.tar" ? last / 512 * 512 + 1536 : bytes.count
        for length in 0..<end {
            let codes = Self.verdict(Array(bytes[..<length]))
            #expect(!codes.isEmpty && Self.areKnown(codes), "\(length): \(codes)")
        }
    }

    @Test("an archive whose pickle is cut anywhere is refused", arguments: ["views.pt", "checkpoint.pt", "module.pt", "script.pt", "protocol5.pt"])
    func truncatedPickle(name: String) throws {
        let entries = try Self.entries(try Fixture.bytes("torch/\(name)"))
        let pickle = try #require(entries.first { $0.name.hasSuffix("data.pkl") })
        for length in pickle.content.indices {
            let codes = Self.verdict(Pickle.archive([(pickle.name, Array(pickle.content[..<length]))]))
            #expect(codes == ["torch.truncated"], "\(length): \(codes)")
        }
    }

    @Test("a damaged file is read or refused", arguments: names)
    func mutants(name: String) throws {
        let bytes = try Fixture.bytes("torch/\(name)")
        var random = SplitMix(seed: UInt64(bytes.count))
        for _ in 0..<100 {
            var copy = bytes
            random.damage(&copy)
            let codes = Self.verdict(copy)
            #expect(Self.areKnown(codes), "\(codes)")
        }
    }

    /// With checksums that fit, so that damage gets as far as it can.
    @Test("an archive of damaged contents is read or refused", arguments: names.filter { !$0.contains("legacy") && $0 != "oldest.tar" })
    func mutantContents(name: String) throws {
        let entries = try Self.entries(try Fixture.bytes("torch/\(name)"))
        let places = entries.indices.filter { place in [".pkl", ".json", ".pt"].contains { entries[place].name.hasSuffix($0) } }
        var random = SplitMix(seed: UInt64(entries.count))
        for _ in 0..<60 {
            var copy = entries
            guard let place = places.randomElement(using: &random) else { return }
            random.damage(&copy[place].content)
            let codes = Self.verdict(Pickle.archive(copy))
            #expect(Self.areKnown(codes), "\(codes)")
        }
    }
}
