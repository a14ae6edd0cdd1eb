import Foundation
import ModelGraph
import Testing

@testable import Verification

/// Holds the names in `spec/verification.md` against the code.
@Suite struct VerificationDocumentTests {
    private let text: String

    init() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        text = try String(contentsOf: root.appendingPathComponent("spec/verification.md"), encoding: .utf8)
    }

    /// What stands below a heading, up to the next of its rank or above.
    private func section(_ heading: String) throws -> [Substring] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let start = try #require(lines.firstIndex { $0 == heading }, "there is no section \(heading)")
        let rank = heading.prefix { $0 == "#" }.count
        return Array(lines[(start + 1)...].prefix { !$0.hasPrefix("#") || $0.prefix { $0 == "#" }.count > rank })
    }

    /// The words in backticks in the first cells of tables.
    private func names(in lines: [Substring]) -> [String] {
        lines.filter { $0.hasPrefix("| `") }.flatMap { line in
            let cell = line.split(separator: "|").first ?? ""
            return cell.split(separator: "`", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) }
        }
    }

    @Test func everyMistakeIsInTheTable() throws {
        #expect(try names(in: section("## Diagnosis")).sorted() == Mistake.allCases.map(\.rawValue).sorted())
    }

    @Test func everyOperatorHasOneHeadingInAlphabeticalOrder() throws {
        let headings = try section("## Bounds").filter { $0.hasPrefix("### ") }.map(String.init)
        #expect(headings == Operator.definitions.keys.sorted().map { "### `\($0)`" })
    }

    @Test func everyKindOfAnOperatorHasABound() throws {
        func kinds<Kind: RawRepresentable & CaseIterable>(_ type: Kind.Type) -> Set<String> where Kind.RawValue == String {
            Set(type.allCases.map(\.rawValue))
        }
        #expect(Set(names(in: try section("### `merge`"))).union(["add"]) == kinds(MergeKind.self))
        #expect(Set(names(in: try section("### `pooling`"))) == kinds(PoolingKind.self))
        #expect(Set(names(in: try section("### `softmax`"))) == kinds(SoftmaxKind.self))
    }

    @Test func verdictsAreThoseOfTheCode() throws {
        let verdicts: [Verdict] = [.identical, .rounding, .inconclusive, .different]
        #expect(names(in: try section("## Verdicts")) == verdicts.map(\.rawValue))
        for (better, worse) in zip(verdicts, verdicts.dropFirst()) { #expect(better.joined(with: worse) == worse) }
    }

    /// Each function has one row.
    @Test func everyActivationFunctionHasABound() throws {
        let functions: [ActivationFunction] = [
            .relu(negativeSlope: 0, maximum: nil, threshold: 0), .elu(alpha: 1), .selu(alpha: 1, scale: 1), .celu(alpha: 1), .sigmoid, .tanh,
            .exponential, .softplus, .softsign, .silu, .mish, .logSigmoid, .gelu, .geluTanh, .hardSigmoid(slope: 1, offset: 0),
            .hardSilu(slope: 1, offset: 0), .hardTanh(minimum: 0, maximum: 1), .hardShrink(lambda: 1), .softShrink(lambda: 1), .tanhShrink,
            .threshold(threshold: 0, value: 0), .squareplus(b: 1), .sparsePlus, .sparseSigmoid, .squareRoot, .logarithm, .power(exponent: 2),
            .errorFunction, .sign, .floor, .ceiling, .roundToEven,
        ]
        let documented = names(in: try section("### `activation`"))
        #expect(documented.sorted() == functions.map(\.name).sorted())
    }

    /// The sizes that the text names.
    @Test func unitsAreThoseOfTheCode() {
        #expect(ErrorBound.u == Double(Float(1).ulp) / 2)
        #expect(ErrorBound.eta == Double(Float.leastNonzeroMagnitude))
        #expect(ErrorBound.underflow == 2 * Double(Float.leastNormalMagnitude))
        #expect(ErrorBound.flushingEta == 2 * Double(Float.leastNormalMagnitude))
        #expect(ErrorBound.gamma(4) == 4 * ErrorBound.u / (1 - 4 * ErrorBound.u))
    }
}
