import CKernels
import ModelCore
import ModelGraph

/// A channels-last convolution of many small groups, computed a vector of output channels at a time.
///
/// Where each output channel reads one input channel of its own, windows are read where they are. Otherwise the input is spread out first: of
/// the input channels of a group, each stands once for every output channel of the group.
struct DepthwiseConvolutionStep: Step {
    private let definition: Convolution
    private let windows: [Window]
    private let groupInputs: Int
    private let groupOutputs: Int
    private let outputs: Int
    /// One row of output channels for each tap of the window and each input channel of a group.
    private let kernel: LoadedWeight
    private let bias: [Float]

    /// `nil` for convolutions of other kinds.
    init?(_ definition: Convolution, _ request: StepRequest) {
        guard let kernel = WindowFirstKernel(definition, request), let weight = request.weights["kernel"], definition.groups > 1 else { return nil }
        let shape = kernel.shape
        outputs = shape.outputChannels
        groupInputs = shape.inputChannels
        groupOutputs = shape.outputChannels / definition.groups
        // Past that, products of matrices fill enough of a panel.
        let most = groupInputs == 1 ? Self.mostCopies : request.kernels.tile_columns / 4
        guard groupOutputs <= min(most, Self.mostCopies), groupInputs == 1 || outputs >= request.kernels.tile_columns / 2 else { return nil }
        self.definition = definition
        self.kernel = weight
        windows = definition.windows(shape)
        bias = LoadedWeight.vector(request.weights["bias"], count: outputs, absent: 0)
    }

    func run(_ inputs: inout [Value], shape: [Int], _ context: RunContext) throws(ModelError) -> Value {
        let input = inputs[0]
        guard let grid = WindowGrid(input: input.shape, output: shape, windows: windows, padding: definition.padding) else {
            throw ModelError(Problem("run.shape", "a convolution of an input of shape \(input.shape) has no windows", kind: .fault))
        }
        let output = try context.make(shape)
        let spread = groupInputs * groupOutputs > 1 ? try spread(input, context) : input.storage
        let (source, target, kernels) = (spread.floats, output.floats, context.kernels)
        let taps = WindowTaps(grid: grid, channels: outputs, rows: groupInputs)
        let lineLength = grid.width.output * outputs
        context.team.split(grid.rowCount, cost: lineLength * groupInputs) { rows in
            var elements: [Int] = []
            var weights: [Int] = []
            for row in rows {
                let line = target + row * lineLength
                func compute(_ widths: Range<Int>) {
                    taps.collect(row: row, width: widths.lowerBound, elements: &elements, weights: &weights)
                    kernels.depthwise(
                        widths.count, outputs, elements.count, elements, weights, source.base, taps.step, kernel.floats.base, bias,
                        line + widths.lowerBound * outputs)
                }
                let inside = grid.width.inside
                for width in 0..<inside.lowerBound { compute(width..<width + 1) }
                if !inside.isEmpty { compute(inside) }
                for width in inside.upperBound..<grid.width.output { compute(width..<width + 1) }
            }
        }
        return output
    }

    private func spread(_ input: Value, _ context: RunContext) throws(ModelError) -> Storage {
        let channels = definition.groups * groupInputs
        let elements = input.count / channels
        let copy = try context.scratch([elements, groupInputs, outputs])
        let (source, target) = (input.floats, copy.floats)
        context.team.split(elements, cost: groupInputs * outputs) { range in
            ck_spread(
                range.count, definition.groups, groupInputs, groupOutputs, source + range.lowerBound * channels,
                target + range.lowerBound * groupInputs * outputs)
        }
        return copy
    }

    private static let mostCopies = 8
}

/// Where the taps of windows find their elements and weights.
private struct WindowTaps: Sendable {
    let grid: WindowGrid
    /// Channels of an output.
    let channels: Int
    /// Rows of channels that each element of the input has.
    let rows: Int

    /// From one output to the next along the width.
    var step: Int { grid.width.window.stride * rows * channels }

    /// The taps of one output that stand inside the input.
    func collect(row: Int, width: Int, elements: inout [Int], weights: inout [Int]) {
        elements.removeAll(keepingCapacity: true)
        weights.removeAll(keepingCapacity: true)
        let (sample, depth, height) = grid.row(row)
        for depthTap in grid.depth.taps(depth) {
            let plane = sample * grid.depth.input + grid.depth.start(depth) + depthTap * grid.depth.window.dilation
            for heightTap in grid.height.taps(height) {
                let line = plane * grid.height.input + grid.height.start(height) + heightTap * grid.height.window.dilation
                let weightLine = (depthTap * grid.height.window.size + heightTap) * grid.width.window.size
                for widthTap in grid.width.taps(width) {
                    let element = line * grid.width.input + grid.width.start(width) + widthTap * grid.width.window.dilation
                    for row in 0..<rows {
                        elements.append((element * rows + row) * channels)
                        weights.append(((weightLine + widthTap) * rows + row) * channels)
                    }
                }
            }
        }
    }
}
