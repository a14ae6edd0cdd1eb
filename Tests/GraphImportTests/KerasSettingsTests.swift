import ByteIO
import KerasFormat
import ModelCore
import ModelGraph
import TestSupport
import Testing
import Verification

@testable import GraphImport

/// Every setting of every layer once with an unusual value, against what Keras 3 and tf-keras compute then: `fixtures/keras-settings`.
@Suite struct KerasSettingsTests {
    /// A layer, and what is done to its configuration.
    struct Entry: CustomTestStringConvertible, Sendable {
        let version: String
        let className: String
        let inputs: [[Int]]
        let config: JSONObject
        let weights: [Variable]
        let run: Int
        let changes: [Change]
        let unchanged: [String]

        var testDescription: String { "\(className) of \(version)" }
    }

    struct Variable: Sendable {
        let name: String
        let shape: [Int]
    }

    struct Change: Sendable {
        let key: String
        let value: JSONValue
        /// The weights, where they are others.
        let weights: [Variable]?
        /// What Keras computes; `nil` where it has no kernel for that on a CPU.
        let run: Int?
    }

    static let entries: [Entry] = {
        let text = (try? Fixture.bytes("keras-settings/settings.json")) ?? []
        return ((try? JSON.parse(text))?.array ?? []).compactMap(entry)
    }()

    private static func entry(_ value: JSONValue) -> Entry? {
        guard let version = value["version"]?.string, let className = value["class"]?.string, let config = value["config"]?.object,
            let run = value["run"]?.integer
        else { return nil }
        let changes = (value["changes"]?.array ?? []).compactMap { change in
            change["key"]?.string.map { key in
                Change(key: key, value: change["value"] ?? .null, weights: change["weights"].map(variables), run: change["run"]?.integer)
            }
        }
        return Entry(
            version: version, className: className, inputs: (value["inputs"]?.array ?? []).map { $0.array?.compactMap(\.integer) ?? [] },
            config: config, weights: value["weights"].map(variables) ?? [], run: run, changes: changes,
            unchanged: (value["unchanged"]?.array ?? []).compactMap(\.string))
    }

    private static func variables(_ value: JSONValue) -> [Variable] {
        (value.array ?? []).compactMap { pair in
            pair.array?.first?.string.map { Variable(name: $0, shape: pair.array?.last?.array?.compactMap(\.integer) ?? []) }
        }
    }

    private static let positive: Set<String> = [
        "gamma", "moving_variance", "variance", "moving_stddev", "renorm_stddev", "scale",
    ]

    /// `numbers` of fixtures/generate/keras_settings.py.
    private func numbers(_ shape: [Int], _ start: Int, isPositive: Bool = false) -> Tensor<Float> {
        Tensor(shape: shape) { position in
            let step = Float((position + start) * 37 % 64)
            return isPositive ? (step + 17) / 32 : (step - 31.5) / 32
        }
    }

    private func inputs(_ entry: Entry) -> [String: Tensor<Float>] {
        var result: [String: Tensor<Float>] = [:]
        for (number, shape) in entry.inputs.enumerated() {
            var tensor = numbers([1] + shape, 50 * number)
            if entry.className == "Embedding" { tensor = Tensor(shape: tensor.shape) { ((tensor.scalars[$0] + 1) * 3).rounded(.toNearestOrEven) } }
            result["x\(number)"] = tensor
        }
        return result
    }

    /// The layer as the whole of a network.
    private func graph(_ entry: Entry, _ config: JSONObject, _ weights: [Variable]) throws(ModelError) -> Graph {
        func reference(_ name: String) -> JSONValue { .array([.string(name), .integer(0), .integer(0)]) }
        let ends = entry.inputs.indices.map { reference("x\($0)") }
        var layers: [JSONValue] = entry.inputs.enumerated().map { number, shape in
            let sizes: [JSONValue] = [.null] + shape.map(JSONValue.integer)
            return [
                "class_name": .string("InputLayer"), "name": .string("x\(number)"), "inbound_nodes": .array([]),
                "config": ["name": .string("x\(number)"), "batch_shape": .array(sizes)],
            ]
        }
        layers.append([
            "class_name": .string(entry.className), "name": .string("layer"), "inbound_nodes": .array([.array(ends)]), "config": .object(config),
        ])
        let model: JSONValue = [
            "class_name": .string("Functional"),
            "config": [
                "name": .string("model"), "layers": .array(layers), "input_layers": .array(ends), "output_layers": .array([reference("layer")]),
            ],
        ]
        let stored = weights.enumerated().map { number, variable in
            let tensor = numbers(variable.shape, 100 * number + 7, isPositive: Self.positive.contains(variable.name))
            return KerasWeight(name: variable.name, source: WeightSource(tensor))
        }
        return try KerasImporter.graph(
            from: KerasModel(
                configuration: model, kerasVersion: entry.version, backend: "tensorflow", layers: [KerasLayerWeights(name: "layer", weights: stored)])
        )
    }

    private func expect(_ graph: Graph, _ entry: Entry, gives run: Int, _ golden: Golden, _ what: Comment) throws {
        let expected = try #require(golden.outputs["\(run)"])
        let reports = try ForwardAnalysis.certify(graph, inputs: inputs(entry), trace: ["layer": expected], isLocal: false)
        #expect(reports.count == 1, what)
        for report in reports where report.verdict != .identical && report.verdict != .rounding { Issue.record("\(what) \(report)") }
    }

    /// What is refused rather than converted, by class and setting.
    private static let refused: Set<String> = [
        "BatchNormalization.axis [1, 2]", "DepthwiseConv1D.groups 2", "DepthwiseConv1D.groups 4", "DepthwiseConv2D.groups 2",
        "DepthwiseConv2D.groups 4", "Embedding.mask_zero true", "LayerNormalization.rms_scaling true", "Resizing.antialias true",
        "Resizing.crop_to_aspect_ratio true", "Resizing.pad_to_aspect_ratio true",
        "SeparableConv1D.groups 2", "SeparableConv1D.groups 4", "SeparableConv2D.groups 2", "SeparableConv2D.groups 4",
    ]

    @Test func everyLayerIsHere() {
        let classes = Set(Self.entries.map(\.className))
        let missing = KerasLayerKind.all.keys.filter { !classes.contains($0) }
        #expect(Set(missing) == ["CustomScaleLayer", "LayerScale", "StochasticDepth"])
        #expect(Self.entries.count > 165)
    }

    @Test(arguments: entries) func everySettingCountsAsKerasSays(_ entry: Entry) throws {
        let golden = try Golden("keras-settings/runs.npz")
        let usual = try graph(entry, entry.config, entry.weights)
        try expect(usual, entry, gives: entry.run, golden, "as it is")
        for change in entry.changes {
            var config = entry.config
            config[change.key] = change.value
            let name = "\(entry.className).\(change.key) \(KerasLayer.brief(change.value))"
            let changed: Graph
            do throws(ModelError) { changed = try graph(entry, config, change.weights ?? entry.weights) } catch {
                #expect(Self.refused.contains(name), "\(error)")
                #expect(error.problems.allSatisfy { $0.location.path?.hasSuffix("/config/" + change.key) == true }, "\(error)")
                continue
            }
            #expect(!Self.refused.contains(name), "\(name)")
            if let run = change.run {
                try expect(changed, entry, gives: run, golden, "\(name)")
            } else {
                #expect(changed.nodes != usual.nodes, "\(name)")
            }
        }
    }

    /// Settings that have no other value, or none that is of use here.
    @Test func nearlyEverySettingIsTried() {
        let tried = Set(Self.entries.flatMap(\.changes).map(\.key))
        let untried = Set(Self.entries.flatMap(\.unchanged)).subtracting(tried)
        #expect(
            untried == [
                "name", "dtype", "quantization_config", "batch_input_shape", "num_chains", "chain_depth", "all_ops", "num_ops",
                "brightness_factor", "contrast_factor", "saturation_factor", "hue_factor", "sigma", "x_factor", "y_factor",
            ])
    }

    @Test(arguments: entries) func anUnknownSettingIsRefusedByName(_ entry: Entry) {
        var config = entry.config
        config["flavour"] = .string("sweet")
        do throws(ModelError) {
            _ = try graph(entry, config, entry.weights)
            Issue.record("the setting is dropped")
        } catch {
            #expect(error.problems.map(\.code) == ["keras.unsupported-setting"])
            #expect(error.problems.first?.message.contains("has flavour 'sweet'") == true)
            #expect(error.problems.first?.location.path == "/model_config/config/layers/\(entry.inputs.count)/config/flavour")
        }
    }
}
