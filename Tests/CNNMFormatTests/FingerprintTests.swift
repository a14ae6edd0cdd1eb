import ByteIO
import Foundation
import ModelCore
import ModelGraph
import Testing

@testable import CNNMFormat

@Suite struct FingerprintTests {
    @Test(arguments: [
        Fingerprint(shape: [2, 1], projection: -0.1, digest: .zero), Fingerprint(shape: [], projection: nil, digest: .zero),
        Fingerprint(shape: [1, 1, 1, 1, 1, 1, 1, 1], projection: .leastNonzeroMagnitude, digest: .zero), .blank(shape: [3]),
    ])
    func comeBack(_ fingerprint: Fingerprint) throws {
        var document = tinyDocument()
        document.fingerprints = .recorded(FingerprintList(seed: .min, nodes: [fingerprint]))
        #expect(try opened(written(document)).document.fingerprints == document.fingerprints)
        document.fingerprints = .recorded(FingerprintList(seed: 0, inputs: [[4, 2], []], nodes: [fingerprint]))
        #expect(try opened(written(document)).document.fingerprints == document.fingerprints)
    }

    /// By hand: `5:dense1:01:11:x1:24:bias7:float326:vector1:164:...` for the tiny network.
    @Test func theDigestIsThatOfTheTextInTheSpecification() throws {
        let file = try opened(written(tinyDocument()))
        let node = try #require(file.document.graph.nodes.first)
        let tensors = Dictionary(uniqueKeysWithValues: file.tensors.map { ($0.name, $0) })
        let (kernel, bias) = (try #require(tensors["dense/kernel"]), try #require(tensors["dense/bias"]))
        let text = "5:dense1:01:11:x1:24:bias7:float326:vector1:164:\(bias.digest)6:kernel7:float322:io3:2,164:\(kernel.digest)"
        #expect(NodeDigest(node, tensors: tensors).text == String(Digest256(hashing: Array(text.utf8)).hexadecimal.prefix(16)))
    }

    /// Attributes in the order of their names, numbers by their bits.
    @Test func attributesAreInTheDigest() {
        let node = Node(name: "n", operation: Activation(.hardTanh(minimum: -1, maximum: 6)).erased, inputs: ["x"], output: "y")
        let text = """
            10:activation1:38:function6:string9:hard_tanh7:maximum6:number16:40180000000000007:minimum6:number16:bff0000000000000\
            1:11:x1:0
            """
        #expect(NodeDigest(node, tensors: [:]).text == String(Digest256(hashing: Array(text.utf8)).hexadecimal.prefix(16)))
    }

    /// There is room for the longest projection, and no more room is taken than there is.
    @Test func theWriterFillsInWhatItIsTold() throws {
        var document = tinyDocument()
        document.fingerprints = .recorded(FingerprintList(seed: 1, nodes: [.blank(shape: [2, 1])]))
        var bytes: [UInt8] = []
        let final = Fingerprints.recorded(
            FingerprintList(seed: 1, nodes: [Fingerprint(shape: [2, 1], projection: -1.2345678901234567e-300, digest: .zero)]))
        var output = try AtomicOutput(path: temporaryName())
        try CNNMWriter.write(
            document, to: &output,
            fingerprint: { graph, tensors throws(ModelError) in
                for entry in tensors { bytes += try graph.weights[entry.name]?.source.bytes() ?? [] }
                return final
            })
        #expect(bytes == [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 0, 0, 0, 0x3F])
        #expect(try CNNMFile(path: output.temporaryPath).document.fingerprints == final)
        var other = try AtomicOutput(path: temporaryName())
        #expect(throws: ModelError.self) {
            try CNNMWriter.write(
                document, to: &other,
                fingerprint: { _, _ throws(ModelError) in .unknown(.string(String(repeating: "x", count: 1000))) })
        }
    }
}
