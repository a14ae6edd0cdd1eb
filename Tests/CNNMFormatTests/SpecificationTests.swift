import Foundation
import Testing

@testable import CNNMFormat

/// Runs the example of `spec/cnnm.md`.
@Suite struct SpecificationTests {
    private let text: String

    init() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        text = try String(contentsOf: root.appendingPathComponent("spec/cnnm.md"), encoding: .utf8)
    }

    /// The lines of the code block between two comments of the text.
    private func block(_ name: String) throws -> [Substring] {
        let begin = try #require(text.range(of: "<!-- \(name): begin -->"))
        let end = try #require(text.range(of: "<!-- \(name): end -->"))
        return text[begin.upperBound..<end.lowerBound].split(separator: "\n").filter { !$0.hasPrefix("```") }
    }

    /// The bytes of a dump: rows of an offset, up to 16 bytes and their text; `*` for repetitions; the length last.
    private func bytes(of dump: [Substring]) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var row: [UInt8] = []
        for line in dump where line != "*" {
            let fields = line.prefix { $0 != "|" }.split(separator: " ")
            let offset = try #require(Int(fields[0], radix: 16))
            while bytes.count < offset { bytes += row }
            #expect(bytes.count == offset)
            row = fields.dropFirst().compactMap { UInt8($0, radix: 16) }
            bytes += row
        }
        return bytes
    }

    @Test func theDumpIsAValidFile() throws {
        let file = try opened(try bytes(of: try block("dump")))
        try file.checkIntegrity()
        try expectEqual(file.document, tinyDocument())
    }

    @Test func theWriterMakesTheDump() throws {
        let written = try written(tinyDocument())
        #expect(try bytes(of: try block("dump")) == written)
    }

    @Test func theHeaderIsTheOneInTheDump() throws {
        let bytes = try bytes(of: try block("dump"))
        let prologue = try bytes.withUnsafeBytes { try Prologue(ofFile: $0, size: $0.count) }
        let header = String(decoding: bytes[prologue.headerRange], as: UTF8.self)
        let wrapped = try block("header").map { $0.trimmingCharacters(in: .whitespaces) }.joined()
        #expect(header.trimmingCharacters(in: .whitespaces) == wrapped)
    }
}
