import ModelCore
import ModelGraph

/// Output p of an axis is the sum over window positions a and inputs i with `i * stride + a * dilation == p + crop`.
///
/// Order of summation: window positions in row-major order, at each the input channels of the group in ascending order; the bias last.
/// Input channel c belongs to group `c / (I / groups)`, output channel o to group `o / (O / groups)` and reads kernel output `o % (O / groups)`.
extension TransposedConvolution: SumOfProducts {
    func sums<Sum: ProductSum>(_ operands: Operands<Sum.Input>) throws(ModelError) -> @Sendable (Int) -> Sum {
        let kernel = OrderedKernel(try operands.weight("kernel"))
        let shape = try KernelShape(operands.weightShapes, spatialRank: layout.spatialRank)
        let inputShape = operands.input.shape
        let axes = spreadAxes(windows(shape), input: inputShape, output: operands.outputShape)
        let inputSample = ArrayAxis(0, of: inputShape)
        let inputChannel = ArrayAxis(layout.channelAxis, of: inputShape)
        let outputSample = ArrayAxis(0, of: operands.outputShape)
        let outputChannel = ArrayAxis(layout.channelAxis, of: operands.outputShape)
        let groupInputs = shape.inputChannels / groups
        let groupOutputs = shape.outputChannels
        let input = operands.input.scalars
        let weights = kernel.elements
        let bias = operands.weights["bias"]?.values.scalars

        return { position in
            let channel = outputChannel.index(of: position)
            let firstInput = channel / groupOutputs * groupInputs
            let inputStart = outputSample.index(of: position) * inputSample.stride + firstInput * inputChannel.stride
            let kernelStart = firstInput * kernel.input + channel % groupOutputs * kernel.output
            let outputDepth = axes.depth.output.index(of: position)
            let outputHeight = axes.height.output.index(of: position)
            let outputWidth = axes.width.output.index(of: position)
            var sum = Sum.zero
            for i in 0..<axes.depth.window.size {
                guard let sourceDepth = axes.depth.source(output: outputDepth, tap: i) else { continue }
                for j in 0..<axes.height.window.size {
                    guard let sourceHeight = axes.height.source(output: outputHeight, tap: j) else { continue }
                    for k in 0..<axes.width.window.size {
                        guard let sourceWidth = axes.width.source(output: outputWidth, tap: k) else { continue }
                        let step = axes.depth.input.stride * sourceDepth + axes.height.input.stride * sourceHeight
                        let x = inputStart + step + axes.width.input.stride * sourceWidth
                        let w = kernelStart + i * kernel.depth + j * kernel.height + k * kernel.width
                        sum.add(groupInputs, input, from: x, step: inputChannel.stride, times: weights, from: w, step: kernel.input)
                    }
                }
            }
            if let bias { sum.add(bias: bias[channel]) }
            return sum
        }
    }

    private func spreadAxes(_ windows: [Window], input: [Int], output: [Int]) -> (depth: SpreadAxis, height: SpreadAxis, width: SpreadAxis) {
        func axis(_ position: Int) -> SpreadAxis {
            guard position >= 0 else {
                let none = ArrayAxis(nil, of: input)
                return SpreadAxis(window: Window(size: 1, stride: 1), crop: 0, input: none, output: none)
            }
            let axis = layout.spatialAxes.lowerBound + position
            let window = windows[position]
            return SpreadAxis(
                window: window, crop: crop(window, axis: position, input: input[axis]), input: ArrayAxis(axis, of: input),
                output: ArrayAxis(axis, of: output))
        }
        return (axis(layout.spatialRank - 3), axis(layout.spatialRank - 2), axis(layout.spatialRank - 1))
    }
}

/// One spatial axis whose every input element spreads over a window of the output.
private struct SpreadAxis: Sendable {
    let window: Window
    /// How many leading elements of the full result are left out.
    let crop: Int
    let input: ArrayAxis
    let output: ArrayAxis

    /// The input index whose `tap` falls on `output`, if there is one.
    func source(output: Int, tap: Int) -> Int? {
        let offset = output + crop - tap * window.dilation
        guard offset >= 0, offset % window.stride == 0, offset / window.stride < input.size else { return nil }
        return offset / window.stride
    }
}
