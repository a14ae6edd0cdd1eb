import Foundation
import TestSupport
import Testing

@testable import GraphImport

@Suite struct ReadmeTests {
    /// Tables of `README.md` between two comments are those that the code makes.
    @Test(arguments: ["layers", "operators", "versions", "functions"])
    func theReadmeHasTheTablesOfTheCode(_ name: String) throws {
        let lines =
            switch name {
            case "layers": KerasSupportTable.layers
            case "operators": KerasSupportTable.operators
            case "versions": KerasSupportTable.versions
            default: TorchSupportTable.functions
            }
        let text = String(decoding: try Fixture.bytes("../README.md"), as: UTF8.self)
        let begin = try #require(text.range(of: "<!-- \(name): begin -->\n"))
        let end = try #require(text.range(of: "<!-- \(name): end -->"))
        let found = text[begin.upperBound..<end.lowerBound].split(separator: "\n").map(String.init)
        for line in found where !lines.contains(line) { Issue.record("README.md has this line, and the code does not: \(line)") }
        for line in lines where !found.contains(line) { Issue.record("README.md lacks this line: \(line)") }
        #expect(found == lines)
    }
}
