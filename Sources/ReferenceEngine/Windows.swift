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

/// A convolution's kernel with outputs first, and the steps along its axes; those of a window that the layout lacks are 0.
struct OrderedKernel: Sendable {
    let elements: [Float]
    let output: Int
    let input: Int
    let depth: Int
    let height: Int
    let width: Int

    init(_ weight: ReferenceWeight) {
        let kernel = weight.outputFirst.values
        let strides = RowMajor.strides(kernel.shape)
        let window = [Int](repeating: 0, count: max(5 - strides.count, 0)) + strides.dropFirst(2)
        elements = kernel.scalars
        (output, input) = (strides[0], strides[1])
        (depth, height, width) = (window[0], window[1], window[2])
    }
}
