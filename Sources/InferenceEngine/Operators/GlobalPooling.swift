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
        let blocks = (channels + Self.channelsPerPiece - 1) / Self.channelsPerPiece
        let share = { @Sendable (piece: Int) in
            let (sample, block) = piece.quotientAndRemainder(dividingBy: blocks)
            let first = block * Self.channelsPerPiece
            let count = min(Self.channelsPerPiece, channels - first)
            let start = sample * elements * channels + first
            let result = target + (sample * channels + first)
            let reduce = isAverage ? kernels.column_sums : kernels.column_maxima
            reduce(elements, count, source + start, channels, result)
            if isAverage { kernels.divide_by(count, result, Float(elements), result) }
        }
        context.team.split(input.shape[0] * blocks, cost: elements * Self.channelsPerPiece) { pieces in
            for piece in pieces { share(piece) }
        }
        return output
    }

    private static let channelsPerPiece = 64
}
