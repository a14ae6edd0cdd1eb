import ByteIO
import Foundation
import ModelCore
import ModelGraph
import Testing

@testable import CNNMFormat

/// Compares all parts of two documents, weights by their bytes.
func expectEqual(_ left: CNNMDocument, _ right: CNNMDocument) throws {
    #expect(left.graph.name == right.graph.name)
    #expect(left.graph.inputs == right.graph.inputs)
    #expect(left.graph.outputs == right.graph.outputs)
    #expect(left.graph.nodes == right.graph.nodes)
    #expect(left.graph.weights.keys.sorted() == right.graph.weights.keys.sorted())
    for (name, weight) in left.graph.weights {
        let other = try #require(right.graph.weights[name])
        #expect(weight.layout == other.layout)
        #expect(weight.source.dtype == other.source.dtype)
        #expect(weight.source.shape == other.source.shape)
        #expect(try weight.source.bytes() == other.source.bytes())
        #expect(weight.source.derivation == other.source.derivation)
    }
    #expect(left.producer == right.producer)
    #expect(left.source == right.source)
    #expect(left.preprocessing == right.preprocessing)
    #expect(left.labels == right.labels)
    #expect(left.fingerprints == right.fingerprints)
    #expect(left.metadata == right.metadata)
}

@Suite struct RoundTripTests {
    @Test func everyMemberComesBack() throws {
        var document = tinyDocument()
        document.source = .init(
            framework: "keras", version: "2.15.0", file: "a \"model\".h5", digest: Digest256(hexadecimal: String(repeating: "0a", count: 32)))
        document.preprocessing = [.init(input: "x", channelOrder: "bgr", scale: [1 / 127.5], offset: [-1, -0.5])]
        document.labels = ["cat", "crane", "crane", "", "\u{0} \n \u{1F408}"]
        document.fingerprints = .unknown(.object(["version": .integer(2), "layers": .array([.number(1), .null, .bool(false)])]))
        document.graph.weights["dense/kernel"]?.source.derivation = WeightDerivation(from: ["w", "\""], by: ["mul", "add"])
        document.graph.weights["dense/bias"]?.source.derivation = WeightDerivation(from: [], by: ["zeros"])
        document.metadata = ["b": "2", "a": "1", "": "\\"]
        document.graph.outputs.append(GraphOutput(name: "the input again", value: "x"))
        let bytes = try written(document)
        let file = try opened(bytes)
        try expectEqual(file.document, document)
        #expect(try written(file.document) == bytes)
    }

    @Test func sourcesMayBeKnownInPart() throws {
        var document = tinyDocument()
        document.source = .init(framework: "onnx")
        #expect(try opened(written(document)).document.source == document.source)
    }

    @Test(arguments: DType.allCases) func everyTypeOfElementKeepsItsBits(_ dtype: DType) throws {
        for shape in [[], [1], [3], [2, 3], [1, 1, 1, 1, 1, 1, 1, 5]] {
            let count = shape.reduce(dtype.byteCount, *)
            // All bits set is a NaN with a payload where the type has NaNs.
            for bytes in [(0..<count).map { UInt8(truncatingIfNeeded: 37 * $0 + 1) }, [UInt8](repeating: 0xFF, count: count)] {
                let document = document(with: ["extra": weight(bytes, dtype, shape, .other)])
                let file = try opened(written(document))
                try file.checkIntegrity()
                #expect(file.tensor("extra")?.dtype == dtype)
                #expect(file.tensor("extra")?.shape == shape)
                #expect(try file.document.graph.weights["extra"]?.source.bytes() == bytes)
            }
        }
    }

    @Test(arguments: [
        "../x", "a/b:0", " ", "\n", "\"\\", "\u{7F}", "e\u{301}", "\u{1F9E0}", "\u{FEFF}", "\u{2028}", String(repeating: "n", count: 1024),
    ])
    func oddNamesComeBack(_ name: String) throws {
        var document = tinyDocument()
        document.graph.inputs[0].name = name
        document.graph.nodes[0].inputs = [name]
        document.graph.nodes[0].name = name
        document.graph.nodes[0].output = name + "!".prefix(name.utf8.count < 1024 ? 1 : 0)
        if name.utf8.count == 1024 { document.graph.nodes[0].output = "!" }
        document.graph.outputs[0] = GraphOutput(name: name, value: document.graph.nodes[0].output)
        document.graph.weights[name] = weight([7], .vector)
        document.graph.nodes[0].weights["bias"] = name
        document.graph.weights[name] = document.graph.weights.removeValue(forKey: "dense/bias")
        let file = try opened(written(document))
        try expectEqual(file.document, document)
        #expect(Array((file.tensor(name)?.name ?? "").utf8) == Array(name.utf8))
    }

    @Test func aFileWithoutWeightsEndsWithItsHeader() throws {
        var document = tinyDocument()
        document.graph.nodes = []
        document.graph.weights = [:]
        document.graph.outputs = [GraphOutput(name: "y", value: "x", layout: .nc)]
        let bytes = try written(document)
        #expect(bytes.last == UInt8(ascii: "}"))
        #expect(codes(of: bytes) == [])
        #expect(codes(of: bytes + [0]) == ["cnnm.trailing"])
    }

    @Test func weightsKeepTheFileOpen() throws {
        let name = temporaryName()
        defer { try? FileManager.default.removeItem(atPath: name) }
        var output = try AtomicOutput(path: name)
        try CNNMWriter.write(tinyDocument(), to: &output)
        try output.commit()
        var source: WeightSource?
        do { source = try CNNMFile(path: name).document.graph.weights["dense/bias"]?.source }
        #expect(try source?.bytes() == [0, 0, 0, 0x3F])
    }
}
