import ModelCore
import ModelGraph

/// Axis by axis, with the neighbours and weights of `ResizeTaps`.
///
/// - linear: `a + (b - a) * t` along the last spatial axis first, along the first one last; where both neighbours are one element, that element.
/// - cubic, lanczos, area: sums of `weight * x` in ascending order, along the first spatial axis innermost, along the last one outermost.
extension Resize: ReferenceOperator {
    /// The most weights of one axis: no image is so long, and the table has to fit in memory.
    private static let tapLimit = 1 << 27

    func elements<Scalar: ReferenceScalar>(_ operands: Operands<Scalar>) throws(ModelError) -> @Sendable (Int) -> Scalar {
        let inputShape = operands.input.shape
        var axes: [ResizedAxis] = []
        for (number, axis) in [Int](layout.spatialAxes).enumerated() {
            let output = ArrayAxis(axis, of: operands.outputShape)
            guard output.size <= Self.tapLimit / ResizeTaps.most(interpolation, input: inputShape[axis], output: output.size) else {
                throw ModelError(Problem("run.too-large", "an axis cannot be resized to \(output.size)"))
            }
            let taps = ResizeTaps(
                interpolation, input: inputShape[axis], output: output.size, positions: positions, step: step(axis: number))
            axes.append(ResizedAxis(taps: taps, input: ArrayAxis(axis, of: inputShape), output: output))
        }
        let none = ArrayAxis(nil, of: inputShape)
        while axes.count < 3 {
            axes.insert(ResizedAxis(taps: ResizeTaps(.nearest, input: 1, output: 1), input: none, output: none), at: 0)
        }
        let isSum = interpolation != .nearest && interpolation != .linear
        let sampled = SampledGrid(input: operands.input.scalars, depth: axes[0], height: axes[1], width: axes[2], isSum: isSum)
        let inputSample = ArrayAxis(0, of: inputShape)
        let inputChannel = ArrayAxis(layout.channelAxis, of: inputShape)
        let outputSample = ArrayAxis(0, of: operands.outputShape)
        let outputChannel = ArrayAxis(layout.channelAxis, of: operands.outputShape)
        return { position in
            let sample = outputSample.index(of: position) * inputSample.stride
            return sampled.element(position, from: sample + outputChannel.index(of: position) * inputChannel.stride)
        }
    }
}

private struct ResizedAxis: Sendable {
    let taps: ResizeTaps
    let input: ArrayAxis
    let output: ArrayAxis

    /// What the output element at `position` reads along this axis: the way to the first neighbour, the number of them, their first weight.
    func neighbours(of position: Int) -> (start: Int, count: Int, weight: Int) {
        let index = output.index(of: position)
        return (taps.first[index] * input.stride, taps.count[index], index * taps.most)
    }
}

private struct SampledGrid<Scalar: ReferenceScalar>: Sendable {
    let input: [Scalar]
    let depth: ResizedAxis
    let height: ResizedAxis
    let width: ResizedAxis
    let isSum: Bool

    func element(_ position: Int, from start: Int) -> Scalar {
        isSum ? summed(position, from: start) : interpolated(position, from: start)
    }

    private func summed(_ position: Int, from start: Int) -> Scalar {
        let d = depth.neighbours(of: position)
        let h = height.neighbours(of: position)
        let w = width.neighbours(of: position)
        var sum = Scalar.zero
        for k in 0..<w.count {
            var column = Scalar.zero
            for j in 0..<h.count {
                var line = Scalar.zero
                for i in 0..<d.count {
                    let source = start + d.start + i * depth.input.stride + h.start + j * height.input.stride + w.start + k * width.input.stride
                    line += Scalar(depth.taps.weights[d.weight + i]) * input[source]
                }
                column += Scalar(height.taps.weights[h.weight + j]) * line
            }
            sum += Scalar(width.taps.weights[w.weight + k]) * column
        }
        return sum
    }

    private func interpolated(_ position: Int, from start: Int) -> Scalar {
        let d = depth.neighbours(of: position)
        let h = height.neighbours(of: position)
        let w = width.neighbours(of: position)
        func along(_ axis: ResizedAxis, _ neighbours: (start: Int, count: Int, weight: Int), _ value: (Int) -> Scalar) -> Scalar {
            let first = value(neighbours.start)
            guard neighbours.count == 2 else { return first }
            let second = value(neighbours.start + axis.input.stride)
            return first + (second - first) * Scalar(axis.taps.weights[neighbours.weight + 1])
        }
        return along(depth, d) { i in
            along(height, h) { j in
                along(width, w) { k in input[start + i + j + k] }
            }
        }
    }
}
