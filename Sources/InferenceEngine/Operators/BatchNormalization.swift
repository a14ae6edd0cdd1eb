import CKernels
import ModelCore
import ModelGraph

/// Normalisation along the last axis, as `(x - mean) * scale + beta` with `scale = gamma / sqrt(variance + epsilon)`.
///
/// The mean is subtracted first, as the definition says: folding it into the shift would lose digits where it is large. The scale is computed
/// in Float64 and rounded once.
struct BatchNormalizationStep: Step {
    private let mean: [Float]
    private let scale: [Float]
    private let beta: [Float]

    /// `nil` for an axis that is not the last, as far as is known, or statistics of different lengths.
    init?(_ definition: BatchNormalization, _ request: StepRequest) throws(ModelError) {
        guard let count = request.weights["mean"]?.count, request.weights.values.allSatisfy({ $0.count == count }),
            request.rankOfInput == definition.axis + 1
        else { return nil }
        let gamma = LoadedWeight.vector(request.weights["gamma"], count: count, absent: 1)
        let variance = LoadedWeight.vector(request.weights["variance"], count: count, absent: 1)
        let epsilon = Double(Float(definition.epsilon))
        mean = LoadedWeight.vector(request.weights["mean"], count: count, absent: 0)
        beta = LoadedWeight.vector(request.weights["beta"], count: count, absent: 0)
        scale = zip(gamma, variance).map { Float(Double($0) / (Double($1) + epsilon).squareRoot()) }
    }

    func run(_ inputs: inout [Value], shape: [Int], _ context: RunContext) throws(ModelError) -> Value {
        let output = try context.makeOver(&inputs)
        let (source, target) = (inputs[0].floats, output.floats)
        let (mean, scale, beta, kernels) = (mean, scale, beta, context.kernels)
        let channels = mean.count
        context.team.split(output.count / channels, cost: channels) { rows in
            kernels.normalize(
                rows.count, channels, UnsafePointer(source + rows.lowerBound * channels), mean, scale, beta, target + rows.lowerBound * channels)
        }
        return output
    }
}
