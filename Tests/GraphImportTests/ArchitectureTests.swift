import ByteIO
import TestSupport
import Testing

@testable import GraphImport

/// The catalogue's networks are those that `fixtures/generate/applications.py` found in keras.applications, layer by layer.
@Suite struct ArchitectureTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let label: String
        let layers: Int
        let parameters: Int
        let digest: String
        var testDescription: String { "\(name) \(label)" }
    }

    static let cases: [Case] = {
        guard let text = try? Fixture.bytes("applications/digests.json"), let value = try? JSON.parse(text) else { return [] }
        return (value.object ?? JSONObject()).map { key, value in
            let parts = key.split(separator: " ", maxSplits: 1).map(String.init)
            return Case(
                name: parts[0], label: parts[1], layers: value["layers"]?.integer ?? 0, parameters: value["parameters"]?.integer ?? 0,
                digest: value["sha256"]?.string ?? "")
        }
    }()

    @Test func everyNetworkOfKerasIsInTheCatalogue() {
        #expect(Set(Self.cases.map(\.name)).sorted() == ArchitectureCatalogue.names)
        #expect(ArchitectureCatalogue.names.count == 40)
    }

    /// `python fixtures/generate/applications.py --print NAME LABEL` prints the text that Keras gives; `sketchText` is ours.
    @Test("a network has the layers, connections, settings and variables of Keras'", arguments: cases)
    func sketch(_ wanted: Case) throws {
        let architecture = try #require(ArchitectureCatalogue.all.first { $0.name == wanted.name })
        let head: Architecture.Head = wanted.label == "notop" ? .features(nil) : .classes(1000)
        let label = ["top", "notop"].contains(wanted.label) ? "" : wanted.label
        let variant = try #require(architecture.variants.first { $0.label == label })
        let sketch = variant.sketch(head)
        let layers = sketch.ordered
        #expect(layers.count { !$0.isOperator } == wanted.layers)
        #expect(layers.flatMap(\.weights).reduce(0) { $0 + $1.reduce(1, *) } == wanted.parameters)
        let text = Self.sketchText(layers)
        #expect(Digest256(hashing: Array(text.utf8)).hexadecimal == wanted.digest, "\(text.prefix(60000))")
    }

    @Test func everyVariantIsHeldAgainstKerasOrIsTheSameWithOneLayerMore() {
        for architecture in ArchitectureCatalogue.all {
            for variant in architecture.variants where !variant.label.isEmpty {
                let isKnown = Self.cases.contains { $0.name == architecture.name && $0.label == variant.label }
                #expect(isKnown || variant.label == EfficientNet.imageNet)
            }
        }
    }

    // MARK: Text

    private static let defaults: [String: JSONValue] = [
        "strides": .array([.integer(1), .integer(1)]), "axis": .array([.integer(-1)]), "activation": .string("linear"),
    ]

    private static func sketchText(_ layers: [KerasSketch.Layer], indent: String = "") -> String {
        layers.map { layer in
            let settings = layer.config.filter { defaults[$0.key] != $0.value }.sorted { $0.key < $1.key }
                .map { "\"\($0.key)\":\(json($0.value))" }
            let reads = layer.inputs + (layer.literal.map { [json(.number($0)).filter { $0 != "\"" }] } ?? [])
            let shapes = "[" + layer.weights.map { "[\($0.map(String.init).joined(separator: ","))]" }.joined(separator: ",") + "]"
            let line = "\(layer.className) \(layer.name) (\(reads.joined(separator: ","))) {\(settings.joined(separator: ","))} \(shapes)"
            return indent + line + "\n" + sketchText(layer.inner, indent: indent + "  ")
        }.joined()
    }

    private static func json(_ value: JSONValue) -> String {
        switch value {
        case .array(let array): "[\(array.map(json).joined(separator: ","))]"
        case .bool(let bool): "\(bool)"
        case .integer(let integer): "\(integer)"
        case .number(let number):
            if let integer = Int(exactly: number) { "\(integer)" } else { "\"0x\(String(number.bitPattern, radix: 16))\"" }
        case .string(let string): "\"\(string)\""
        default: "null"
        }
    }
}
