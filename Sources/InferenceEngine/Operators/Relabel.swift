import ModelCore

/// Flatten, reshape and identity: the same memory under another shape.
struct RelabelStep: Step {
    func run(_ inputs: inout [Value], shape: [Int], _ context: RunContext) throws(ModelError) -> Value {
        Value(shape: shape, storage: inputs[0].storage)
    }
}
