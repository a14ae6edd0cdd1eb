import ByteIO
import GraphImport
import LayoutConversion
import ModelCore
import ModelGraph
import ReferenceEngine
import TestSupport
import Testing
import TorchFormat
import Verification
import ZIPArchive

/// Programs exported by real PyTorch, with the outputs that it computed.
@Suite struct TorchExportTests {
    static let names = Fixture.names(in: "torch-export")

    private func graph(_ name: String) throws -> Graph {
        let file = try MappedFile(path: Fixture.path("torch-export/\(name)/model.pt2"))
        return try TorchImporter.graph(from: TorchNetwork(try TorchProgram.read(try ZIPReader(file, caseMatters: true))))
    }

    /// Every output is what PyTorch computed, within the rounding that adds up on the way.
    @Test(arguments: names) func outputsReproducePyTorch(_ name: String) throws {
        let graph = try graph(name)
        let golden = try Golden("torch-export/\(name)/golden.npz")
        let outputs = golden.outputs.sorted { $0.key < $1.key }.map(\.value)
        #expect(graph.outputs.count == outputs.count)
        let trace = Dictionary(zip(graph.outputs.map(\.value), outputs), uniquingKeysWith: { first, _ in first })
        for report in try ForwardAnalysis.certify(graph, inputs: golden.inputs, trace: trace, isLocal: false) where report.verdict == .different {
            Issue.record("\(report)")
        }
    }

    /// The reference computes the same bits in PyTorch's layout and in ours, where the doors keep PyTorch's order.
    @Test(arguments: names) func layoutConversionChangesNoBit(_ name: String) throws {
        let graph = try graph(name)
        let golden = try Golden("torch-export/\(name)/golden.npz")
        let before = try Reference.run(graph, inputs: golden.inputs)
        let after = try Reference.run(try LayoutConversion.channelsLast(graph), inputs: golden.inputs)
        #expect(before.mapValues { $0.scalars.map(\.bitPattern) } == after.mapValues { $0.scalars.map(\.bitPattern) })
        #expect(before.mapValues(\.shape) == after.mapValues(\.shape))
    }

    /// There and back again every weight has the bits and the shape that it had.
    @Test(arguments: names) func layoutConversionIsItsOwnInverse(_ name: String) throws {
        let graph = try graph(name)
        let there = try LayoutConversion.convert(graph, to: .channelsLast, interface: .wanted).graph
        let back = try LayoutConversion.convert(there, to: .channelsFirst, interface: .wanted).graph
        #expect(Set(back.weights.keys) == Set(graph.weights.keys))
        for (key, weight) in graph.weights {
            // What `matmul` reads has the order of axes that the pass back gives to no other weight.
            let expected = weight.layout == .io ? weight.source.permuted(by: [1, 0]) : weight.source
            #expect(back.weights[key]?.source.shape == expected.shape, "\(key)")
            #expect(try back.weights[key]?.source.bytes() == expected.bytes(), "\(key)")
        }
    }
}
