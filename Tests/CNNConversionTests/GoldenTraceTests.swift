import ByteIO
import CNNMFormat
import ModelCore
import ModelGraph
import TestSupport
import Testing

@testable import CNNConversion

/// What PyTorch recorded of a network with `record_torch.py`, against the network that was converted.
@Suite struct GoldenTraceTests {
    private let folder: TemporaryFolder
    private static let golden = Fixture.path("torch-golden/golden.npz")

    init() throws { folder = try TemporaryFolder() }

    private func verify(_ name: String, golden: String = golden) throws -> ModelVerification.Result {
        var options = ModelVerification.Options()
        options.golden = golden
        return try ModelVerification.verify(folder(name), options: options)
    }

    private func convert(_ name: String, to output: String, architecture: String? = nil) throws {
        var options = Conversion.Options()
        options.verifies = false
        options.architecture = architecture
        _ = try Conversion.convert(input: Fixture.path("torch-golden/\(name)"), output: folder(output), options: options)
    }

    /// All that PyTorch names and the network makes; what a container returns and what only hands on is no layer's.
    static let layers = [
        "stem.0", "stem.1", "stem.2", "block.first", "block.norm", "block.act", "block.second", "block.act:1", "block.short", "lines", "pool", "flat",
        "gate", "norm", "head", "prob",
    ]

    @Test(arguments: ["model.pt2", "model.pt"]) func everyModuleIsWhatPyTorchComputed(_ name: String) throws {
        try convert(name, to: "out.cnnm")
        let result = try verify("out.cnnm")
        #expect(result.verdict == "rounding")
        #expect(result.recorded.map(\.name) == Self.layers)
        #expect(result.recorded.allSatisfy { $0.rho <= 1 })
        #expect(result.remarks == ["3 recorded names are of no layer here: stem, block, drop"])
    }

    @Test func theSameOfAStateDict() throws {
        try convert("model.pt", to: "network.cnnm")
        try convert("state.pth", to: "out.cnnm", architecture: folder("network.cnnm"))
        let result = try verify("out.cnnm")
        #expect(result.verdict == "rounding")
        #expect(result.recorded.map(\.name) == Self.layers)
    }

    /// A fault of the network is found in the layer where it is, and in none after it.
    @Test(arguments: [("block.norm", "block.norm.weight", [0]), ("lines", "lines.weight", [1]), ("norm", "norm.running_mean", [0])])
    func aFaultIsDifferent(_ layer: String, _ name: String, _ axes: [Int]) throws {
        try convert("model.pt2", to: "out.cnnm")
        var document = try CNNMFile(path: folder("out.cnnm")).document
        document.fingerprints = nil
        let weight = try #require(document.graph.weights[name])
        document.graph.weights[name] = Weight(weight.source.flipped(axes: axes), layout: weight.layout)
        var output = try AtomicOutput(path: folder("bad.cnnm"))
        try CNNMWriter.write(document, to: &output)
        try output.commit()
        let result = try verify("bad.cnnm")
        #expect(result.verdict == "different")
        #expect(result.recorded.filter { $0.verdict == "different" }.map(\.name) == [layer])
    }

    @Test func callsOfAModuleAreItsNodes() {
        var graph = Graph(name: "calls")
        graph.nodes = ["a", "a:1", "b", "b:1", "b:2", "b:3", "c", "c:1", "c:2", "d", "d.e", "f"].map {
            Node(name: $0, operation: Identity().erased, inputs: [], output: $0)
        }
        let values = TorchModuleCalls(graph).values(["a", "a:1", "b", "b:1", "c", "c:1", "d", "d.e", "g"])
        #expect(values == ["a": "a", "a:1": "a:1", "b": "b:1", "b:1": "b:3", "d.e": "d.e"])
    }

    @Test func otherInputsAreRefused() throws {
        try convert("model.pt2", to: "out.cnnm")
        #expect(throws: ModelError.self) { try verify("out.cnnm", golden: Fixture.path("keras/graph-two-by-two/golden.npz")) }
    }

    /// Keras' own order of axes is channels-first here, and every layer is compared.
    @Test func channelsFirstOfKeras() throws {
        var options = Conversion.Options()
        options.verifies = false
        let name = "keras/layers-channels-first"
        _ = try Conversion.convert(input: Fixture.path("\(name)/model.h5"), output: folder("out.cnnm"), options: options)
        let result = try verify("out.cnnm", golden: Fixture.path("\(name)/golden.npz"))
        #expect(result.verdict == "rounding")
        #expect(result.remarks == [])
        #expect(Set(result.recorded.map(\.name)).isSuperset(of: try Golden("\(name)/golden.npz").activations.keys))
    }
}
