import CKernels
import ModelCore
import ModelGraph

/// A channels-last convolution in which each output channel reads one input channel of its own.
struct DepthwiseConvolutionStep: Step {
    private let definition: Convolution
    private let windows: [Window]
    private let channels: Int
    /// One row of channels for each tap of the window.
    private let kernel: LoadedWeight
    private let bias: [Float]

    /// `nil` for convolutions of other kinds.
    init?(_ definition: Convolution, _ request: StepRequest) {
        guard let kernel = WindowFirstKernel(definition, request), let weight = request.weights["kernel"], kernel.shape.inputChannels == 1,
            kernel.shape.outputChannels == definition.groups
        else { return nil }
        self.definition = definition
        self.kernel = weight
        windows = definition.windows(kernel.shape)
        channels = definition.groups
        bias = LoadedWeight.vector(request.weights["bias"], count: channels, absent: 0)
    }

    func run(_ inputs: inout [Value], shape: [Int], _ context: RunContext) throws(ModelError) -> Value {
        let input = inputs[0]
        guard let grid = WindowGrid(input: input.shape, output: shape, windows: windows, padding: definition.padding) else {
            throw ModelError(Problem("run.shape", "a convolution of an input of shape \(input.shape) has no windows", kind: .fault))
        }
        let output = try context.make(shape)
        let (source, target, weights) = (input.floats, output.floats, kernel.floats)
        let kernels = context.kernels
        context.team.split(grid.rowCount, cost: grid.width.output * channels) { rows in
            let multiplyAdd = kernels.multiply_add
            for row in rows {
                let (sample, depth, height) = grid.row(row)
                for width in 0..<grid.width.output {
                    let sum = target + (row * grid.width.output + width) * channels
                    bias.withUnsafeBufferPointer { bias in
                        if let base = bias.baseAddress { sum.update(from: base, count: channels) }
                    }
                    for depthTap in grid.depth.taps(depth) {
                        for heightTap in grid.height.taps(height) {
                            let line = (depthTap * grid.height.window.size + heightTap) * grid.width.window.size
                            for widthTap in grid.width.taps(width) {
                                let element = grid.offset(
                                    sample: sample, depth: grid.depth.start(depth) + depthTap * grid.depth.window.dilation,
                                    height: grid.height.start(height) + heightTap * grid.height.window.dilation,
                                    width: grid.width.start(width) + widthTap * grid.width.window.dilation)
                                multiplyAdd(channels, source + element, weights + (line + widthTap) * channels, sum)
                            }
                        }
                    }
                }
            }
        }
        return output
    }
}
