import CNNMFormat
import ModelCore
import ModelGraph
import NumpyFormat
import TestSupport
import Testing
import Verification

/// Two networks that were trained in Keras, converted and run by the program, against what Keras itself recorded.
@Suite struct TrainedNetworkTests {
    private static let names = ["digits-lenet", "digits-residual"]

    /// A network with the activations of the program and of Keras, both for Keras' inputs.
    private func traces(_ name: String, engine: String) throws -> (graph: Graph, ours: [String: Tensor<Float>], keras: Golden) {
        let tool = try Tool(["in.h5": "keras/\(name)/model.h5"])
        let golden = try Golden("keras/\(name)/golden.npz")
        #expect(try tool("in.h5", "m.cnnm").status == 0)
        let image = try #require(golden.inputs.values.first)
        try NumpyArray.write(image, to: tool.folder("x.npy"), inputs: [])
        #expect(
            try tool("run", "m.cnnm", "--input", "x.npy", "--output", "y.npy", "--activations", "a.npz", "--engine", engine) == .init())
        let archive = try NumpyArchive(path: tool.folder("a.npz"))
        let ours = try archive.names.reduce(into: [:]) { $0[$1] = try archive.array(named: $1)?.floats() }
        let graph = try CNNMFile(path: tool.folder("m.cnnm")).document.graph
        let output = try #require(graph.outputs.first)
        #expect(try NumpyArray(path: tool.folder("y.npy")).floats() == ours[output.value])
        return (graph, ours, golden)
    }

    /// Layer by layer, given what the trace itself has, and from the inputs on, with the bounds that add up.
    @Test("every layer of the program's run, and of Keras', is what the network gives within rounding", arguments: names, ["fast", "reference"])
    func everyLayer(_ name: String, _ engine: String) throws {
        let (graph, ours, keras) = try traces(name, engine: engine)
        for isLocal in [true, false] {
            let mine = try ForwardAnalysis.certify(graph, inputs: keras.inputs, trace: ours, isLocal: isLocal)
            #expect(mine.map(\.name) == graph.nodes.map(\.name))
            let theirs = try ForwardAnalysis.certify(graph, inputs: keras.inputs, trace: keras.activations, isLocal: isLocal)
            #expect(Set(theirs.map(\.name)) == Set(keras.activations.keys))
            for report in mine + theirs where report.verdict != .identical && report.verdict != .rounding { Issue.record("\(report)") }
        }
    }

    @Test("the digit that the program sees is the one that Keras sees", arguments: names, ["fast", "reference"])
    func digits(_ name: String, _ engine: String) throws {
        let (graph, ours, keras) = try traces(name, engine: engine)
        let output = try #require(graph.outputs.first)
        let mine = largest(try #require(ours[output.value]))
        let theirs = largest(try #require(keras.outputs[output.name]))
        #expect(mine == theirs)
        #expect(mine.count == keras.labels.count)
        let hits = zip(mine, keras.labels).count { $0 == $1 }
        #expect(hits == zip(theirs, keras.labels).count { $0 == $1 })
        #expect(hits * 10 >= mine.count * 9)
    }

    /// The class of each row.
    private func largest(_ tensor: Tensor<Float>) -> [Int] {
        let classes = tensor.shape[1]
        return (0..<tensor.shape[0]).map { row in
            (0..<classes).reduce(0) { tensor.scalars[row * classes + $1] > tensor.scalars[row * classes + $0] ? $1 : $0 }
        }
    }
}
