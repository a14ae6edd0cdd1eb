import CKernels

/// `(x - mean) * scale + shift` with constants for each channel of the last axis.
struct ChannelConstants: Sendable {
    // Repeated where there are few channels, so that the loop over a line is long enough to be fast.
    private let mean: [Float]
    private let scale: [Float]
    private let shift: [Float]
    private let length: Int

    /// - Parameters: arrays of one length, at least 1.
    init(mean: [Float], scale: [Float], shift: [Float]) {
        let times = max(Self.shortLine / max(mean.count, 1), 1)
        func repeated(_ values: [Float]) -> [Float] { [[Float]](repeating: values, count: times).flatMap(\.self) }
        self.mean = repeated(mean)
        self.scale = repeated(scale)
        self.shift = repeated(shift)
        length = mean.count * times
    }

    /// Computes `count` elements, the first of which is of the first channel.
    func apply(_ count: Int, from source: Floats, to target: Floats, _ context: RunContext) {
        let kernels = context.kernels
        context.team.split((count + length - 1) / length, cost: length) { lines in
            let start = lines.lowerBound * length
            let (whole, rest) = min(lines.count * length, count - start).quotientAndRemainder(dividingBy: length)
            kernels.normalize(whole, length, source + start, mean, scale, shift, target + start)
            let end = start + whole * length
            kernels.normalize(rest > 0 ? 1 : 0, rest, source + end, mean, scale, shift, target + end)
        }
    }

    private static let shortLine = 128
}
