import CNNMFormat
import InferenceEngine
public import ModelCore
import ModelGraph

/// A network from a `.cnnm` file, ready to run.
///
/// A model does not change once it is made, and keeps no file open; the file may be changed or removed then. Several threads may ask it for
/// predictions at once.
public struct Model: Sendable {
    /// The name that the network bears in the file, possibly empty.
    public let name: String

    /// What `predict` takes, in the network's order.
    public let inputs: [Port]

    /// What `predict` gives, in the network's order.
    public let outputs: [Port]

    private let plan: InferencePlan

    /// Opens the file at `path` and loads its weights.
    ///
    /// - Parameters:
    ///   - path: a `.cnnm` file.
    ///   - threads: how many threads one prediction uses, 1 to 256; other numbers become the nearest of these. As many as there are processors if
    ///     `nil`.
    ///   - checksIntegrity: whether every byte of the weights is held against its SHA-256 first. The header always is.
    /// - Throws: `file.*` where the file cannot be read, or is changed while it is; `cnnm.*`, `json.*` and `graph.*` where it is no valid `.cnnm`; `run.too-large` where its
    ///   weights do not fit into memory.
    public init(contentsOf path: String, threads: Int? = nil, checksIntegrity: Bool = false) throws(ModelError) {
        let file = try CNNMFile(path: path)
        do throws(ModelError) {
            if checksIntegrity { try file.checkIntegrity() }
            let graph = file.document.graph
            let options = threads.map { InferenceOptions(threads: $0) } ?? InferenceOptions()
            plan = try InferencePlan(graph, options: options)
            try file.requireUnchanged()
            name = graph.name
            inputs = graph.inputs.map { Port(name: $0.name, shape: $0.shape, layout: $0.layout) }
            outputs = graph.outputs.map { Port(name: $0.name, shape: file.shapes[$0.value] ?? Shape([]), layout: $0.layout) }
        } catch {
            throw error.locating(file: path)
        }
    }

    /// Runs the network.
    ///
    /// Elements are computed as IEEE 754 says, whatever they are: NaN and infinities of an input reach the outputs that depend on them.
    ///
    /// - Parameter inputs: one tensor for each of `inputs` by name, and no others. A size that the description leaves open may be any from 1; no
    ///   tensor may be empty. Pixels are scaled as the network was trained, which is the caller's part unless the network does it.
    /// - Returns: one tensor for each of `outputs` by name.
    /// - Throws: `run.input` for inputs that are missing, unknown or of another shape; `run.index` for numbers that are no rows of a table of
    ///   embeddings; `graph.*` for open sizes that the network cannot work with; `run.too-large` where values do not fit into memory.
    public func predict(_ inputs: [String: Tensor<Float>]) throws(ModelError) -> [String: Tensor<Float>] {
        try plan.run(inputs)
    }

    /// Runs a network of one input and one output.
    ///
    /// - Throws: `run.input` for a network that has more of either, and what `predict` with names throws.
    public func predict(_ input: Tensor<Float>) throws(ModelError) -> Tensor<Float> {
        guard inputs.count == 1, outputs.count == 1 else {
            throw ModelError(
                Problem(
                    "run.input", "the network has \(inputs.count) inputs and \(outputs.count) outputs, one tensor was given", kind: .usage,
                    hint: "give the inputs by name"))
        }
        guard let output = try predict([inputs[0].name: input])[outputs[0].name] else {
            throw ModelError(Problem("run.output", "the network gave no output '\(outputs[0].name)'", kind: .fault))
        }
        return output
    }
}
