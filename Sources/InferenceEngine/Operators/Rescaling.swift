import ModelCore
import ModelGraph

/// `x * scale + offset`, with one constant or one for each element of the last axis.
struct RescalingStep: Step {
    private let constants: ChannelConstants

    init(_ definition: Rescaling) {
        let count = max(definition.scale.count, definition.offset.count)
        func each(_ values: [Double]) -> [Float] { (0..<count).map { Float(values[$0 % values.count]) } }
        constants = ChannelConstants(mean: [Float](repeating: 0, count: count), scale: each(definition.scale), shift: each(definition.offset))
    }

    func run(_ inputs: inout [Value], shape: [Int], _ context: RunContext) throws(ModelError) -> Value {
        let output = try context.makeOver(&inputs)
        constants.apply(output.count, from: inputs[0].floats, to: output.floats, context)
        return output
    }
}
