import ByteIO
import GraphImport
import KerasFormat
import LayoutConversion
import ModelCore
import ModelGraph
import ReferenceEngine
import TestSupport
import Testing
import TorchFormat
import Verification
import ZIPArchive

/// What is concluded of a converted graph, about the order in which it keeps the framework's values, is so.
@Suite struct KeptOrderTests {
    /// Brings each value that both graphs make from the source's order into the one that is concluded, and holds it against what the converted graph
    /// makes of such values: features that are summed in another order are within their bound, what is moved is the same to the last bit.
    /// - Returns: how many values were compared, of how many.
    private func compare(
        _ source: Graph, _ inputs: [String: Tensor<Float>], _ interface: LayoutConversion.Interface
    ) throws -> (compared: Int, all: Int) {
        let converted = try LayoutConversion.convert(source, to: .channelsLast, interface: interface).graph
        let orders = try KeptOrders(converted, interface: interface)
        var values: [String: Tensor<Float>] = [:]
        _ = try Reference.run(source, inputs: inputs) { name, tensor throws(ModelError) in values[name] = tensor }
        let kept = try Dictionary(
            uniqueKeysWithValues: inputs.map { name, array in (name, try #require(orders[name]?.kept(array), "the input \(name)")) })
        let made = converted.nodes.filter { values[$0.output] != nil }
        let trace = made.reduce(into: [:]) { trace, node in trace[node.output] = values[node.output].flatMap { orders[node.output]?.kept($0) } }
        let reports = try ForwardAnalysis.certify(converted, inputs: kept, trace: trace, isLocal: true)
        for report in reports where report.verdict == .different { Issue.record("\(report)") }
        return (reports.count, made.count)
    }

    @Test(arguments: TorchExportTests.names + ["../torch-golden"]) func ofPyTorch(_ name: String) throws {
        let file = try MappedFile(path: Fixture.path("torch-export/\(name)/model.pt2"))
        let graph = try TorchImporter.graph(from: TorchNetwork(try TorchProgram.read(try ZIPReader(file, caseMatters: true))))
        let (compared, all) = try compare(graph, try Golden("torch-export/\(name)/golden.npz").inputs, .wanted)
        // What is permuted and reshaped has no order that could be known.
        #expect(
            compared == all
                || [
                    "attention", "encoder", "movement", "products", "normalisation", "arithmetic", "../torch-golden", "activation", "pooling",
                    "derived", "open_sizes", "regions", "selection",
                ].contains(name))
        #expect(compared * (["attention", "encoder", "selection"].contains(name) ? 6 : 2) > all)
    }

    @Test(arguments: GoldenFixtureTests.names) func ofKeras(_ name: String) throws {
        let graph = try KerasImporter.graph(from: KerasFile.read(path: Fixture.path("keras/\(name)/model.h5")))
        let (compared, all) = try compare(graph, try Golden("keras/\(name)/golden.npz").inputs, .source)
        // What the network itself moves and cuts has no order that could be known.
        #expect(compared == all || ["keras2-functions-calls", "operators-calls", "operators-preprocessing"].contains(name))
        #expect(compared * 4 > all * 3)
    }
}
