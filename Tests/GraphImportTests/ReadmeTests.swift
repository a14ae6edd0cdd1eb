import Foundation
import TestSupport
import Testing

@testable import GraphImport

@Suite struct ReadmeTests {
    /// The names in backticks between the two comments of `README.md` are the classes that can be converted, each once.
    @Test func theReadmeListsTheLayersOfTheCode() throws {
        let text = String(decoding: try Fixture.bytes("../README.md"), as: UTF8.self)
        let begin = try #require(text.range(of: "<!-- layers: begin -->"))
        let end = try #require(text.range(of: "<!-- layers: end -->"))
        let parts = text[begin.upperBound..<end.lowerBound].split(separator: "`", omittingEmptySubsequences: false)
        let listed = parts.enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) }
        let classes = Set(KerasLayerKind.all.keys)
        #expect(classes.subtracting(listed).sorted() == [], "these can be converted, and README.md does not say so")
        #expect(Set(listed).subtracting(classes).sorted() == [], "README.md says that these can be converted, and they cannot")
        #expect(listed.count == Set(listed).count)
    }
}
