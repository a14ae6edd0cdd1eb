import CKernels
import ModelCore
import ModelGraph

/// The maximum or average of each channel of channels-last data.
struct GlobalPoolingStep: Step {
    private let isAverage: Bool

    /// `nil` for other layouts and kinds.
    init?(_ definition: GlobalPooling) {
        guard definition.layout.isChannelsLast, definition.kind != .l2 else { return nil }
        isAverage = definition.kind == .average
    }

    func run(_ inputs: inout [Value], shape: [Int], _ context: RunContext) throws(ModelError) -> Value {
        let input = inputs[0]
        let output = try context.make(shape)
        let (source, target, kernels, isAverage) = (input.floats, output.floats, context.kernels, isAverage)
        let channels = input.shape[input.shape.count - 1]
        let elements = input.count / channels / input.shape[0]
        // Each thread reduces neighbours in memory; what comes of each part is reduced again.
        let length = max(Self.numbersPerPart / channels, (elements + Self.mostParts - 1) / Self.mostParts, 1)
        let parts = (elements + length - 1) / length
        let partial = try context.scratch([input.shape[0], parts, channels])
        let sums = partial.floats
        let reduce = isAverage ? kernels.column_sums : kernels.column_maxima
        context.team.share(pieces: input.shape[0] * parts) { _, piece in
            let (sample, part) = piece.quotientAndRemainder(dividingBy: parts)
            let first = part * length
            reduce(
                min(length, elements - first), channels, source + (sample * elements + first) * channels, channels, sums + piece * channels)
        }
        for sample in 0..<input.shape[0] {
            let result = target + sample * channels
            reduce(parts, channels, sums + sample * parts * channels, channels, result)
            if isAverage { kernels.divide_by(channels, result, Float(elements), result) }
        }
        return output
    }

    private static let numbersPerPart = 1 << 15
    private static let mostParts = 32
}
