import Foundation
import ModelCore
import ModelGraph
import Testing

@testable import CNNConversion

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// The page of `verify --html`.
@Suite struct VerificationPageTests {
    typealias Layer = ModelVerification.Layer

    static let hostile = "<script>alert('x')</script>\" onload=\"x\" & ]]> \u{0}\u{1B}[31m \u{FFFE}\u{202E}"

    static func result(_ names: [String], different: Int? = nil) -> ModelVerification.Result {
        let graph = GraphLayoutTests.graph(names.enumerated().map { ($1, [$0 == 0 ? "image" : names[$0 - 1]]) }, outputs: names.suffix(1))
        let layers = names.enumerated().map { number, name in
            let isDifferent = number == different
            let worst = Layer.Element(engine: "fast", index: [0, number], got: .nan, exact: 1, bound: 0)
            return Layer(
                name: name, operation: "activation", checked: 8, count: 9000, rho: isDifferent ? .infinity : Double(number) / 1000,
                ulps: isDifferent ? .infinity : 0.5, verdict: isDifferent ? "different" : "rounding", worst: isDifferent ? worst : nil)
        }
        var subject = ModelVerification.Subject(model: hostile, inputs: [.init(name: hostile, shape: [1, 4])])
        subject.source = hostile
        subject.golden = hostile
        let activation = Tensor<Float>(shape: [1, 4, 4, 2], generating: { $0 == 5 ? .nan : Float($0) })
        return ModelVerification.Result(
            verdict: different == nil ? "rounding" : "different", subject: subject, graph: graph, layers: layers, recorded: layers,
            differences: [Problem(hostile, hostile, kind: .different, at: Location(node: names.first))],
            diagnosis: different.map { .init(node: names[$0], mistake: hostile, finding: hostile, evidence: hostile) },
            differing: different.map {
                DifferingLayer(
                    name: names[$0], layout: .nhwc, ours: activation, theirs: Tensor(repeating: 1, shape: [1, 4, 4, 2]), theirsName: hostile)
            })
    }

    /// What a strict parser of XML sees: the names of elements with their attributes, and whether it came to the end.
    final class Reader: NSObject, XMLParserDelegate {
        var elements: [(name: String, attributes: [String: String])] = []

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?, attributes: [String: String] = [:]
        ) {
            elements.append((name, attributes))
        }

        static func read(_ text: String) -> Reader? {
            let reader = Reader()
            let parser = XMLParser(data: Data(text.utf8))
            parser.delegate = reader
            return parser.parse() ? reader : nil
        }

        func count(_ name: String, _ style: String) -> Int {
            elements.count { $0.name == name && ($0.attributes["class"] ?? "").split(separator: " ").contains(Substring(style)) }
        }
    }

    @Test(arguments: [[String](), ["conv1", "conv2", "prob"], [hostile, hostile + "2", ""], (0..<500).map { "layer\($0)" }], [true, false])
    func thePageIsWellFormedWithAnElementForEachNode(_ names: [String], _ differs: Bool) throws {
        let page = VerificationPage(Self.result(names, different: differs && !names.isEmpty ? names.count - 1 : nil)).text
        let reader = try #require(Reader.read(page))
        #expect(reader.count("g", "node") == names.count)
        #expect(reader.count("circle", "mark") == names.count)
        #expect(reader.count("path", "recorded") == names.count)
        #expect(reader.elements.count { $0.name == "tr" && $0.attributes["id"] != nil } == 2 * names.count)
        #expect(reader.elements.count { $0.name == "img" } == (differs && !names.isEmpty ? 6 : 0))
        let identifiers = reader.elements.compactMap { $0.attributes["id"] }
        #expect(Set(identifiers).count == identifiers.count)
        for element in reader.elements {
            for address in [element.attributes["href"], element.attributes["src"]].compactMap(\.self) {
                #expect(address.hasPrefix("data:image/bmp;base64,") || identifiers.contains(String(address.dropFirst())))
            }
        }
    }

    @Test func namesAreTextAndNothingElse() throws {
        let page = VerificationPage(Self.result([Self.hostile], different: 0)).text
        #expect(!page.contains("<script"))
        #expect(!page.contains("onload=\""))
        #expect(page.contains("&lt;script&gt;"))
        #expect(!page.unicodeScalars.contains { $0 != "\n" && [.control, .format].contains($0.properties.generalCategory) })
        let reader = try #require(Reader.read(page))
        #expect(!reader.elements.contains { $0.name == "script" || $0.attributes.keys.contains { $0.hasPrefix("on") } })
    }

    /// Nothing is fetched from anywhere.
    @Test func thePageStandsByItself() {
        let page = VerificationPage(Self.result(["a", "b"], different: 1)).text
        let addresses = page.matches(of: #/https?:[^"<) ]*/#).map { String($0.output) }
        #expect(Set(addresses) == ["http://www.w3.org/1999/xhtml", "http://www.w3.org/2000/svg"])
        #expect(!page.contains("url("))
        #expect(!page.contains("@import"))
    }

    @Test func layersThatDifferFromTheSourceAreMarked() throws {
        let plain = Self.result(["a", "b", "c"])
        let result = ModelVerification.Result(
            verdict: "different", subject: plain.subject, graph: plain.graph, layers: plain.layers,
            differences: [Problem("verify.weight", "weight", kind: .different, at: Location(node: "b"))])
        let reader = try #require(Reader.read(VerificationPage(result).text))
        #expect(
            reader.elements.filter { $0.name == "g" }.map { $0.attributes["class"] } == [
                "port", "node rounding", "node different", "node rounding", "port",
            ])
    }

    @Test func theVerdictComesFirst() throws {
        let page = VerificationPage(Self.result(["a", "b"], different: 1)).text
        let verdict = try #require(page.range(of: "≠ different"))
        let table = try #require(page.range(of: "<h2>Layers</h2>"))
        #expect(verdict.lowerBound < table.lowerBound)
        #expect(page.contains("<dt>bound</dt><dd>0.0</dd>"))
    }

    @Test(arguments: [
        (0.0, "0"), (0.5, "0.500"), (12.345, "12.35"), (99.996, "100.0"), (1120, "1120"), (99_999.4, "99999"), (99_999.6, "1.0e5"),
        (412_345, "4.1e5"),
        (0.0009999, "1.0e-3"), (0.001, "0.001"), (3e-9, "3.0e-9"), (1e308, "1.0e308"), (.infinity, "inf"), (.nan, "nan"),
    ]) func numbersAreShort(_ value: Double, _ text: String) {
        #expect(ReportNumber.text(value) == text)
    }

    @Test func longNamesKeepTheirEnds() {
        #expect(ColumnText.shortened("features.denseblock3.denselayer12.conv2", to: 20) == "featur…layer12.conv2")
        #expect(ColumnText.shortened("short", to: 20) == "short")
        #expect(ColumnText.width(ColumnText.shortened(String(repeating: "层", count: 30), to: 20)) <= 20)
    }
}
