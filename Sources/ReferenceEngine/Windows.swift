import ModelCore
import ModelGraph

/// One spatial axis with the window that slides along it.
struct WindowAxis: Sendable {
    let window: Window
    /// Padding before and after the axis.
    let before: Int
    let after: Int
    let mode: PaddingMode
    /// The axis in the input, and in the output.
    let input: ArrayAxis
    let output: ArrayAxis

    /// The input index that `tap` of the window at `output` reads; `nil` for a constant.
    func source(output: Int, tap: Int) -> Int? {
        mode.source(of: output * window.stride - before + tap * window.dilation, size: input.size)
    }

    /// The taps of the window at `output` that lie inside the input.
    func tapsInside(output: Int) -> Range<Int> {
        let start = output * window.stride - before
        let first = min(taps(from: start, before: 0), window.size)
        return first..<max(first, min(taps(from: start, before: input.size), window.size))
    }

    /// How many taps of the window at `output` lie inside the input or its padding.
    func tapsInsidePadding(output: Int) -> Int {
        min(taps(from: output * window.stride - before, before: input.size + after), window.size)
    }

    /// How many of `start`, `start + dilation`, ... are below `end`.
    private func taps(from start: Int, before end: Int) -> Int {
        end <= start ? 0 : (end - start - 1) / window.dilation + 1
    }
}

/// Three spatial axes, outermost first; those that the layout lacks come first, with one element and a window of one.
struct WindowAxes: Sendable {
    let depth: WindowAxis
    let height: WindowAxis
    let width: WindowAxis

    init(_ windows: [Window], _ padding: Padding, layout: DataLayout, input: [Int], output: [Int]) {
        let mode = if case .explicit(_, _, let mode) = padding { mode } else { PaddingMode.constant }
        func axis(_ position: Int) -> WindowAxis {
            guard position >= 0 else {
                let none = ArrayAxis(nil, of: input)
                return WindowAxis(window: Window(size: 1, stride: 1), before: 0, after: 0, mode: .constant, input: none, output: none)
            }
            let axis = layout.spatialAxes.lowerBound + position
            let amounts = windows[position].padding(padding, axis: position, input: input[axis])
            return WindowAxis(
                window: windows[position], before: amounts.before, after: amounts.after, mode: mode, input: ArrayAxis(axis, of: input),
                output: ArrayAxis(axis, of: output))
        }
        depth = axis(layout.spatialRank - 3)
        height = axis(layout.spatialRank - 2)
        width = axis(layout.spatialRank - 1)
    }
}

/// A convolution's kernel in one order, `[O, D, H, W, I]`, whatever its layout was, so that one output reads neighbours.
struct OrderedKernel<Scalar: ReferenceScalar>: Sendable {
    let elements: [Scalar]
    /// The steps along the axes of the window and of outputs; that of inputs is 1.
    let depth: Int
    let height: Int
    let width: Int
    let output: Int

    init(_ weight: ReferenceWeight<Scalar>) {
        let kernel = weight.values
        let input = ArrayAxis(weight.layout.axis("i"), of: kernel.shape)
        let output = ArrayAxis(weight.layout.axis("o"), of: kernel.shape)
        let windowAxes = kernel.shape.indices.filter { $0 != weight.layout.axis("i") && $0 != weight.layout.axis("o") }
        let window = [Int?](repeating: nil, count: 3 - windowAxes.count) + windowAxes
        let depth = ArrayAxis(window[0], of: kernel.shape)
        let height = ArrayAxis(window[1], of: kernel.shape)
        let width = ArrayAxis(window[2], of: kernel.shape)
        var elements: [Scalar] = []
        elements.reserveCapacity(kernel.scalars.count)
        for o in 0..<output.size {
            for d in 0..<depth.size {
                for h in 0..<height.size {
                    for w in 0..<width.size {
                        let start = o * output.stride + d * depth.stride + h * height.stride + w * width.stride
                        for i in 0..<input.size { elements.append(kernel.scalars[start + i * input.stride]) }
                    }
                }
            }
        }
        self.elements = elements
        self.width = input.size
        self.height = width.size * self.width
        self.depth = height.size * self.height
        self.output = depth.size * self.depth
    }
}
