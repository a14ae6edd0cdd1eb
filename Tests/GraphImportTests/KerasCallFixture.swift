import ByteIO
import KerasFormat
import ModelCore
import ModelGraph
import TestSupport
import Testing
import Verification

@testable import GraphImport

/// A function of TensorFlow, an operation of its graph or an operator of Keras 3, and calls of it: `fixtures/keras-arguments`.
struct KerasCallFixture: Sendable, CustomTestStringConvertible {
    enum Kind: String, Sendable { case function, node, `operator` }

    /// A call as the framework writes it, in which one argument is unusual; in the first none is.
    struct Call: Sendable {
        let argument: String?
        let inputs: [(number: Int, shape: [Int])]
        let layers: [JSONObject]
        /// The results; `nil` where the framework has no kernel for the call on a CPU.
        let results: [Tensor<Float>]?
    }

    let kind: Kind
    let name: String
    let version: String
    private let isPositive: Bool
    let calls: [Call]
    /// Arguments that are the tensors of each call, and those of which no call with another value works.
    let tensors: [String]
    let untried: [String]

    var testDescription: String { "\(kind) \(name)" }

    static func all() throws -> [KerasCallFixture] {
        let table = try JSON.parse(Fixture.bytes("keras-arguments/calls.json"))
        let numbers = try #require(Golden("keras-arguments/runs.npz").outputs["all"]).scalars
        let runs = try #require(table["runs"]?.array).map { run in
            let (start, shape) = (run.array?.first?.integer ?? 0, run.array?.dropFirst().compactMap(\.integer) ?? [])
            return try #require(Tensor(shape: shape, scalars: Array(numbers[start..<start + shape.reduce(1, *)])))
        }
        return try #require(table["functions"]?.array).map { try KerasCallFixture($0, versions: table["versions"] ?? .null, runs: runs) }
    }

    private init(_ value: JSONValue, versions: JSONValue, runs: [Tensor<Float>]) throws {
        kind = try #require(value["kind"]?.string.flatMap(Kind.init))
        name = try #require(value["function"]?.string)
        version = try #require(versions[kind == .operator ? "keras" : "tf_keras"]?.string)
        isPositive = value["positive"]?.bool == true
        tensors = value["tensors"]?.array?.compactMap(\.string) ?? []
        untried = value["untried"]?.array?.compactMap(\.string) ?? []
        var calls: [Call] = []
        for call in value["cases"]?.array ?? [] {
            let inputs = call["inputs"]?.array?.map { ($0.array?.first?.integer ?? 0, $0.array?.dropFirst().compactMap(\.integer) ?? []) }
            var layers = call["layers"]?.array?.compactMap(\.object) ?? []
            if let plain = calls.first?.layers, plain.count == layers.count {
                layers = zip(plain, layers).map { layer, changes in
                    var layer = layer
                    for (key, value) in changes { layer[key] = value }
                    return layer
                }
            }
            calls.append(
                Call(
                    argument: call["argument"]?.string, inputs: inputs ?? calls.first?.inputs ?? [], layers: layers,
                    results: call["run"]?.array?.compactMap(\.integer).map { runs[$0] }))
        }
        self.calls = calls
    }

    /// `numbers` of fixtures/generate/keras_arguments.py.
    private func numbers(_ shape: [Int], _ start: Int) -> Tensor<Float> {
        Tensor(shape: shape) { position in
            let step = Float((position + start) * 37 % 64)
            return isPositive ? (step + 17) / 32 : (step - 31.5) / 32
        }
    }

    /// The call as the whole of a network.
    func graph(_ call: Call) throws(ModelError) -> Graph {
        func reference(_ name: String, _ tensor: Int = 0) -> JSONValue { .array([.string(name), .integer(0), .integer(tensor)]) }
        let inputs: [JSONValue] = call.inputs.map { input in
            let sizes: [JSONValue] = [.null] + input.shape.map(JSONValue.integer)
            return [
                "class_name": .string("InputLayer"), "name": .string("x\(input.number)"), "inbound_nodes": .array([]),
                "config": ["name": .string("x\(input.number)"), "batch_shape": .array(sizes)],
            ]
        }
        let last = call.layers.last?["name"]?.string ?? ""
        let outputs = (0..<(call.results?.count ?? 1)).map { reference(last, $0) }
        let model: JSONValue = [
            "class_name": .string("Functional"),
            "config": [
                "name": .string("model"), "layers": .array(inputs + call.layers.map(JSONValue.object)),
                "input_layers": .array(call.inputs.map { reference("x\($0.number)") }), "output_layers": .array(outputs),
            ],
        ]
        return try KerasImporter.graph(from: KerasModel(configuration: model, kerasVersion: version, backend: "tensorflow", layers: []))
    }

    /// Whether a graph computes the framework's results, within what rounding allows.
    func agrees(_ graph: Graph, _ call: Call) -> Bool {
        let inputs = call.inputs.map { ("x\($0.number)", numbers([1] + $0.shape, 50 * $0.number)) }
        let values = graph.outputs.map(\.value)
        let trace = Dictionary(zip(values, call.results ?? []).map { ($0, $1) }) { first, _ in first }
        let reports = try? ForwardAnalysis.certify(graph, inputs: Dictionary(uniqueKeysWithValues: inputs), trace: trace, isLocal: false)
        guard let reports, reports.count == Set(values).count, values.count == call.results?.count else { return false }
        return reports.allSatisfy { $0.verdict == .identical || $0.verdict == .rounding }
    }

    func title(_ call: Call) -> String { "\(kind) \(name) \(call.argument ?? "")" }

    /// The plain call with an argument that no version knows.
    func withUnknownArgument() -> Call {
        let call = calls[0]
        let layers = call.layers.map { layer in
            var layer = layer
            let isCall = layer["name"]?.string?.hasSuffix("layer") == true || call.layers.count == 1
            guard isCall, var config = layer["config"]?.object else { return layer }
            switch kind {
            case .operator: config["flavour"] = .string("sweet")
            case .node:
                var node = config["node_def"]?.object ?? JSONObject()
                var attributes = node["attr"]?.object ?? JSONObject()
                attributes["flavour"] = ["s": .string("c3dlZXQ=")]
                node["attr"] = .object(attributes)
                config["node_def"] = .object(node)
            case .function: layer["inbound_nodes"] = layer["inbound_nodes"].map(Self.flavoured)
            }
            layer["config"] = .object(config)
            return layer
        }
        return Call(argument: "flavour", inputs: call.inputs, layers: layers, results: call.results)
    }

    /// Keywords stand after each tensor in `inbound_nodes`.
    private static func flavoured(_ value: JSONValue) -> JSONValue {
        guard let array = value.array else { return value }
        guard array.count == 4, array[0].string != nil, var keywords = array[3].object else { return .array(array.map(flavoured)) }
        keywords["flavour"] = .string("sweet")
        return .array(array.prefix(3) + [.object(keywords)])
    }
}
