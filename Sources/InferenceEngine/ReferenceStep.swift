import ModelCore
import ModelGraph
import ReferenceEngine

/// Any operator, computed by its definition: for what has no fast loop, and what a fast loop does not cover.
struct ReferenceStep: Step {
    private let operation: Operator
    private let weights: [String: LoadedWeight]

    init(_ request: StepRequest) throws(ModelError) {
        operation = request.operation
        weights = request.weights
    }

    func run(_ inputs: inout [Value], shape: [Int], _ context: RunContext) throws(ModelError) -> Value {
        var tensors: [Tensor<Float>] = []
        for input in inputs { tensors.append(try input.tensor()) }
        var constants: [String: ReferenceWeight] = [:]
        for (role, weight) in weights { constants[role] = try weight.forReference() }
        return try context.make(Reference.evaluate(operation, inputs: tensors, weights: constants, threads: context.team.count))
    }
}
