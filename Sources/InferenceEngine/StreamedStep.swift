import ModelCore
import ModelGraph

/// A node whose weights are read when it runs, for some channels of its output after the others, and let go of then.
struct StreamedStep: Step {
    private let slices: ChannelSlices
    private let rankOfInput: Int
    private let kernels: Kernels
    private let memoryLimit: Int

    init(_ node: Node, of graph: Graph, rankOfInput: Int, _ options: InferenceOptions) {
        slices = graph.slices(of: node, rankOfInput: rankOfInput, limit: WeightMemory.commonSize)
        self.rankOfInput = rankOfInput
        kernels = options.kernels
        memoryLimit = options.memoryLimit
    }

    func run(_ inputs: inout [Value], shape: [Int], _ context: RunContext) throws(ModelError) -> Value {
        let memory = WeightMemory(pool: context.pool)
        if slices.parts.count == 1 { return try step(slices.parts[0], memory).run(&inputs, shape: shape, context) }
        let output = try context.make(shape)
        for part in slices.parts {
            // Copies, so that no part writes over what the next one reads.
            var operands = inputs
            let result = try step(part, memory).run(&operands, shape: slices.shape(of: part, in: shape), context)
            let (starts, length) = slices.runs(of: part, in: shape)
            for (run, start) in starts.enumerated() { (output.floats + start).update(from: result.floats + run * length, count: length) }
        }
        return output
    }

    private func step(_ part: ChannelSlice, _ memory: WeightMemory) throws(ModelError) -> any Step {
        var weights: [String: LoadedWeight] = [:]
        for (role, weight) in part.weights { weights[role] = try LoadedWeight(weight.source, layout: weight.layout, memory: memory) }
        return try StepRequest(
            operation: slices.operation, weights: weights, rankOfInput: rankOfInput, kernels: kernels, memoryLimit: memoryLimit, memory: memory
        ).step()
    }
}
