import TestSupport
import Testing

@testable import CNNMFormat

/// Headers that a hostile program made, under digests that fit.
@Suite struct MutantTests {
    /// Wrong numbers, wrong types, and parts of JSON that do not belong together.
    private static let splices = [
        "0", "1", "-1", "2", "1e9", "1.5", "-0", "-0.0", "1e-320",
        "9223372036854775807", "-9223372036854775808", "9223372036854775808", "1073741824", "4294967296",
        "null", "true", "\"\"", "\"same\"", "\"explicit\"", "[]", "{}", "[1,1]", "[0,0]", "[1073741824,1073741824]", "[4611686018427387904]",
    ]

    /// Opening a file succeeds or fails with an error, whatever stands in its header.
    @Test(arguments: 0..<8 as Range<UInt64>) func areRefusedOrRead(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let specimens = try Specimen.all.map { try written($0.document) }
        var accepted = 0
        for _ in 0..<400 {
            guard let bytes = specimens.randomElement(using: &random) else { return }
            let prologue = try bytes.withUnsafeBytes { try Prologue(ofFile: $0, size: $0.count) }
            var header = Array(bytes[prologue.headerRange])
            for _ in 0..<Int.random(in: 1...3, using: &random) { Self.mutate(&header, &random) }
            var file = try RawFile()
            file.data = Array(bytes.dropFirst((prologue.headerRange.upperBound + 4095) / 4096 * 4096))
            let codes = codes(of: file.sealed(header))
            if codes.isEmpty { accepted += 1 }
            #expect(codes.allSatisfy { $0.hasPrefix("cnnm.") || $0.hasPrefix("json.") || $0.hasPrefix("graph.") }, "seed \(seed): \(codes)")
        }
        #expect(accepted < 400)
    }

    /// Replaces a number, a string or an array by a splice, or copies a piece elsewhere.
    private static func mutate(_ header: inout [UInt8], _ random: inout SplitMix) {
        let isNumber = { (byte: UInt8) in byte == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
        guard Int.random(in: 0..<8, using: &random) > 0 else {
            let from = Int.random(in: 0..<header.count, using: &random)
            let piece = Array(header[from..<min(from + 20, header.count)])
            let place = Int.random(in: 0..<header.count, using: &random)
            header.replaceSubrange(place..<min(place + piece.count, header.count), with: piece)
            return
        }
        // After a colon, a bracket or a comma there is a value.
        let starts = header.indices.dropLast().filter { [0x3A, 0x5B, 0x2C].contains(header[$0]) }
        guard let start = starts.randomElement(using: &random), let splice = splices.randomElement(using: &random) else { return }
        var end = start + 1
        if isNumber(header[end]) {
            while end < header.count, isNumber(header[end]) || [0x2E, 0x65, 0x2B].contains(header[end]) { end += 1 }
        } else if header[end] == 0x22 {
            end = (header[(end + 1)...].firstIndex(of: 0x22) ?? end) + 1
        } else if header[end] == 0x5B {
            end = (header[end...].firstIndex(of: 0x5D) ?? end) + 1
        } else {
            while end < header.count, (0x61...0x7A).contains(header[end]) { end += 1 }
        }
        header.replaceSubrange(start + 1..<end, with: Array(splice.utf8))
    }
}
