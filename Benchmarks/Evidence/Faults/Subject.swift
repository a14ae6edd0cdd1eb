import CNNConversion
import CNNMFormat
import Foundation
import InferenceEngine
import ModelCore
import ModelGraph
import Verification

/// A network from a framework's file, converted as it should be.
struct Subject: Sendable {
    let name: String
    let framework: Framework
    let path: String
    let graph: Graph
    /// The shape of every value for the inputs on which a network is tried.
    let shapes: [String: Shape]
    private let inputSizes: [String: Shape]

    enum Framework: String, Sendable {
        case keras = "Keras"
        case torch = "PyTorch"
    }

    init(name: String, framework: Framework, path: String) throws(ModelError) {
        (self.name, self.framework, self.path) = (name, framework, path)
        graph = try LoadedModel(path: path).graph()
        inputSizes = try TrialInput.make(for: graph, seed: 1).mapValues { Shape(known: $0.shape) }
        shapes = try graph.inferShapes(assuming: inputSizes)
    }

    /// Whether a graph can be run on the inputs of this one.
    func accepts(_ graph: Graph) -> Bool {
        guard let shapes = try? graph.inferShapes(assuming: inputSizes), (try? graph.inferShapes()) != nil else { return false }
        return shapes.count == self.shapes.count
    }

    /// What the fast engine makes of a seeded input.
    func outputs(of graph: Graph, seed: UInt64) throws(ModelError) -> [Tensor<Float>] {
        let inputs = try TrialInput.make(for: self.graph, seed: seed)
        let outputs = try InferencePlan(graph, options: InferenceOptions(threads: 1)).run(inputs)
        return graph.outputs.compactMap { outputs[$0.name] }
    }
}
