import CKernels
import ModelCore
import ModelGraph

/// The rectifier, clipped or not, and the leaky rectifier.
struct ActivationStep: Step {
    private enum Rectifier {
        case clipped(maximum: Float)
        case leaky(slope: Float)
    }

    private let rectifier: Rectifier

    /// `nil` for other functions.
    init?(_ definition: Activation) {
        guard case .relu(let slope, let maximum, let threshold) = definition.function, threshold == 0 else { return nil }
        if slope == 0, maximum ?? 0 >= 0 {
            rectifier = .clipped(maximum: maximum.map { Float($0) } ?? .infinity)
        } else if maximum == nil {
            rectifier = .leaky(slope: Float(slope))
        } else {
            return nil
        }
    }

    func run(_ inputs: inout [Value], shape: [Int], _ context: RunContext) throws(ModelError) -> Value {
        let output = try context.makeOver(&inputs)
        let (source, target) = (inputs[0].floats, output.floats)
        let (rectifier, kernels) = (rectifier, context.kernels)
        context.team.split(output.count) { range in
            switch rectifier {
            case .clipped(let maximum): kernels.relu(range.count, source + range.lowerBound, maximum, target + range.lowerBound)
            case .leaky(let slope): kernels.leaky_relu(range.count, source + range.lowerBound, slope, target + range.lowerBound)
            }
        }
        return output
    }
}
