import ByteIO
import ModelCore
import ModelGraph
import ReferenceEngine
import TestSupport
import Verification

@testable import GraphImport

/// A call of `fixtures/torch-arguments`: a network of one function.
struct TorchCallFixture {
    let function: String
    let overload: String
    /// The argument that has an unusual value; empty for a plain call.
    let changed: String
    var arguments: [String: TorchArgument] = [:]
    /// What PyTorch makes; none where it draws at random.
    private(set) var shapes: [[Int]] = []
    private var results: [Tensor<Float>] = []
    private var inputs: [String: Tensor<Float>] = [:]
    private var weights: [String: TorchWeight] = [:]
    /// Calls before, which make weights of a type that no file of the tests has.
    private var preparation: [TorchCall] = []
    /// What the function makes if it is no tensor: a number, or nothing.
    private var makes = ""

    struct Parameter {
        let name: String
        let isKeyword: Bool
        let preset: TorchArgument?
    }

    var title: String {
        let argument = changed.isEmpty ? [] : [changed, arguments[changed]?.text ?? "None"]
        return ([function, overload] + argument).joined(separator: " ")
    }

    private static func json() throws -> JSONValue { try JSON.parse(try Fixture.bytes("torch-arguments/calls.json")) }

    static func all() throws -> [TorchCallFixture] {
        guard let elements = try Golden("torch-arguments/results.npz").outputs["elements"]?.scalars else { return [] }
        var position = 0
        return try (try json()["calls"]?.array ?? []).map { value in
            var call = TorchCallFixture(value)
            for shape in call.shapes {
                let count = shape.reduce(1, *)
                guard let tensor = Tensor(shape: shape, scalars: Array(elements[position..<position + count])) else {
                    throw ModelError(Problem("test", ""))
                }
                call.results.append(tensor)
                position += count
            }
            return call
        }
    }

    static func signatures() throws -> [String: [[Parameter]]] {
        var result: [String: [[Parameter]]] = [:]
        for (name, overloads) in try json()["signatures"]?.object ?? JSONObject() {
            result[name] = (overloads.array ?? []).map { overload in
                (overload.array ?? []).map { parameter in
                    var ignored = TorchCallFixture()
                    return Parameter(
                        name: parameter["name"]?.string ?? "", isKeyword: parameter["keyword"]?.bool ?? false,
                        preset: parameter["default"].map { ignored.argument($0, "") })
                }
            }
        }
        return result
    }

    private init() { (function, overload, changed) = ("", "", "") }

    private init(_ json: JSONValue) {
        function = json["function"]?.string ?? ""
        overload = json["overload"]?.string ?? ""
        changed = json["changed"]?.string ?? ""
        makes = json["makes"]?.string ?? ""
        shapes = (json["shapes"]?.array ?? []).map { ($0.array ?? []).compactMap(\.integer) }
        for (name, value) in json["arguments"]?.object ?? JSONObject() { arguments[name] = argument(value, name) }
    }

    private mutating func argument(_ value: JSONValue, _ name: String) -> TorchArgument {
        if let tensor = value["tensor"] { return .value(add(tensor, name)) }
        if let number = value["number"]?.string.flatMap(Double.init) { return .number(number) }
        if let kind = value["kind"]?.string { return TorchElementType(kind) == nil ? .other(kind) : .text(kind) }
        switch value {
        case .array(let items): return .list(items.enumerated().map { argument($1, "\(name)\($0)") })
        case .integer(let value): return .integer(value)
        case .bool(let value): return .bool(value)
        case .string(let value): return .text(value)
        default: return value.double.map(TorchArgument.number) ?? .none
        }
    }

    private mutating func add(_ json: JSONValue, _ argument: String) -> String {
        let name = json["name"]?.string ?? argument
        let shape = (json["shape"]?.array ?? []).compactMap(\.integer)
        for kind in ["integers", "truths"] {
            guard let elements = json[kind]?.array?.compactMap(\.integer) else { continue }
            let source = WeightSource(dtype: .int64, shape: shape, origin: name) { range, consumer throws(ModelError) in
                var failure: ModelError?
                elements[range].map { Int64($0).littleEndian }.withUnsafeBytes { bytes in
                    do throws(ModelError) { try consumer(bytes) } catch { failure = error }
                }
                if let failure { throw failure }
            }
            weights[name] = TorchWeight(name: name, source: source)
            guard kind == "truths" else { return name }
            let arguments: [String: TorchArgument] = ["self": .value(name), "dtype": .text("bool")]
            preparation.append(TorchCall("to", arguments, outputs: ["\(name) truths"], module: ""))
            return "\(name) truths"
        }
        let (seed, isPositive) = (json["seed"]?.integer ?? 0, json["positive"]?.bool ?? false)
        let tensor = Self.formula(shape, seed: seed, isPositive: isPositive)
        if json["isInput"]?.bool == true { inputs[name] = tensor } else { weights[name] = TorchWeight(name: name, source: WeightSource(tensor)) }
        return name
    }

    private static func formula(_ shape: [Int], seed: Int, isPositive: Bool) -> Tensor<Float> {
        Tensor(shape: shape) { position in
            let number = Float((position * 37 + seed * 101) % 64 - 31) / 16
            return isPositive ? abs(number) + 0.25 : number
        }
    }

    /// The network; one that is about weights alone adds what it makes to an input of ones.
    func graph() throws(ModelError) -> Graph {
        var network = TorchNetwork(name: function)
        network.weights = weights
        for (name, tensor) in inputs.sorted(by: { $0.key < $1.key }) {
            network.inputs.append(TorchInput(name: name, sizes: tensor.shape.dropFirst().map(\.self)))
        }
        let count = max(shapes.count, 1)
        let outputs = (0..<count).map { "y\($0)" }
        network.calls = preparation + [TorchCall(function, arguments, outputs: makes == "nothing" ? [] : outputs, module: "")]
        if !makes.isEmpty {
            let input = inputs.keys.sorted().first ?? "x"
            if inputs.isEmpty { network.inputs = [TorchInput(name: input, sizes: [4, 3, 4])] }
            let factor: TorchArgument = makes == "nothing" ? .number(2) : .value(outputs[0])
            network.calls.append(TorchCall("mul", ["self": .value(input), "other": factor], outputs: ["product"], module: ""))
            network.outputs = [TorchOutput(name: nil, value: "product")]
            return try TorchImporter.graph(from: network)
        }
        for (number, output) in outputs.enumerated() {
            if inputs.isEmpty {
                let rank = shapes.indices.contains(number) ? shapes[number].count : 0
                if number == 0 { network.inputs = [TorchInput(name: "ones", sizes: Array(repeating: 1, count: max(rank, 1)))] }
                network.calls.append(TorchCall("mul", ["self": .value("ones"), "other": .value(output)], outputs: ["z\(number)"], module: ""))
                network.outputs.append(TorchOutput(name: nil, value: "z\(number)"))
            } else {
                network.outputs.append(TorchOutput(name: nil, value: output))
            }
        }
        return try TorchImporter.graph(from: network)
    }

    /// Holds the graph against what PyTorch computes, within what rounding allows.
    func check(_ graph: Graph) throws(ModelError) {
        do throws(ModelError) {
            if inputs.isEmpty, makes.isEmpty { return try checkDerived(graph) }
            var inputs = inputs
            if inputs.isEmpty { inputs["x"] = Self.formula(shapes[0], seed: 1, isPositive: false) }
            var trace: [String: Tensor<Float>] = [:]
            for (output, result) in zip(graph.outputs, results) { trace[output.value] = result }
            for (name, value) in inputs where trace[name] != nil && trace[name] != value {
                throw ModelError(Problem("test", "an input is given back"))
            }
            for report in try ForwardAnalysis.certify(graph, inputs: inputs, trace: trace, isLocal: false) where report.verdict == .different {
                throw ModelError(Problem("test", "\(report)"))
            }
        } catch {
            throw ModelError(Problem("test", "\(title): \(error)"))
        }
    }

    /// What is made of weights alone. Each is at most 24 roundings away from what PyTorch makes, which sums in another order, of numbers below 4.
    private func checkDerived(_ graph: Graph) throws(ModelError) {
        let ones = Tensor<Float>(repeating: 1, shape: [1] + Array(repeating: 1, count: max(shapes[0].count, 1)))
        let outputs = try Reference.run(graph, inputs: ["ones": ones])
        for (output, result) in zip(graph.outputs, results) {
            let got = outputs[output.name]
            guard got?.shape == [1] + (result.shape.isEmpty ? [1] : result.shape), let got else {
                throw ModelError(Problem("test", "the shape is \(got?.shape ?? []), not \(result.shape)"))
            }
            let largest = result.scalars.reduce(4) { max($0, abs($1)) }
            for (mine, theirs) in zip(got.scalars, result.scalars) where abs(mine - theirs) > 24 * 0x1p-24 * largest {
                throw ModelError(Problem("test", "\(mine) is not \(theirs)"))
            }
        }
    }
}
