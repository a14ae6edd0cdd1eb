import ModelCore
import ModelGraph

/// Chooses the step of an operator once the sizes are known that its attributes are computed from.
struct SizedStep: Step {
    private let definition: Sized
    private let request: StepRequest

    init(_ definition: Sized, _ request: StepRequest) {
        self.definition = definition
        self.request = request
    }

    func run(_ inputs: inout [Value], shape: [Int], _ context: RunContext) throws(ModelError) -> Value {
        let operation = try definition.resolved(inputs.map(\.shape))
        let step = try request.with(operation).step()
        inputs.removeLast(inputs.count - 1)
        return try step.run(&inputs, shape: shape, context)
    }
}
