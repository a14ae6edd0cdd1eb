import ByteIO
import Foundation
import KerasFormat
import ModelCore
import ModelGraph
import TestSupport
import Testing
import Verification

@testable import GraphImport

/// The kinds of files that Keras writes: one model in each of them is one graph.
@Suite struct KerasFilesTests {
    /// A file of `fixtures/keras-files`, and the file of its architecture where it has none.
    struct File: CustomTestStringConvertible, Sendable {
        let model: String
        let name: String
        var config: String?

        var testDescription: String { "\(model)/\(name)" + (config.map { " with \($0)" } ?? "") }
        func path(_ name: String) -> String { Fixture.path("keras-files/\(model)/\(name)") }

        func read() throws -> KerasModel {
            let file = try MappedFile(path: path(name))
            let model =
                name.hasSuffix(".keras")
                ? try KerasArchive.read(file) : name.hasSuffix(".json") ? try KerasShards.read(file) : try KerasFile.read(path: file.path)
            return try config.map { try model.adopting(KerasArchitecture.read(MappedFile(path: path($0)))) } ?? model
        }
    }

    static let models = Fixture.names(in: "keras-files")

    static let files = models.flatMap { model in
        Fixture.names(in: "keras-files/\(model)").flatMap { name -> [File] in
            if name.hasSuffix(".keras") { return [File(model: model, name: name)] }
            guard name == "model.weights.h5" || name == "weights-only.h5" || name == "sharded.weights.json" else { return [] }
            return ["model.json", "model.keras"].map { File(model: model, name: name, config: $0) }
        }
    }

    /// The graph of the same model in HDF5, whose correctness GoldenFixtureTests prove.
    static func expected(_ model: String) throws -> Graph {
        try KerasImporter.graph(from: KerasFile.read(path: Fixture.path("keras/\(model)/model.h5")))
    }

    @Test func everyKindIsHere() {
        #expect(Self.files.count >= 35)
        for name in ["sharded.weights.json", "backslashes.keras", "checkpoints.keras", "deflated.keras"] {
            #expect(Self.files.contains { $0.name == name })
        }
    }

    @Test(arguments: files) func everyKindGivesTheSameGraph(_ file: File) throws {
        let expected = try Self.expected(file.model)
        let result = try KerasImporter.convert(file.read())
        let graph = result.graph
        #expect(!result.isMatchedByOrder)
        #expect(graph.nodes == expected.nodes)
        #expect(graph.inputs == expected.inputs)
        #expect(graph.outputs == expected.outputs)
        #expect(Set(graph.weights.keys) == Set(expected.weights.keys))
        for (name, weight) in expected.weights {
            let found = try #require(graph.weights[name])
            #expect(found.layout == weight.layout)
            #expect(found.source.dtype == weight.source.dtype)
            #expect(found.source.shape == weight.source.shape)
            #expect(try found.source.bytes() == weight.source.bytes(), "\(name)")
        }
    }

    @Test(arguments: models) func everyLayerOfAnArchiveReproducesKeras(_ model: String) throws {
        let graph = try KerasImporter.graph(from: File(model: model, name: "model.keras").read())
        let golden = try Golden("keras/\(model)/golden.npz")
        let reports = try ForwardAnalysis.certify(graph, inputs: golden.inputs, trace: golden.activations, isLocal: true)
        #expect(Set(reports.map(\.name)) == Set(golden.activations.keys))
        for report in reports where report.verdict != .identical && report.verdict != .rounding { Issue.record("\(report)") }
    }

    @Test(arguments: models) func weightsUnderOtherNamesAreMatchedByOrder(_ model: String) throws {
        let result = try KerasImporter.convert(File(model: model, name: "weights-only.h5", config: "renamed.json").read())
        let expected = try Self.expected(model)
        #expect(result.isMatchedByOrder)
        #expect(result.graph.weightOrder.count == expected.weightOrder.count)
        for (name, other) in zip(result.graph.weightOrder, expected.weightOrder) {
            #expect(try result.graph.weights[name]?.source.bytes() == expected.weights[other]?.source.bytes(), "\(name)")
        }
    }

    @Test(arguments: models) func variablesByClassDoNotDependOnNames(_ model: String) throws {
        let result = try KerasImporter.convert(File(model: model, name: "model.weights.h5", config: "renamed.json").read())
        let expected = try Self.expected(model)
        for (name, other) in zip(result.graph.weightOrder, expected.weightOrder) {
            #expect(try result.graph.weights[name]?.source.bytes() == expected.weights[other]?.source.bytes(), "\(name)")
        }
    }

    @Test func theArchitectureOfAnotherModelIsRefused() throws {
        for (name, code) in [("weights-only.h5", "keras.layer-count"), ("model.weights.h5", "keras.missing-weight")] {
            let weights = try File(model: "graph-frozen", name: name).read()
            let other = try KerasArchitecture.read(MappedFile(path: Fixture.path("keras-files/digits-residual/model.json")))
            let error = #expect(throws: ModelError.self) { try KerasImporter.graph(from: weights.adopting(other)) }
            #expect(error?.problems.contains { $0.code == code } == true)
        }
    }

    @Test func aLayerThatModelsShareIsFoundWhereItWasSaved() throws {
        let expected = try KerasImporter.graph(from: KerasFile.read(path: Fixture.path("keras-shared-layer/model.h5")))
        let result = try KerasImporter.convert(KerasArchive.read(MappedFile(path: Fixture.path("keras-shared-layer/model.keras"))))
        #expect(result.sharedLayers == ["both"])
        #expect(result.graph.nodes == expected.nodes)
        for (name, weight) in expected.weights {
            #expect(try result.graph.weights[name]?.source.bytes() == weight.source.bytes(), "\(name)")
        }
    }

    @Test func anArchitectureSaysOrShowsItsVersion() throws {
        for model in Self.models {
            let architecture = try KerasArchitecture.read(MappedFile(path: Fixture.path("keras-files/\(model)/model.json")))
            #expect(architecture.kerasVersion == (model.hasPrefix("keras2") ? "2.21.0" : "3"))
        }
    }

    @Test(arguments: [
        ("Conv2D", "conv2d"), ("PReLU", "p_re_lu"), ("SeparableConv2D", "separable_conv2d"), ("DepthwiseConv1D", "depthwise_conv1d"),
        ("BatchNormalization", "batch_normalization"), ("Conv2DTranspose", "conv2d_transpose"), ("TFOpLambda", "tf_op_lambda"),
        ("RMSNormalization", "rms_normalization"), ("ELU", "elu"), ("GlobalAveragePooling2D", "global_average_pooling2d"),
        ("LeakyReLU", "leaky_re_lu"), ("ReLU", "re_lu"), ("My_Layer", "my__layer"), ("aB", "a_b"), ("", ""),
    ]) func namesAreThoseOfKeras(_ className: String, _ name: String) {
        #expect(KerasVariablePaths.snakeCase(className) == name)
    }
}
