import CNNConversion
import ModelCore
import TestSupport
import Testing

/// Weights that a network makes of its own: the file, the summary and the verification say so, and a weight that was changed is found.
@Suite struct DerivedWeightTests {
    private static let source = Fixture.path("torch-export/derived/model.pt2")

    @Test func theyAreToldAndComputedAgain() throws {
        let folder = try TemporaryFolder()
        let summary = try Conversion.convert(input: Self.source, output: folder("a.cnnm"))
        let told = "derived: the source computes from its own tensors, and the reference did so in Float32"
        #expect(summary.remarks.contains { $0.hasSuffix(told) })
        var options = ModelVerification.Options()
        options.source = Self.source
        let result = try ModelVerification.verify(folder("a.cnnm"), options: options)
        #expect(!result.isDifferent)
        #expect(result.remarks.contains { $0.hasSuffix(told + ", again for this verification") })
        // Converted again it still says so.
        let again = try Conversion.convert(input: folder("a.cnnm"), output: folder("b.cnnm"))
        #expect(again.remarks == summary.remarks)
        #expect(folder.read("a.cnnm") == folder.read("b.cnnm"))
    }
}
