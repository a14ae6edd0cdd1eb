import GraphImport
import KerasFormat
import ModelCore
import ModelGraph
import NumpyFormat
import TestSupport
import Testing
import Verification

/// Files written by real Keras, with the activations that real Keras recorded.
@Suite struct GoldenFixtureTests {
    /// Fixtures of layers that a later version will convert; each is refused by the name of the first layer here.
    static let refused = [
        "graph-operators": "Add", "keras2-operators": "TFOpLambda", "layers-normalization": "LayerNormalization",
        "layers-preprocessing": "Resizing", "layers-text": "Embedding", "layers-time-distributed": "TimeDistributed",
    ]

    static let cases = Fixture.names(in: "keras").filter { refused[$0] == nil }

    /// Each layer of the imported graph, given what Keras' own layer was given, makes what Keras made, as far as rounding allows.
    @Test(arguments: cases) func everyLayerReproducesKeras(_ name: String) throws {
        let graph = try KerasImporter.graph(from: KerasFile.read(path: Fixture.path("keras/\(name)/model.h5")))
        let golden = try Golden(path: Fixture.path("keras/\(name)/golden.npz"))
        let reports = try ForwardAnalysis.certify(graph, inputs: golden.inputs, trace: golden.activations, isLocal: true)
        #expect(!reports.isEmpty)
        for report in reports where report.verdict == .different {
            Issue.record("\(name): \(report)")
        }
    }
}

/// What a `golden.npz` holds.
struct Golden {
    var inputs: [String: Tensor<Float>] = [:]
    var outputs: [String: Tensor<Float>] = [:]
    var activations: [String: Tensor<Float>] = [:]

    init(path: String) throws {
        let archive = try NumpyArchive(path: path)
        for name in archive.names {
            guard let slash = name.firstIndex(of: "/"), let array = try archive.array(named: name) else { continue }
            let key = String(name[name.index(after: slash)...])
            switch name[..<slash] {
            case "inputs": inputs[key] = try array.floats()
            case "outputs": outputs[key] = try array.floats()
            case "activations": activations[key] = try array.floats()
            default: break
            }
        }
    }
}
