import CKernels
import ModelCore
import ModelGraph
import ReferenceEngine

/// Channels-last data resized to the nearest elements or between neighbours, a line along the width at a time.
struct ResizeStep: Step {
    private let definition: Resize
    private let otherwise: ReferenceStep

    /// `nil` for other layouts and interpolations.
    init?(_ definition: Resize, otherwise: ReferenceStep) {
        guard definition.layout.isChannelsLast, definition.interpolation == .nearest || definition.interpolation == .linear else { return nil }
        self.definition = definition
        self.otherwise = otherwise
    }

    func run(_ inputs: inout [Value], shape: [Int], _ context: RunContext) throws(ModelError) -> Value {
        let input = inputs[0]
        let rank = definition.layout.spatialRank
        guard (1...3).contains(rank), shape.allSatisfy({ $0 <= Self.longestAxis }) else { return try otherwise.run(&inputs, shape: shape, context) }
        let output = try context.make(shape)
        let axes = (1...rank).map {
            ResizeTaps(
                definition.interpolation, input: input.shape[$0], output: shape[$0], positions: definition.positions,
                step: definition.step(axis: $0 - 1))
        }
        let absent = [ResizeTaps](repeating: ResizeTaps(.nearest, input: 1, output: 1), count: 3 - rank)
        let lines = ResizedLines(
            axes: absent + axes, input: [Int](repeating: 1, count: 3 - rank) + input.shape[1...rank],
            output: [Int](repeating: 1, count: 3 - rank) + shape[1...rank], channels: shape[rank + 1], source: input.floats, target: output.floats,
            kernels: context.kernels)
        let scratch = try context.scratch([definition.interpolation == .nearest ? 0 : 4 * context.team.count, lines.length])
        context.team.share(runs: shape[0] * lines.output[0] * lines.output[1], cost: lines.length) { worker, range in
            var cache = LineCache(lines: scratch.floats + worker * 4 * lines.length, length: lines.length)
            for row in range { lines.compute(row, &cache) }
        }
        return output
    }

    private static let longestAxis = 1 << 20
}

/// Lines of the output, each from up to four lines of the input.
private struct ResizedLines: Sendable {
    let axes: [ResizeTaps]
    let input: [Int]
    let output: [Int]
    let channels: Int
    let source: Floats
    let target: Floats
    let kernels: Kernels

    /// Numbers of a line of the output.
    var length: Int { output[2] * channels }

    func compute(_ row: Int, _ cache: inout LineCache) {
        let (rest, height) = row.quotientAndRemainder(dividingBy: output[1])
        let (sample, depth) = rest.quotientAndRemainder(dividingBy: output[0])
        let result = target + row * length
        let (depthCount, heightCount) = (axes[0].count[depth], axes[1].count[height])
        let plane = sample * input[0] + axes[0].first[depth]
        let line = plane * input[1] + axes[1].first[height]
        guard depthCount * heightCount > 1 else {
            stretch(line, to: result)
            return
        }
        func mixed(_ line: Int, _ slot: Int, to result: UnsafeMutablePointer<Float>) {
            let part = axes[1].weights[height * axes[1].most + axes[1].most - 1]
            kernels.blend(length, cached(line, slot, &cache), cached(line + 1, slot, &cache), part, result)
        }
        let part = axes[0].weights[depth * axes[0].most + axes[0].most - 1]
        switch (depthCount, heightCount) {
        case (1, _): mixed(line, 0, to: result)
        case (_, 1): kernels.blend(length, cached(line, 0, &cache), cached(line + input[1], 2, &cache), part, result)
        default:
            // The slots are free again once the first plane's lines have become one.
            mixed(line, 0, to: result)
            let next = line + input[1]
            let second = cached(next, 2, &cache)
            let heightPart = axes[1].weights[height * axes[1].most + 1]
            let third = cached(next + 1, 2, &cache)
            let other = cache.lent(0)
            kernels.blend(length, second, third, heightPart, other)
            kernels.blend(length, result, other, part, result)
        }
    }

    /// A line of the input stretched along the width, in one of two slots from `slot` on.
    private func cached(_ line: Int, _ slot: Int, _ cache: inout LineCache) -> UnsafePointer<Float> {
        cache.line(line, slot: slot + line % 2) { stretch(line, to: $0) }
    }

    private func stretch(_ line: Int, to result: UnsafeMutablePointer<Float>) {
        let taps = axes[2]
        let start = source + line * input[2] * channels
        for width in 0..<output[2] {
            let (from, to) = (start + taps.first[width] * channels, result + width * channels)
            if taps.count[width] == 2 {
                kernels.blend(channels, from, from + channels, taps.weights[width * taps.most + 1], to)
            } else {
                to.update(from: from, count: channels)
            }
        }
    }
}

/// Lines that neighbouring lines of the output need as well.
private struct LineCache {
    let lines: UnsafeMutablePointer<Float>
    let length: Int
    private var present = [Int](repeating: -1, count: 4)

    init(lines: UnsafeMutablePointer<Float>, length: Int) {
        self.lines = lines
        self.length = length
    }

    mutating func line(_ line: Int, slot: Int, fill: (UnsafeMutablePointer<Float>) -> Void) -> UnsafePointer<Float> {
        let memory = lines + slot * length
        if present[slot] != line {
            fill(memory)
            present[slot] = line
        }
        return UnsafePointer(memory)
    }

    /// The memory of a slot, for other numbers.
    mutating func lent(_ slot: Int) -> UnsafeMutablePointer<Float> {
        present[slot] = -1
        return lines + slot * length
    }
}
