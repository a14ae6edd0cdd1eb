import ByteIO
import ModelCore
import ModelGraph
import Testing

@testable import CNNMFormat

@Suite struct ScaleTests {
    /// A chain in which every fourth layer has a weight of its own.
    private func chain(_ count: Int) -> CNNMDocument {
        var graph = Graph(name: "chain")
        graph.inputs = [GraphInput(name: "layer_0", shape: [nil, 2], layout: .nc)]
        for index in 1...count {
            let name = "layer_\(index)"
            var node = Node(name: name, operation: .activation(Activation(.relu)), inputs: ["layer_\(index - 1)"], output: name)
            if index % 4 == 0 {
                node.operation = .dense(Dense())
                node.weights = ["kernel": "\(name)/kernel"]
                graph.weights["\(name)/kernel"] = Weight(
                    WeightSource(Tensor(shape: [2, 2]) { Float(index + $0) }), layout: .io)
            }
            graph.nodes.append(node)
        }
        graph.outputs = [GraphOutput(name: "output", value: "layer_\(count)")]
        return CNNMDocument(graph, producer: producer)
    }

    @Test func aLongChainLoadsAtOnce() throws {
        // Unoptimised code is ten times slower than what a user runs.
        #if DEBUG
            let count = 10_000
        #else
            let count = 100_000
        #endif
        let bytes = try written(chain(count))
        let mapped = MappedFile(bytes: bytes, path: "chain.cnnm")
        var file: CNNMFile?
        let time = try ContinuousClock().measure { file = try CNNMFile(mapped) }
        #expect(file?.document.graph.nodes.count == count)
        // Ten times what it takes on a busy machine: this is to catch quadratic time.
        #expect(time < .seconds(10))
        try file?.checkIntegrity()
    }
}
