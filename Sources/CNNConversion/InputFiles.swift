import ModelCore
import ModelGraph
import NumpyFormat

/// The arrays that `run` is given.
enum InputFiles {
    /// `name=path` with the name of an input, which may hold any character; or a path alone.
    static func split(_ argument: String, inputs: [String]) -> (name: String?, path: String) {
        let names = inputs.filter { argument.hasPrefix($0 + "=") }
        if let name = names.max(by: { $0.count < $1.count }) { return (name, String(argument.dropFirst(name.count + 1))) }
        guard let sign = argument.firstIndex(of: "="), !argument[..<sign].contains("/") else { return (nil, argument) }
        return (String(argument[..<sign]), String(argument[argument.index(after: sign)...]))
    }

    /// - Returns: a tensor for each input of the graph, in the order of axes that the graph declares.
    /// - Throws: `run.input` for arrays that are missing, unknown, given twice or of another shape; `npy.*`, `npz.*`, `file.*`.
    static func read(_ arguments: [String], for graph: Graph, layout: Execution.CallerLayout?) throws(ModelError) -> [String: Tensor<Float>] {
        var arrays: [String: Tensor<Float>] = [:]
        var unnamed: [Tensor<Float>] = []
        for argument in arguments {
            let (name, path) = split(argument, inputs: graph.inputs.map(\.name))
            if path.lowercased().hasSuffix(".npz") {
                let archive = try NumpyArchive(path: path)
                for name in archive.names {
                    guard let array = try archive.array(named: name) else { continue }
                    try insert(try array.floats(), as: name, from: path, into: &arrays)
                }
            } else {
                let tensor = try NumpyArray(path: path).floats()
                if let name { try insert(tensor, as: name, from: path, into: &arrays) } else { unnamed.append(tensor) }
            }
        }
        let waiting = graph.inputs.filter { arrays[$0.name] == nil }
        for (input, tensor) in zip(waiting, unnamed) { arrays[input.name] = tensor }
        let names = graph.inputs.map(\.name)
        if unnamed.count > waiting.count || waiting.count > unnamed.count || arrays.keys.contains(where: { !names.contains($0) }) {
            let inputs = graph.inputs.map { "'\($0.name)' \($0.shape)" }.joined(separator: ", ")
            throw ModelError(
                Problem(
                    "run.input", "the model has the inputs \(inputs); the given arrays do not match them one to one", kind: .usage,
                    hint: "give a FILE.npy for each, in this order, or NAME=FILE.npy"))
        }
        for input in graph.inputs {
            guard let tensor = arrays[input.name], let declared = input.layout else { continue }
            arrays[input.name] = ChannelMove.toModel(tensor, declared: declared, caller: layout)
        }
        return arrays
    }

    private static func insert(
        _ tensor: Tensor<Float>, as name: String, from path: String, into arrays: inout [String: Tensor<Float>]
    ) throws(ModelError) {
        guard arrays.updateValue(tensor, forKey: name) == nil else {
            throw ModelError(Problem("run.input", "input '\(name)' is given twice", kind: .usage, at: Location(file: path)))
        }
    }
}

/// Between the caller's order of axes and the one that the model declares. Arrays of rank 1 and 2 have only one.
enum ChannelMove {
    static func toModel(_ tensor: Tensor<Float>, declared: DataLayout, caller: Execution.CallerLayout?) -> Tensor<Float> {
        move(tensor, from: theirs(declared, caller), to: declared)
    }

    static func fromModel(_ tensor: Tensor<Float>, declared: DataLayout, caller: Execution.CallerLayout?) -> Tensor<Float> {
        move(tensor, from: declared, to: theirs(declared, caller))
    }

    private static func theirs(_ declared: DataLayout, _ caller: Execution.CallerLayout?) -> DataLayout {
        switch caller {
        case nil: declared
        case .nhwc: .channelsLast(spatialRank: declared.spatialRank) ?? declared
        case .nchw: .channelsFirst(spatialRank: declared.spatialRank) ?? declared
        }
    }

    private static func move(_ tensor: Tensor<Float>, from: DataLayout, to: DataLayout) -> Tensor<Float> {
        guard from != to, tensor.shape.count == from.rank, let permutation = from.permutation(to: to) else { return tensor }
        let shape = RowMajor.permuted(tensor.shape, by: permutation)
        let strides = RowMajor.permuted(RowMajor.strides(tensor.shape), by: permutation)
        let places = RowMajor.strides(shape)
        return Tensor(shape: shape) { position in
            var source = 0
            for axis in shape.indices { source += position / places[axis] % shape[axis] * strides[axis] }
            return tensor.scalars[source]
        }
    }
}
