import CKernels
import ModelCore
import ModelGraph

/// Normalisation of groups of channels, of channels-last data.
struct GroupNormalizationStep: Step {
    private let groups: Int
    private let epsilon: Float
    private let gamma: LoadedWeight?
    private let beta: LoadedWeight?

    /// `nil` where channels are not the last axis.
    init?(_ definition: GroupNormalization, _ request: StepRequest) {
        guard definition.axis == request.rankOfInput - 1 else { return nil }
        groups = definition.groups
        epsilon = Float(definition.epsilon)
        gamma = request.weights["gamma"]
        beta = request.weights["beta"]
    }

    func run(_ inputs: inout [Value], shape: [Int], _ context: RunContext) throws(ModelError) -> Value {
        let output = try context.makeOver(&inputs)
        let (source, target, kernels) = (inputs[0].floats, output.floats, context.kernels)
        let (samples, channels) = (shape[0], shape[shape.count - 1])
        let elements = output.count / samples / channels
        let size = groups == 0 ? 1 : channels / groups
        let constants = try context.scratch([2, samples, channels])
        let (means, scales) = (constants.floats, Floats(base: constants.floats + samples * channels))
        // Columns of whole groups, for one column at a time would read much and use little.
        let width = min(max(Self.columns / size, 1) * size, channels)
        let blocks = (channels + width - 1) / width
        context.team.share(pieces: samples * blocks) { _, piece in
            let (sample, block) = piece.quotientAndRemainder(dividingBy: blocks)
            let first = block * width
            let columns = min(width, channels - first)
            let x = source + sample * elements * channels + first
            let (mean, scale) = (means + sample * channels + first, scales + sample * channels + first)
            kernels.column_sums(elements, columns, x, channels, scale)
            for group in stride(from: 0, to: columns, by: size) {
                let centre = kernels.sum(size, scale + group) / Float(size * elements)
                for channel in group..<group + size { mean[channel] = centre }
            }
            kernels.column_squares(elements, columns, x, channels, mean, scale)
            for group in stride(from: 0, to: columns, by: size) {
                let divisor = (kernels.sum(size, scale + group) / Float(size * elements) + epsilon).squareRoot()
                for channel in group..<group + size { scale[channel] = (gamma.map { ($0.floats + first + channel).pointee } ?? 1) / divisor }
            }
        }
        let shift = try context.scratch([channels]).floats
        if let beta { shift.base.update(from: beta.floats.base, count: channels) } else { shift.base.update(repeating: 0, count: channels) }
        for sample in 0..<samples {
            context.team.split(elements, cost: 2 * channels) { rows in
                let start = (sample * elements + rows.lowerBound) * channels
                kernels.normalize(
                    rows.count, channels, source + start, means + sample * channels, scales + sample * channels, shift.base, target + start)
            }
        }
        return output
    }

    private static let columns = 64
}
