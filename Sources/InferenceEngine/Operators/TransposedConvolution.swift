import CKernels
import ModelCore
import ModelGraph

/// A channels-last transposed convolution: a matrix product gives what each input element adds to the output at each tap, and each output
/// element gathers its taps.
struct TransposedConvolutionStep: Step {
    private let definition: TransposedConvolution
    private let windows: [Window]
    /// One for each group: a row for each input channel, columns for the taps of the window and the output channels at each.
    private let matrices: [PackedMatrix]
    private let groupOutputs: Int
    private let bias: [Float]

    /// `nil` for other layouts of data and kernels.
    init?(_ definition: TransposedConvolution, _ request: StepRequest) throws(ModelError) {
        let rank = definition.layout.spatialRank
        guard definition.layout.isChannelsLast, (1...3).contains(rank), let kernel = request.weights["kernel"],
            kernel.layout == .transposedWindowFirst(spatialRank: rank), let shape = try? KernelShape(request.weightShapes, spatialRank: rank),
            shape.inputChannels % definition.groups == 0, let columns = (shape.window + [shape.outputChannels]).checkedProduct
        else { return nil }
        let depth = shape.inputChannels / definition.groups
        try request.checkPackedSize(depth: depth, columns: columns, count: definition.groups)
        var matrices: [PackedMatrix] = []
        for group in 0..<definition.groups {
            matrices.append(
                try PackedMatrix(
                    depth: depth, columns: columns, source: kernel.floats + group * depth, rowStride: 1, columnStride: shape.inputChannels, bias: nil,
                    kernels: request.kernels, memory: request.memory))
        }
        self.definition = definition
        self.matrices = matrices
        windows = definition.windows(shape)
        groupOutputs = shape.outputChannels
        bias = LoadedWeight.vector(request.weights["bias"], count: shape.outputChannels * definition.groups, absent: 0)
    }

    func run(_ inputs: inout [Value], shape: [Int], _ context: RunContext) throws(ModelError) -> Value {
        let input = inputs[0]
        let channels = input.shape[input.shape.count - 1]
        let elements = input.count / channels
        let output = try context.make(shape)
        let products = try context.scratch([elements, definition.groups, matrices.first?.columns ?? 0])
        let rows = StoredRows(floats: input.floats, stride: channels, groupStride: channels / definition.groups)
        try MatrixProduct(rowCount: elements, left: rows, matrices: matrices, result: products.floats).run(context)

        let axes = windows.indices.map { axis in
            let size = input.shape[axis + 1]
            let crop = definition.crop(windows[axis], axis: axis, input: size)
            return SpreadAxis(window: windows[axis], crop: crop, input: size, output: shape[axis + 1])
        }
        let gather = TapGather(
            axes: [SpreadAxis](repeating: .none, count: 3 - axes.count) + axes, groups: definition.groups, channels: groupOutputs, bias: bias,
            products: products.floats, target: output.floats, kernels: context.kernels)
        context.team.split(shape[0] * gather.lines, cost: gather.axes[2].output * bias.count) { lines in
            for line in lines { gather.compute(line) }
        }
        return output
    }
}

/// One spatial axis whose every input element spreads over a window of the output.
private struct SpreadAxis: Sendable {
    let window: Window
    /// How many leading elements of the full result are left out.
    let crop: Int
    let input: Int
    let output: Int

    static let none = SpreadAxis(window: Window(size: 1, stride: 1), crop: 0, input: 1, output: 1)

    /// The taps of input elements that fall on `output`.
    func taps(_ output: Int) -> [(tap: Int, source: Int)] {
        (0..<window.size).compactMap { tap in
            let offset = output + crop - tap * window.dilation
            guard offset >= 0, offset % window.stride == 0, offset / window.stride < input else { return nil }
            return (tap, offset / window.stride)
        }
    }
}

/// Sums of products at the places where they fall.
private struct TapGather: Sendable {
    let axes: [SpreadAxis]
    let groups: Int
    /// Output channels of a group.
    let channels: Int
    let bias: [Float]
    let products: Floats
    let target: Floats
    let kernels: Kernels

    /// Lines of the output along the width, of one sample.
    var lines: Int { axes[0].output * axes[1].output }

    func compute(_ line: Int) {
        let (rest, height) = line.quotientAndRemainder(dividingBy: axes[1].output)
        let (sample, depth) = rest.quotientAndRemainder(dividingBy: axes[0].output)
        let (depthTaps, heightTaps) = (axes[0].taps(depth), axes[1].taps(height))
        let columns = axes.reduce(channels) { $0 * $1.window.size }
        let start = target + line * axes[2].output * bias.count
        for width in 0..<axes[2].output {
            (start + width * bias.count).update(from: bias, count: bias.count)
        }
        // Tap by tap over the whole line, which stays in a cache.
        for depthTap in depthTaps {
            for heightTap in heightTaps {
                let source = ((sample * axes[0].input + depthTap.source) * axes[1].input + heightTap.source) * axes[2].input
                let tap = (depthTap.tap * axes[1].window.size + heightTap.tap) * axes[2].window.size
                for width in 0..<axes[2].window.size {
                    add(tap: width, from: products + source * groups * columns + (tap + width) * channels, columns: columns, to: start)
                }
            }
        }
    }

    /// Adds what one tap of the width makes of a line of the input.
    private func add(tap: Int, from products: UnsafeMutablePointer<Float>, columns: Int, to line: UnsafeMutablePointer<Float>) {
        let axis = axes[2]
        let shift = tap * axis.window.dilation - axis.crop
        let first = shift >= 0 ? 0 : (axis.window.stride - 1 - shift) / axis.window.stride
        let last = min(axis.input, shift < axis.output ? (axis.output - 1 - shift) / axis.window.stride + 1 : 0)
        guard first < last else { return }
        for source in first..<last {
            let result = line + (source * axis.window.stride + shift) * bias.count
            for group in 0..<groups {
                let part = result + group * channels
                kernels.add(channels, part, products + (source * groups + group) * columns, part)
            }
        }
    }
}

extension UnsafeMutablePointer<Float> {
    fileprivate func update(from array: [Float], count: Int) {
        array.withUnsafeBufferPointer { buffer in
            if let base = buffer.baseAddress { update(from: base, count: count) }
        }
    }
}
