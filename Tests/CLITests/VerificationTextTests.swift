import CNNConversion
import ModelCore
import ModelGraph
import Testing

@testable import cnnconvert

/// The report of `verify` on a terminal.
@Suite struct VerificationTextTests {
    typealias Layer = ModelVerification.Layer

    static func layer(
        _ name: String, _ operation: String = "convolution", rho: Double = 0, ulps: Double = 0, _ verdict: String = "identical",
        worst: Layer.Element? = nil
    ) -> Layer {
        Layer(name: name, operation: operation, checked: 1000, count: 2500, rho: rho, ulps: ulps, verdict: verdict, worst: worst)
    }

    static func result(_ verdict: String, _ layers: [Layer], recorded: [Layer] = [], differences: [Problem] = []) -> ModelVerification.Result {
        var subject = ModelVerification.Subject(model: "net.cnnm", inputs: [.init(name: "image", shape: [2, 9, 8, 3])])
        subject.golden = recorded.isEmpty ? nil : "golden.npz"
        return ModelVerification.Result(
            verdict: verdict, subject: subject, graph: Graph(name: "net"), layers: layers, recorded: recorded, differences: differences)
    }

    @Test func roundingIsASummaryAndATable() {
        let result = Self.result(
            "rounding",
            [
                Self.layer("pad", "pad"), Self.layer("conv1", rho: 0.0214, ulps: 1.5, "rounding"),
                Self.layer("block/norm", "batch_normalization", rho: 0.3114, ulps: 966.84, "rounding"),
                Self.layer("logits", "dense", rho: 0.00004, ulps: 190_000, "inconclusive"),
            ])
        #expect(
            VerificationText(result: result).text == """
                rounding: the largest difference is 0.311 of what rounding allows

                model      net.cnnm, 4 layers
                input      image [2, 9, 8, 3]
                recomputed 4,000 of 10,000 elements
                largest    rho 0.311, 1.9e5 ulps

                layer       operator                rho   ulps  verdict
                pad         pad                       0      0  identical
                conv1       convolution           0.021  1.500  rounding
                block/norm  batch_normalization   0.311  966.8  rounding
                logits      dense                4.0e-5  1.9e5  inconclusive

                """)
    }

    @Test func theFirstLayerThatDiffersIsNamedWithItsElement() {
        let worst = Layer.Element(engine: "recorded", index: [6, 0, 0, 3], got: 0.5, exact: -0.25, bound: 0x1p-20)
        let result = Self.result(
            "different", [Self.layer("conv1")],
            recorded: [Self.layer("conv1"), Self.layer("act", "activation", rho: .infinity, ulps: 12, "different", worst: worst)],
            differences: [Problem("verify.weight", "weight 'w' differs", kind: .different)])
        #expect(
            VerificationText(result: result).text == """
                different: rounding does not explain the difference
                  [verify.weight] weight 'w' differs

                model      net.cnnm, 1 layers
                golden     golden.npz: 2 recorded values
                input      image [2, 9, 8, 3]
                recomputed 1,000 of 2,500 elements
                largest    rho inf, 12.00 ulps

                first      act, activation, as recorded
                  element  [6, 0, 0, 3]
                  got      0.5
                  exact    -0.25
                  bound    9.5367431640625e-07

                layer  operator     rho  ulps  verdict
                conv1  convolution    0     0  identical

                the framework's own run:
                layer  operator     rho   ulps  verdict
                conv1  convolution    0      0  identical
                act    activation   inf  12.00  different

                """)
    }

    @Test func theDiagnosisComesRightAfterTheVerdict() {
        let plain = Self.result("different", [Self.layer("conv1")])
        let result = ModelVerification.Result(
            verdict: "different", subject: plain.subject, graph: plain.graph, layers: plain.layers,
            diagnosis: .init(
                node: "conv\n1", mistake: "kernel-flipped", finding: "the kernel is flipped", evidence: "undone, rho falls from 4e5 to 0.3"))
        let lines = VerificationText(result: result).text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[1] == "  layer 'conv\u{FFFD}1': the kernel is flipped (kernel-flipped)")
        #expect(lines[2] == "  undone, rho falls from 4e5 to 0.3")
    }

    @Test(arguments: [20, 21, 500]) func ofManyDifferencesTheFirstHaveLines(_ count: Int) {
        let problems = (0..<count).map { Problem("verify.weight", "weight \($0)", kind: .different) }
        let text = VerificationText(result: Self.result("different", [Self.layer("conv1")], differences: problems)).text
        #expect(text.split(separator: "\n").count { $0.hasPrefix("  [verify.weight] weight ") } == 20)
        #expect(text.contains("\n  … and ") == (count > 20))
        #expect(count != 500 || text.contains("\n  … and 480 more, which --json and --html list\n\nmodel "))
    }

    @Test func onATerminalOnlyVerdictsAreColoured() {
        let result = Self.result("rounding", [Self.layer("a"), Self.layer("b", rho: 1e9, ulps: .infinity, "different")])
        let coloured = VerificationText(result: result, isColoured: true).text
        #expect(coloured.hasPrefix("\u{1B}[32mrounding\u{1B}[0m: "))
        #expect(coloured.contains("  \u{1B}[31mdifferent\u{1B}[0m\n"))
        #expect(coloured.replacing(#/\u{1B}\[\d+m/#, with: "") == VerificationText(result: result).text)
    }

    static let hostileNames = [
        String(repeating: "deep/", count: 100) + "conv2d_17", String(repeating: "层", count: 90), String(repeating: "👩‍👩‍👧", count: 40),
        "a\u{1B}[31m\nb\tc",
        "\u{202E}gnp.exe", String(repeating: "e\u{301}", count: 200), "",
    ]

    @Test func anyNameFitsIn80Columns() throws {
        let names = Self.hostileNames
        let worst = Layer.Element(engine: "fast", index: [1, 1023, 1023, 4095], got: -1.2345678901234567e-300, exact: .nan, bound: .infinity)
        let layers = names.map { Self.layer($0, "transposed_convolution", rho: 1.234e300, ulps: 1.2e300, "inconclusive", worst: worst) }
        for name in names {
            let first = Self.layer(name, "transposed_convolution", rho: .infinity, ulps: .infinity, "different", worst: worst)
            let text = VerificationText(result: Self.result("different", [first] + layers)).text
            for line in text.split(separator: "\n") { #expect(ColumnText.width(String(line)) <= 80, "\(line)") }
            #expect(!text.unicodeScalars.contains { $0 != "\n" && [.control, .format].contains($0.properties.generalCategory) })
            // One line for each layer, whatever is in its name.
            #expect(text.split(separator: "\n").filter { $0.contains("transposed_convolution  ") }.count == layers.count + 1)
        }
        let text = VerificationText(result: Self.result("different", layers)).text
        #expect(text.contains("…"))
        #expect(text.contains("deep/conv2d_17  transposed_convolution"))
    }

    @Test func inLongTablesExactLayersInSequenceAreOneLine() {
        let noisy = Self.layer("conv", rho: 0.5, ulps: 1, "rounding")
        let exact = Self.layer("relu", "activation")
        func rows(_ layers: [Layer]) -> [String] {
            let lines = VerificationText(result: Self.result("rounding", layers)).text.split(separator: "\n").map(String.init)
            let head = lines.firstIndex { $0.hasPrefix("layer ") } ?? 0
            return lines[(head + 1)...].map { String($0.prefix(4)) == "conv" ? "conv" : String($0.prefix { $0 != " " } == "…" ? $0[...] : "relu") }
        }
        let short = [Layer](repeating: exact, count: 40)
        #expect(rows(short) == [String](repeating: "relu", count: 40))
        let long = [Layer](repeating: exact, count: 30) + [noisy, exact, exact, noisy, exact, exact, exact, noisy, noisy, noisy, noisy]
        #expect(
            rows(long) == [
                "… 30 layers identical, without any difference", "conv", "relu", "relu", "conv", "… 3 layers identical, without any difference",
                "conv",
                "conv", "conv", "conv",
            ])
    }

    /// Equal bits of both engines that are not the exact result have something to say.
    @Test func identicalLayersWithAnErrorKeepTheirLines() {
        let layers = [Layer](repeating: Self.layer("norm", rho: 0.1, ulps: 0.5), count: 50)
        #expect(!VerificationText(result: Self.result("identical", layers)).text.contains("…"))
    }
}
