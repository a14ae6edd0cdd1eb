import CKernels
import ModelCore
import ModelGraph

/// Inputs of equal shapes combined element by element.
struct MergeStep: Step {
    let kind: MergeKind
    /// For inputs of different shapes.
    let otherwise: ReferenceStep

    func run(_ inputs: inout [Value], shape: [Int], _ context: RunContext) throws(ModelError) -> Value {
        guard inputs.count > 1, inputs.allSatisfy({ $0.shape == shape }) else { return try otherwise.run(&inputs, shape: shape, context) }
        let output = try context.makeOver(&inputs, candidates: 2)
        let sources = inputs.map(\.floats)
        let target = output.floats
        let (kind, kernels) = (kind, context.kernels)
        context.team.split(output.count, cost: inputs.count) { range in
            let count = range.count
            let result = target + range.lowerBound
            var left = sources[0] + range.lowerBound
            for source in sources.dropFirst() {
                let right = source + range.lowerBound
                switch kind {
                case .add, .average: kernels.add(count, left, right, result)
                case .subtract: kernels.subtract(count, left, right, result)
                case .multiply: kernels.multiply_elements(count, left, right, result)
                case .divide: kernels.divide(count, left, right, result)
                case .maximum: kernels.maximum(count, left, right, result)
                case .minimum: kernels.minimum(count, left, right, result)
                }
                left = result
            }
            if kind == .average { kernels.divide_by(count, result, Float(sources.count), result) }
        }
        return output
    }
}
