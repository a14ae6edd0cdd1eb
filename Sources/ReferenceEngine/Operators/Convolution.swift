import ModelCore
import ModelGraph

/// Order of summation: window positions in row-major order, at each the channels of the group in ascending order; the bias last.
/// Positions in constant padding contribute no term, so that padding times an infinite weight is nothing.
extension Convolution: SumOfProducts {
    func sums<Sum: ProductSum>(_ operands: Operands<Sum.Input>) throws(ModelError) -> @Sendable (Int) -> Sum {
        let kernel = OrderedKernel(try operands.weight("kernel"))
        let shape = try KernelShape(operands.weightShapes, spatialRank: layout.spatialRank)
        let inputShape = operands.input.shape
        let axes = WindowAxes(windows(shape), padding, layout: layout, input: inputShape, output: operands.outputShape)
        let depth = axes.depth
        let height = axes.height
        let width = axes.width
        let inputSample = ArrayAxis(0, of: inputShape)
        let inputChannel = ArrayAxis(layout.channelAxis, of: inputShape)
        let outputSample = ArrayAxis(0, of: operands.outputShape)
        let outputChannel = ArrayAxis(layout.channelAxis, of: operands.outputShape)
        let groupInputs = shape.inputChannels
        let groupOutputs = shape.outputChannels / groups
        let input = operands.input.scalars
        let weights = kernel.elements
        let bias = operands.weights["bias"]?.values.scalars

        return { position in
            let channel = outputChannel.index(of: position)
            let group = channel / groupOutputs
            let inputStart = outputSample.index(of: position) * inputSample.stride + group * groupInputs * inputChannel.stride
            let outputDepth = depth.output.index(of: position)
            let outputHeight = height.output.index(of: position)
            let outputWidth = width.output.index(of: position)
            var sum = Sum.zero
            for i in 0..<depth.window.size {
                guard let sourceDepth = depth.source(output: outputDepth, tap: i) else { continue }
                for j in 0..<height.window.size {
                    guard let sourceHeight = height.source(output: outputHeight, tap: j) else { continue }
                    for k in 0..<width.window.size {
                        guard let sourceWidth = width.source(output: outputWidth, tap: k) else { continue }
                        let x = inputStart + sourceDepth * depth.input.stride + sourceHeight * height.input.stride + sourceWidth * width.input.stride
                        let w = channel * kernel.output + i * kernel.depth + j * kernel.height + k * kernel.width
                        sum.add(groupInputs, input, from: x, step: inputChannel.stride, times: weights, from: w, step: kernel.input)
                    }
                }
            }
            if let bias { sum.add(bias: bias[channel]) }
            return sum
        }
    }
}
