import ByteIO
@testable import GraphImport
import LayoutConversion
import ModelCore
import ModelGraph
import ReferenceEngine
import TestSupport
import Testing
import TorchFormat
import Verification
import ZIPArchive

/// Networks traced by real PyTorch, with the outputs that it computed.
@Suite struct TorchScriptTests {
    static let names = Fixture.names(in: "torch-script")

    private func network(_ path: String) throws -> TorchNetwork {
        let file = try MappedFile(path: Fixture.path(path))
        return try TorchNetwork(try TorchScript.read(try ZIPReader(file, caseMatters: true)))
    }

    /// Every output is what PyTorch computed, within the rounding that adds up on the way.
    @Test(arguments: names) func outputsReproducePyTorch(_ name: String) throws {
        let graph = try TorchImporter.graph(from: network("torch-script/\(name)/model.pt"))
        let golden = try Golden("torch-script/\(name)/golden.npz")
        let outputs = golden.outputs.sorted { $0.key < $1.key }.map(\.value)
        #expect(graph.outputs.count == outputs.count)
        let trace = Dictionary(zip(graph.outputs.map(\.value), outputs), uniquingKeysWith: { first, _ in first })
        for report in try ForwardAnalysis.certify(graph, inputs: golden.inputs, trace: trace, isLocal: false) where report.verdict == .different {
            Issue.record("\(report)")
        }
    }

    /// The reference computes the same bits in PyTorch's layout and in ours. In `scripted` and `frozen` a group normalisation of several channels sums
    /// in the order of memory, which is another one there; what they give is held by `outputsReproducePyTorch`.
    @Test(arguments: names.filter { !["scripted", "frozen"].contains($0) }) func layoutConversionChangesNoBit(_ name: String) throws {
        let graph = try TorchImporter.graph(from: network("torch-script/\(name)/model.pt"))
        let golden = try Golden("torch-script/\(name)/golden.npz")
        let before = try Reference.run(graph, inputs: golden.inputs)
        let after = try Reference.run(try LayoutConversion.channelsLast(graph), inputs: golden.inputs)
        #expect(before.mapValues { $0.scalars.map(\.bitPattern) } == after.mapValues { $0.scalars.map(\.bitPattern) })
    }

    @Test("the arguments of every function have names") func signatures() {
        let nameless = TorchFunction.allCases.filter { TorchSignature.overloads($0.rawValue) == nil }
        #expect(nameless == [.getItem])
    }

    @Test("modules, inputs and outputs have the names of the network") func interface() throws {
        let network = try network("torch-script/named/model.pt")
        #expect(network.inputs.map(\.name) == ["left", "right"])
        #expect(network.inputs.map(\.sizes) == [[3, 6, 7], [3, 6, 7]])
        #expect(network.outputs.map(\.name) == ["scores", "map", "right"])
        #expect(network.calls.filter { $0.module == "shared" }.map(\.function) == ["_convolution", "_convolution"])
        #expect(Set(network.weights.values.map(\.name)).contains("head.weight"))
    }

    @Test("an archive that does not say what it was traced with has open sizes") func openSizes() throws {
        let network = try network("torch-script/older/model.pt")
        #expect(network.inputs.map(\.sizes) == [[3, nil, nil]])
    }

    @Test("a frozen network without control flow is converted") func frozen() throws {
        let network = try network("torch/script-frozen.pt")
        #expect(network.inputs.map(\.sizes) == [[2, nil, nil]])
        #expect(network.calls.map(\.function) == ["conv2d", "relu", "mean", "linear", "linear", "add", "to", "add", "add"])
    }

    @Test("a scripted network is followed where its conditions are known") func controlFlow() throws {
        let network = try network("torch/script.pt")
        #expect(
            network.calls.map(\.function)
                == ["conv2d", "batch_norm", "relu", "mean", "linear", "linear", "add", "sum", "to", "add", "sum", "add"])
    }

    @Test("sizes that are given are the network's, and must agree with what the file says") func givenSizes() throws {
        let file = try MappedFile(path: Fixture.path("torch-script/older/model.pt"))
        let script = try TorchScript.read(try ZIPReader(file, caseMatters: true))
        #expect(try TorchNetwork(script, inputShapes: [InputShape([1, 3, 20, 30])]).inputs.map(\.sizes) == [[3, 20, 30]])
        #expect(try TorchNetwork(script, inputShapes: [InputShape(name: "image", [1, 3, 20, 30])]).inputs.map(\.sizes) == [[3, 20, 30]])
        for shape in [[1, 4, 20, 30], [1, 3, 20]] {
            let error = #expect(throws: ModelError.self) { try TorchNetwork(script, inputShapes: [InputShape(shape)]) }
            #expect(error?.problems.map(\.code) == ["convert.input-shape"])
        }
    }
}
