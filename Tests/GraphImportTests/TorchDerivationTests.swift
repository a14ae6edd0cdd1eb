import ModelCore
import ModelGraph
import ReferenceEngine
import Testing

@testable import GraphImport

/// Arithmetic on weights alone: what is computed, and what is recorded of it.
@Suite struct TorchDerivationTests {
    /// A network that adds the value `last` of these calls to its input; `w` is a weight.
    private func graph(_ calls: [TorchCall], last: String, w: Tensor<Float>) throws(ModelError) -> Graph {
        var network = TorchNetwork(name: "derived")
        network.inputs = [TorchInput(name: "x", sizes: [4])]
        network.weights = ["w": TorchWeight(name: "block.weight", source: WeightSource(w))]
        network.calls = calls + [TorchCall("add", ["self": .value("x"), "other": .value(last)], outputs: ["y"], module: "")]
        network.outputs = [TorchOutput(name: nil, value: "y")]
        return try TorchImporter.graph(from: network)
    }

    private func constant(_ graph: Graph) throws -> Weight { try #require(graph.weights.values.first) }

    private let w = Tensor<Float>(shape: [4]) { Float($0) }

    @Test func aDerivedWeightSaysWhatItWasMadeOf() throws {
        let calls = [
            TorchCall("exp", ["self": .value("w")], outputs: ["e"], module: "block"),
            TorchCall("mul", ["self": .value("e"), "other": .value("w")], outputs: ["p"], module: "block"),
            TorchCall("mul", ["self": .value("p"), "other": .number(2)], outputs: ["q"], module: "block"),
        ]
        let weight = try constant(try graph(calls, last: "q", w: w))
        #expect(weight.source.derivation == WeightDerivation(from: ["block.weight"], by: ["exp", "mul"]))
        let exponential = try Reference.evaluate(Activation(.exponential).erased, inputs: [w], weights: [:])
        #expect(try weight.source.tensor().scalars == zip(exponential.scalars, w.scalars).map { $0 * $1 * 2 })
    }

    @Test func viewsOfTheFileAreNoDerivedWeights() throws {
        let calls = [
            TorchCall("slice", ["self": .value("w"), "dim": .integer(0), "start": .integer(0), "end": .integer(.max)], outputs: ["s"], module: ""),
            TorchCall("unsqueeze", ["self": .value("s"), "dim": .integer(0)], outputs: ["u"], module: ""),
        ]
        let weight = try constant(try graph(calls, last: "u", w: w))
        #expect(weight.source.derivation == nil)
        #expect(weight.source.shape == [1, 4])
    }

    @Test func aPartOfATensorSaysWhereItIsFrom() throws {
        let whole = Tensor<Float>(shape: [3, 4]) { Float($0) }
        let calls = [TorchCall("select", ["self": .value("w"), "dim": .integer(0), "index": .integer(-1)], outputs: ["s"], module: "")]
        let weight = try constant(try graph(calls, last: "s", w: whole))
        #expect(weight.source.derivation == WeightDerivation(from: ["block.weight"], by: ["select"]))
        #expect(try weight.source.tensor().scalars == [8, 9, 10, 11])
    }

    /// `x + torch.zeros(2, 4)` of a program that was recorded for two samples: what all of them get is for any number of samples.
    @Test func whatEverySampleGetsIsForAnyNumberOfSamples() throws {
        func graph(_ array: Tensor<Float>, samples: Int) throws(ModelError) -> Graph {
            var network = TorchNetwork(name: "derived")
            network.inputs = [TorchInput(name: "x", sizes: [4])]
            network.recordedShapes = ["x": [samples, 4]]
            network.weights = ["c": TorchWeight(name: "lifted_tensor_0", source: WeightSource(array), isLiteral: true)]
            network.calls = [TorchCall("add", ["self": .value("x"), "other": .value("c")], outputs: ["y"], module: "")]
            network.outputs = [TorchOutput(name: nil, value: "y")]
            return try TorchImporter.graph(from: network)
        }
        let alike = Tensor<Float>(shape: [2, 4]) { Float($0 % 4) }
        let weight = try constant(try graph(alike, samples: 2))
        #expect(weight.source.shape == [1, 4])
        #expect(try weight.source.tensor().scalars == [0, 1, 2, 3])
        let different = Tensor<Float>(shape: [2, 4]) { Float($0) }
        for (array, samples) in [(different, 2), (alike, 1), (alike, 3)] {
            let error = try #require(throws: ModelError.self) { try graph(array, samples: samples) }
            #expect(error.problems.map(\.code) == ["torch.samples"])
        }
    }

    /// Arrays that stand in the code have no names of their own: parts of several of one shape stay apart.
    @Test(arguments: [false, true]) func partsOfSeveralArraysOfTheCodeStayApart(areViewed: Bool) throws {
        var network = TorchNetwork(name: "derived")
        network.inputs = [TorchInput(name: "x", sizes: [4])]
        var sum = "x"
        for number in 0..<3 {
            let array = Tensor<Float>(shape: [3, 4]) { Float(100 * number + $0) }
            let source = WeightSource(array, origin: "data/constants/tensor_\(number)")
            network.weights["c\(number)"] = TorchWeight(name: "lifted_tensor_\(number)", source: source, isLiteral: true)
            if areViewed {
                network.calls += [
                    TorchCall(
                        "view", ["self": .value("c\(number)"), "size": .list([.integer(1), .integer(12)])], outputs: ["v\(number)"], module: ""),
                    TorchCall(
                        "slice", ["self": .value("v\(number)"), "dim": .integer(1), "start": .integer(4), "end": .integer(8)],
                        outputs: ["s\(number)"], module: ""),
                ]
            } else {
                network.calls.append(
                    TorchCall(
                        "select", ["self": .value("c\(number)"), "dim": .integer(0), "index": .integer(1)], outputs: ["s\(number)"], module: ""))
            }
            network.calls.append(TorchCall("add", ["self": .value(sum), "other": .value("s\(number)")], outputs: ["y\(number)"], module: ""))
            sum = "y\(number)"
        }
        network.outputs = [TorchOutput(name: nil, value: sum)]
        let x = Tensor<Float>(shape: [2, 4]) { Float($0) }
        let result = try Reference.run(try TorchImporter.graph(from: network), inputs: ["x": x])
        // 4 to 7 of each array, which begin at 0, 100 and 200.
        let expected: [Float] = [312, 316, 320, 324, 316, 320, 324, 328]
        #expect(result.values.first?.scalars == expected)
    }

    /// Each sum reads the one before twice; computed anew for each reader it would take 2^60 steps.
    @Test func everyStepIsComputedOnce() throws {
        let calls = (0..<60).map { step in
            let before = TorchArgument.value(step == 0 ? "w" : "d\(step - 1)")
            return TorchCall("add", ["self": before, "other": before], outputs: ["d\(step)"], module: "")
        }
        #expect(try constant(try graph(calls, last: "d59", w: w)).source.tensor().scalars == w.scalars.map { $0 * 0x1p60 })
    }

    @Test func aChainWithoutEndIsRefused() {
        let calls = (0..<1001).map { step in
            TorchCall("exp", ["self": .value(step == 0 ? "w" : "d\(step - 1)")], outputs: ["d\(step)"], module: "")
        }
        do throws(ModelError) {
            _ = try graph(calls, last: "d1000", w: w)
            Issue.record("nothing was thrown")
        } catch {
            #expect(error.problems.first?.code == "derived.too-large")
        }
    }

    /// A place that is not there is found when the weight is read.
    @Test func placesBeyondTheTableAreRefused() throws {
        let calls = [TorchCall("index", ["self": .value("w"), "indices": .list([.value("places")])], outputs: ["p"], module: "")]
        var network = TorchNetwork(name: "derived")
        network.inputs = [TorchInput(name: "x", sizes: [2])]
        network.weights = [
            "w": TorchWeight(name: "w", source: WeightSource(w)),
            "places": TorchWeight(name: "places", source: WeightSource(Tensor(shape: [2]) { Float($0) * 4 })),
        ]
        network.calls = calls + [TorchCall("add", ["self": .value("x"), "other": .value("p")], outputs: ["y"], module: "")]
        network.outputs = [TorchOutput(name: nil, value: "y")]
        let weight = try constant(try TorchImporter.graph(from: network))
        #expect(throws: ModelError.self) { try weight.source.tensor() }
    }

    private func refusal(_ calls: [TorchCall]) -> Problem? {
        do throws(ModelError) {
            _ = try graph(calls, last: "last", w: w)
            return nil
        } catch {
            return error.problems.first
        }
    }

    /// PyTorch adds truth values to a truth value, which a sum of the numbers 1 is not.
    @Test func arithmeticOnTruthValuesIsRefused() {
        let truths = TorchCall("to", ["self": .value("w"), "dtype": .text("bool")], outputs: ["t"], module: "")
        let sum = refusal([truths, TorchCall("add", ["self": .value("t"), "other": .value("t")], outputs: ["last"], module: "")])
        #expect(sum?.code == "torch.unsupported-call")
        #expect(sum?.message.contains("computes with truth values") == true)
        let moved = TorchCall("flip", ["self": .value("t"), "dims": .list([.integer(0)])], outputs: ["last"], module: "")
        #expect(refusal([truths, moved]) == nil)
    }

    /// `torch.arange(x.shape[0])` is another number for each sample; `torch.zeros(x.shape[0], 4)` is not.
    @Test func whatDiffersBetweenSamplesIsRefused() {
        let count = TorchCall("size", ["self": .value("x"), "dim": .integer(0)], outputs: ["n"], module: "")
        let range = TorchCall("arange", ["end": .value("n")], outputs: ["r"], module: "")
        let column = TorchCall("unsqueeze", ["self": .value("r"), "dim": .integer(1)], outputs: ["last"], module: "")
        #expect(refusal([count, range, column])?.code == "torch.samples")
        let zeros = TorchCall("zeros", ["size": .list([.value("n"), .integer(4)])], outputs: ["last"], module: "")
        #expect(refusal([count, zeros]) == nil)
        // Two of them are as many as there are samples by chance.
        let two = TorchCall("slice", ["self": .value("z"), "dim": .integer(0), "end": .integer(2)], outputs: ["last"], module: "")
        let all = TorchCall("zeros", ["size": .list([.value("n"), .integer(4)])], outputs: ["z"], module: "")
        #expect(refusal([count, all, two])?.code == "torch.samples")
    }

    @Test func placesEquallyFarApartAreOneRun() {
        let runs = EvenRun.runs(of: [3, 0, 2, 4, 5, 5, 1])
        #expect(
            runs == [EvenRun(range: 3..<4, step: 1), EvenRun(range: 0..<5, step: 2), EvenRun(range: 5..<6, step: 1)] + [
                EvenRun(range: 5..<6, step: 1), EvenRun(range: 1..<2, step: 1),
            ])
    }

    /// Parts of literals, and equal parts of one tensor under several shapes, are not taken for each other.
    @Test func partsAreToldFromEachOther() throws {
        let table = Tensor<Float>(shape: [2, 4]) { Float($0) }
        func part(_ source: String, _ shape: [Int], _ output: String) -> [TorchCall] {
            let sizes = TorchArgument.list(shape.map(TorchArgument.integer))
            let cut: [String: TorchArgument] = ["self": .value("\(output) seen"), "dim": .integer(1), "start": .integer(0), "end": .integer(1)]
            return [
                TorchCall("view", ["self": .value(source), "size": sizes], outputs: ["\(output) seen"], module: ""),
                TorchCall("slice", cut, outputs: ["\(output) part"], module: ""),
                TorchCall("view", ["self": .value("\(output) part"), "size": .list([.integer(4)])], outputs: [output], module: ""),
            ]
        }
        var network = TorchNetwork(name: "parts")
        network.inputs = [TorchInput(name: "x", sizes: [4])]
        network.weights = [
            "a": TorchWeight(name: "a", source: WeightSource(table), isLiteral: true),
            "b": TorchWeight(name: "b", source: WeightSource(table.map { $0 * 8 }), isLiteral: true),
            "w": TorchWeight(name: "w", source: WeightSource(table.map { $0 * 64 })),
        ]
        let sources = [("a", [1, 2, 4]), ("b", [1, 2, 4]), ("w", [1, 2, 4]), ("w", [2, 2, 2]), ("w", [4, 2, 1])]
        for (number, (source, shape)) in sources.enumerated() {
            network.calls += part(source, shape, "p\(number)")
            let sum: [String: TorchArgument] = ["self": .value(number == 0 ? "x" : "y\(number - 1)"), "other": .value("p\(number)")]
            network.calls.append(TorchCall("add", sum, outputs: ["y\(number)"], module: ""))
        }
        network.outputs = [TorchOutput(name: "y", value: "y4")]
        let graph = try TorchImporter.graph(from: network)
        let result = try Reference.run(graph, inputs: ["x": Tensor<Float>(repeating: 0, shape: [1, 4])])
        // 9 k of both literals, and 64 times the sums 0, 1 + 1 + 2, 2 + 4 + 4 and 3 + 5 + 6.
        #expect(result["y"]?.scalars == [0, 9 + 256, 18 + 640, 27 + 896])
    }
}
