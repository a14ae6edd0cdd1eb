import CKernels
import ModelCore
import ModelGraph

/// Normalisation along an axis, as `(x - mean) * scale + beta` with `scale = gamma / sqrt(variance + epsilon)`.
///
/// The mean is subtracted first, as the definition says: folding it into the shift would lose digits where it is large. The scale is computed
/// in Float64 and rounded once.
struct BatchNormalizationStep: Step {
    private let axis: Int
    private let mean: [Float]
    private let scale: [Float]
    private let beta: [Float]
    private let constants: ChannelConstants

    /// `nil` for statistics of different lengths.
    init?(_ definition: BatchNormalization, _ request: StepRequest) throws(ModelError) {
        guard let count = request.weights["mean"]?.count, count > 0, request.weights.values.allSatisfy({ $0.count == count }) else { return nil }
        let gamma = LoadedWeight.vector(request.weights["gamma"], count: count, absent: 1)
        let variance = LoadedWeight.vector(request.weights["variance"], count: count, absent: 1)
        let epsilon = Double(Float(definition.epsilon))
        axis = definition.axis
        mean = LoadedWeight.vector(request.weights["mean"], count: count, absent: 0)
        beta = LoadedWeight.vector(request.weights["beta"], count: count, absent: 0)
        scale = zip(gamma, variance).map { Float(Double($0) / (Double($1) + epsilon).squareRoot()) }
        constants = ChannelConstants(mean: mean, scale: scale, shift: beta)
    }

    func run(_ inputs: inout [Value], shape: [Int], _ context: RunContext) throws(ModelError) -> Value {
        let output = try context.makeOver(&inputs)
        let (source, target) = (inputs[0].floats, output.floats)
        let run = shape[(axis + 1)...].reduce(1, *)
        guard run > 1 else {
            constants.apply(output.count, from: source, to: target, context)
            return output
        }
        let kernels = context.kernels
        context.team.split(output.count / run, cost: run) { runs in
            for index in runs {
                let channel = index % mean.count
                kernels.normalize_run(run, source + index * run, mean[channel], scale[channel], beta[channel], target + index * run)
            }
        }
        return output
    }
}
