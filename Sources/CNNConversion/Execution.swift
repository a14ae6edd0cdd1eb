import CNNMFormat
import InferenceEngine
package import ModelCore
import ModelGraph
import NumpyFormat
import ReferenceEngine

/// `run`: a `.cnnm` applied to arrays from files.
package enum Execution {
    package enum Engine: String, Sendable, CaseIterable {
        case fast, reference
    }

    /// In which order the caller's arrays have their axes.
    package enum CallerLayout: String, Sendable, CaseIterable {
        /// Channels last: N, H, W, C and its like.
        case nhwc
        /// Channels after the batch: N, C, H, W and its like.
        case nchw
    }

    package struct Request: Sendable {
        package var model: String
        /// `.npy` files in the order of the model's inputs or by `name=`, or `.npz` files that hold them by name.
        package var inputs: [String]
        /// A `.npy` for a model of one output, or an `.npz`.
        package var output: String
        /// An `.npz` for every value of the network.
        package var activations: String?
        /// `nil` for the order that the model declares.
        package var layout: CallerLayout?
        package var engine = Engine.fast
        package var threads = ThreadCount.available

        package init(model: String, inputs: [String], output: String) {
            self.model = model
            self.inputs = inputs
            self.output = output
        }
    }

    /// Runs the model and writes its outputs.
    /// - Throws: `run.*` for arrays that do not fit the model, `npy.*`, `npz.*`, `cnnm.*`, `file.*`, `output.*`.
    package static func run(_ request: Request) throws(ModelError) {
        let isArray = try outputIsArray(request.output)
        let graph = try CNNMFile(path: request.model).document.graph
        if isArray, graph.outputs.count != 1 {
            throw ModelError(
                Problem(
                    "run.output", "the model has \(graph.outputs.count) outputs, a .npy holds one array", kind: .usage,
                    at: Location(file: request.output),
                    hint: "write an .npz"))
        }
        let given = try InputFiles.read(request.inputs, for: graph, layout: request.layout)
        let files = [request.model] + request.inputs.map { InputFiles.split($0, inputs: graph.inputs.map(\.name)).path }
        var activations = try request.activations.map { path throws(ModelError) in try NumpyArchiveWriter(path: path, inputs: files) }
        func observe(_ name: String, _ tensor: Tensor<Float>) throws(ModelError) { try activations?.add(name, tensor) }
        let records = request.activations != nil
        var outputs: [String: Tensor<Float>]
        switch request.engine {
        case .fast:
            let plan = try InferencePlan(graph, options: InferenceOptions(threads: request.threads))
            outputs = try plan.run(given, observe: records ? observe : nil)
        case .reference:
            outputs = try Reference.run(graph, inputs: given, threads: request.threads, observe: observe)
        }
        for output in graph.outputs {
            guard let tensor = outputs[output.name], let declared = output.layout else { continue }
            outputs[output.name] = ChannelMove.fromModel(tensor, declared: declared, caller: request.layout)
        }
        if isArray {
            guard let only = outputs.values.first else { throw ModelError(Problem("run.output", "the model gave no output", kind: .fault)) }
            try NumpyArray.write(only, to: request.output, inputs: files)
        } else {
            var archive = try NumpyArchiveWriter(path: request.output, inputs: files)
            for output in graph.outputs {
                if let tensor = outputs[output.name] { try archive.add(output.name, tensor) }
            }
            try archive.commit()
        }
        if let archive = activations.take() { try archive.commit() }
    }

    private static func outputIsArray(_ path: String) throws(ModelError) -> Bool {
        if path.lowercased().hasSuffix(".npy") { return true }
        if path.lowercased().hasSuffix(".npz") { return false }
        throw ModelError(
            Problem("run.output", "the output is named neither .npy nor .npz", kind: .usage, at: Location(file: path), hint: "name it NAME.npz"))
    }
}
