import GraphImport
import KerasFormat
import LayoutConversion
import ModelCore
import ModelGraph
import ReferenceEngine
import TestSupport
import Testing
import Verification

/// Files written by real Keras, with the activations that real Keras recorded.
@Suite struct GoldenFixtureTests {
    static let names = Fixture.names(in: "keras")
    /// Results of layers that are numbers made of sizes, and no values of a graph.
    private static let sizes: [String: Set<String>] = ["keras2-functions-sizes": ["tf.cast"]]

    /// Each layer of the imported graph, given what Keras' own layer was given, makes what Keras made, as far as rounding allows.
    @Test(arguments: names) func everyLayerReproducesKeras(_ name: String) throws {
        let graph = try KerasImporter.graph(from: KerasFile.read(path: Fixture.path("keras/\(name)/model.h5")))
        let golden = try Golden("keras/\(name)/golden.npz")
        let reports = try ForwardAnalysis.certify(graph, inputs: golden.inputs, trace: golden.activations, isLocal: true)
        #expect(Set(reports.map(\.name)) == Set(golden.activations.keys).subtracting(Self.sizes[name] ?? []))
        for report in reports where report.verdict != .identical && report.verdict != .rounding { Issue.record("\(report)") }
    }

    /// The whole network, from its inputs on, gives the outputs that Keras gave, within the rounding that adds up on the way.
    @Test(arguments: names) func outputsReproduceKeras(_ name: String) throws {
        let graph = try KerasImporter.graph(from: KerasFile.read(path: Fixture.path("keras/\(name)/model.h5")))
        let golden = try Golden("keras/\(name)/golden.npz")
        // Outputs that the model's author named are recorded under their layers' names.
        let trace = graph.outputs.reduce(into: [:]) { trace, output in
            trace[output.value] = golden.outputs[output.name] ?? golden.outputs[output.value]
        }
        #expect(trace.count == golden.outputs.count)
        for report in try ForwardAnalysis.certify(graph, inputs: golden.inputs, trace: trace, isLocal: false) where report.verdict == .different {
            Issue.record("\(report)")
        }
    }

    /// The reference computes the same bits in the source's layout and in ours: no axis is lost on the way.
    @Test(arguments: names) func layoutConversionChangesNoBit(_ name: String) throws {
        let graph = try KerasImporter.graph(from: KerasFile.read(path: Fixture.path("keras/\(name)/model.h5")))
        let golden = try Golden("keras/\(name)/golden.npz")
        let converted = try LayoutConversion.channelsLast(graph)
        let before = try Reference.run(graph, inputs: golden.inputs)
        let after = try Reference.run(converted, inputs: golden.inputs)
        #expect(before.mapValues { $0.scalars.map(\.bitPattern) } == after.mapValues { $0.scalars.map(\.bitPattern) })
        #expect(before.mapValues(\.shape) == after.mapValues(\.shape))
    }
}
