import CNNConversion
import ModelCore
import ModelGraph
import Testing

@Suite struct GraphComparisonTests {
    private func graph(
        kernel: [Float] = [1, 2, 3, 4], activation: ActivationFunction = .relu, prefix: String = "", padding: Padding = .valid
    ) -> Graph {
        var graph = Graph(name: "g")
        graph.inputs = [GraphInput(name: prefix + "x", shape: [nil, 5, 2])]
        let source = WeightSource(Tensor(shape: [1, 2, 2], generating: { kernel[$0] }))
        graph.weights = [prefix + "w": Weight(source, layout: .wio)]
        let convolution = Convolution(layout: .nwc, strides: [1], dilations: [1], groups: 1, padding: padding)
        graph.nodes = [
            Node(
                name: prefix + "c", operation: convolution.erased, inputs: [prefix + "x"], output: prefix + "c", weights: ["kernel": prefix + "w"]),
            Node(name: prefix + "a", operation: Activation(activation).erased, inputs: [prefix + "c"], output: prefix + "a"),
        ]
        graph.outputs = [GraphOutput(name: prefix + "a", value: prefix + "a")]
        return graph
    }

    private func code(_ written: Graph, _ source: Graph) -> String? {
        do throws(ModelError) {
            try GraphComparison.compare(written, with: source, threads: 1)
            return nil
        } catch { return error.problems.first?.code }
    }

    @Test func namesPlayNoPart() {
        #expect(code(graph(prefix: "other_"), graph()) == nil)
    }

    @Test func oneBitOfAWeightIsNoticed() {
        #expect(code(graph(kernel: [1, 2, 3, Float(4).nextUp]), graph()) == "verify.weight")
        #expect(code(graph(kernel: [1, 2, -0.0, 4]), graph(kernel: [1, 2, 0, 4])) == "verify.weight")
    }

    @Test func anotherFunctionIsNoticed() {
        #expect(code(graph(activation: .tanh), graph()) == "verify.different")
    }

    @Test func anotherShapeIsNoticed() {
        #expect(code(graph(padding: .explicit(before: [1], after: [0], mode: .constant)), graph()) == "verify.different")
        var other = graph()
        other.inputs[0].shape = [nil, 6, 2]
        #expect(code(other, graph()) == "verify.structure")
    }

    @Test func paddingInsideAndBeforeAConvolutionIsOneForm() {
        var before = graph()
        before.nodes.insert(Node(name: "p", operation: Pad(before: [0, 1, 0], after: [0, 2, 0]).erased, inputs: ["x"], output: "p"), at: 0)
        before.nodes[1].inputs = ["p"]
        #expect(code(before, graph(padding: .explicit(before: [1], after: [2], mode: .constant))) == nil)
    }

    /// Neither is a form of the other, and both give the same bits.
    @Test func otherwiseOutputsDecide() {
        var doubled = graph(activation: .relu)
        doubled.nodes.append(Node(name: "b", operation: Activation(.relu).erased, inputs: ["a"], output: "b"))
        doubled.outputs[0].value = "b"
        #expect(code(doubled, graph()) == nil)
    }
}
