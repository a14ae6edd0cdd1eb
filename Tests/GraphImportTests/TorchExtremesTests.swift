import ModelCore
import ModelGraph
import Testing

@testable import GraphImport

/// Numbers that no network has, in every argument of every function: each call is converted or refused, and nothing ends the program.
@Suite struct TorchExtremesTests {
    private static let image = TorchInput(name: "x", sizes: [4, 9, 12])

    private func graph(_ function: String, _ arguments: [String: TorchArgument]) throws(ModelError) -> Graph {
        var network = TorchNetwork(name: "extreme")
        network.inputs = [Self.image]
        let kernel = WeightSource(Tensor(repeating: 1, shape: [4, 4, 3, 3]), origin: "kernel")
        network.weights = ["w": TorchWeight(name: "w", source: kernel)]
        network.calls = [TorchCall(function, arguments, outputs: ["y"], module: "")]
        network.outputs = [TorchOutput(name: nil, value: "y")]
        return try TorchImporter.graph(from: network)
    }

    @Test(arguments: TorchFunction.allCases, ["x", "w"]) func everyNumberEverywhere(_ function: TorchFunction, of value: String) {
        var tensors: [String: TorchArgument] = [
            "self": .value(value), "input": .value(value), "weight": .value("w"), "other": .value(value),
            "tensors": .list([.value(value), .value(value)]), "v": .value(value), "g": .value(value), "tensor1": .value(value),
            "tensor2": .value("w"), "indices": .list([.none, .value("w")]),
        ]
        if function == .lerp { tensors["end"] = .value(value) }
        for names in (TorchSignature.overloads(function.rawValue) ?? []).map(\.names) {
            for name in names where tensors[name] == nil || name == "other" {
                for number in [Int.min, Int.min + 1, -1 << 40, -2, -1, 0, 1, 2, 3, 1 << 40, .max - 1, .max] {
                    for value in [
                        TorchArgument.integer(number), .list([.integer(number)]), .list([.integer(number), .integer(number)]),
                        .number(Double(number)), .list([.number(Double(number)), .number(0.1)]),
                    ] {
                        for base in [-1, 1, 2, Int.max] {
                            var arguments = tensors
                            for other in names where arguments[other] == nil { arguments[other] = .integer(base) }
                            arguments[name] = value
                            do throws(ModelError) {
                                #expect(try graph(function.rawValue, arguments).outputs.count == 1)
                            } catch {
                                #expect(!error.problems.isEmpty)
                            }
                        }
                    }
                }
            }
        }
    }

    @Test func narrowingFromTheEnd() throws {
        let graph = try graph("narrow", ["self": .value("x"), "dim": .integer(3), "start": .integer(-3), "length": .integer(2)])
        guard case .crop(let crop) = graph.nodes[0].operation else { throw ModelError(Problem("test", "no crop")) }
        #expect(crop.before == [0, 0, 0, 9])
        #expect(crop.after == [0, 0, 0, 1])
    }

    @Test func aSliceGoesForward() {
        #expect(throws: ModelError.self) { try graph("slice", ["self": .value("x"), "dim": .integer(2), "step": .integer(0)]) }
    }
}
