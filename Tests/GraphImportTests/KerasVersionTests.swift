import ByteIO
import KerasFormat
import ModelCore
import ModelGraph
import ReferenceEngine
import TestSupport
import Testing

@testable import GraphImport

/// What versions mean differently, in models that are made here.
@Suite struct KerasVersionTests {
    @Test(arguments: [
        ("1.0.5", "1.0.6"), ("1.0.8", "1.1.0"), ("1.2.2", "2.0.0"), ("2.2.5", "2.10.0"), ("2.3.1", "2.2.4-tf"), ("2.2.4-tf", "2.5.0"),
        ("2.16.0", "3"), ("3.0.0", "3.10.0"), ("3.15.1", "3"), ("1.2.2", "1"), ("0.3.3", "2"),
    ]) func versionsAreOrdered(_ earlier: String, _ later: String) {
        #expect(KerasVersion(earlier) < KerasVersion(later))
    }

    @Test func anEraHoldsUntilTheNext() {
        let spread = KerasVersionTable.spread
        #expect(spread[KerasVersion("1.0.0")] == .deviation)
        #expect(spread[KerasVersion("1.0.5")] == .deviation)
        #expect(spread[KerasVersion("1.0.6")] == .variance)
        #expect(spread[KerasVersion("3.15.1")] == .variance)
        #expect(KerasVersionTable.hardSigmoid[KerasVersion("2.16.0")].slope == 0.2)
        #expect(KerasVersionTable.hardSigmoid[KerasVersion("3.0.0")].slope < 0.2)
        #expect(KerasVersionTable.centres[KerasVersion("2.2.4-tf")] == .halfPixels)
        #expect(KerasVersionTable.centres[KerasVersion("2.3.1")] == .corners)
    }

    /// A model of one layer, with its settings as JSON.
    private func model(
        _ className: String, _ settings: String, shape: String, version: String?, weights: [(String, Tensor<Float>)] = [], isApart: Bool = false
    ) throws -> KerasModel {
        let text = """
            {"class_name": "Sequential", "config": [{"class_name": "\(className)", "config": {
            "name": "layer", "batch_input_shape": [null, \(shape)], \(settings)}}]}
            """
        return KerasModel(
            configuration: try JSON.parse(Array(text.utf8)), configurationFile: isApart ? "model.json" : nil, kerasVersion: version, backend: nil,
            layers: [KerasLayerWeights(name: "layer", weights: weights.map { KerasWeight(name: $0.0, source: WeightSource($0.1)) })])
    }

    private func run(_ model: KerasModel, _ input: Tensor<Float>) throws -> [Float] {
        let graph = try KerasImporter.graph(from: model)
        let name = try #require(graph.inputs.first?.name)
        return try #require(Reference.run(graph, inputs: [name: input])["layer"]).scalars
    }

    private func codes(_ model: KerasModel) -> [String] {
        do throws(ModelError) {
            _ = try KerasImporter.graph(from: model)
            return []
        } catch { return error.problems.map(\.code) }
    }

    private var statistics: [(String, Tensor<Float>)] {
        [("gamma", 2), ("beta", 1), ("running_mean", 3), ("running_std", 4)].map { name, value in
            ("layer_\(name):0", Tensor(repeating: Float(value), shape: [2]))
        }
    }

    /// (x - 3) / (4 + 1) * 2 + 1 before 1.0.6, (x - 3) / sqrt(4 + 5) * 2 + 1 from there on, along either axis.
    @Test(arguments: [("1.0.5", 1, Float(13), Float(5)), ("1.0.6", 5, 12, 7)], [1, 3])
    func spreadIsADeviationAndThenAVariance(_ era: (version: String, epsilon: Int, input: Float, output: Float), _ axis: Int) throws {
        let settings = #""mode": 0, "axis": \#(axis), "epsilon": \#(era.epsilon)"#
        let model = try model("BatchNormalization", settings, shape: "2, 1, 2", version: era.version, weights: statistics)
        #expect(try run(model, Tensor(repeating: era.input, shape: [1, 2, 1, 2])) == Array(repeating: era.output, count: 4))
    }

    @Test func anUnknownVersionOfKeras1IsRefusedWhereItMatters() throws {
        func codes(_ version: String?, isApart: Bool) throws -> [String] {
            self.codes(
                try model("BatchNormalization", #""mode": 0, "axis": -1"#, shape: "2", version: version, weights: statistics, isApart: isApart))
        }
        #expect(try codes("1", isApart: false) == ["keras.version-unknown"])
        #expect(try codes(nil, isApart: true) == ["keras.version-unknown"])
        #expect(try codes(nil, isApart: false) == [])
    }

    @Test(arguments: [("2.3.1", ["keras.unsupported"]), ("2.2.4-tf", []), ("2.4.0", [])])
    func bilinearFromCornersIsRefused(_ version: String, _ expected: [String]) throws {
        let settings = #""size": [2, 2], "interpolation": "bilinear", "data_format": "channels_last""#
        #expect(codes(try model("UpSampling2D", settings, shape: "2, 2, 1", version: version)) == expected)
    }

    /// ZeroPadding2D of Keras 1 does not name its order of axes.
    @Test func theOrderOfAxesIsThatOfTheOtherLayers() throws {
        func shape(_ orders: [String], _ version: String) throws -> Shape? {
            let pooling = orders.enumerated().map { number, order in
                #", {"class_name": "MaxPooling2D", "config": {"name": "p\#(number)", "pool_size": [1, 1], "dim_ordering": "\#(order)"}}"#
            }
            let padding = #"{"class_name": "ZeroPadding2D", "config": {"name": "pad", "padding": [1, 2], "batch_input_shape": [null, 5, 6, 7]}}"#
            let text = #"{"class_name": "Sequential", "config": [\#(padding)\#(pooling.joined())]}"#
            let model = KerasModel(configuration: try JSON.parse(Array(text.utf8)), kerasVersion: version, backend: nil, layers: [])
            return try KerasImporter.graph(from: model).inferShapes()["pad"]
        }
        #expect(try shape(["tf"], "1.2.2") == Shape([nil, 7, 10, 7]))
        #expect(try shape(["th"], "1.2.2") == Shape([nil, 5, 8, 11]))
        #expect(try shape([], "1.0.8") == Shape([nil, 5, 8, 11]))
        #expect(try shape([], "1.1.0") == Shape([nil, 7, 10, 7]))
        #expect(throws: ModelError.self) { try shape(["tf", "th"], "1.2.2") }
    }

    @Test func anArchitectureOfKeras1WithoutAVersionIsKnownByItsWords() throws {
        let text = #"{"class_name": "Sequential", "config": [{"config": {"W_regularizer": null, "batch_input_shape": [null, 3]}}]}"#
        let folder = try TemporaryFolder()
        #expect(try KerasArchitecture.read(MappedFile(path: folder.write(Array(text.utf8), "model.json"))).kerasVersion == "1")
    }
}
