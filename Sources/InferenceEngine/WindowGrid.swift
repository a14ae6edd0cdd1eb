import ModelCore
import ModelGraph

/// One spatial axis that windows slide along.
struct WindowAxis: Sendable {
    let input: Int
    let output: Int
    let window: Window
    let before: Int
    let after: Int

    /// An axis that is not there.
    static let none = WindowAxis(input: 1, output: 1, window: Window(size: 1, stride: 1), before: 0, after: 0)

    /// Where the first tap of an output's window stands; below 0 in the padding.
    func start(_ output: Int) -> Int { output * window.stride - before }

    /// The taps of an output's window that stand inside the input.
    func taps(_ output: Int) -> Range<Int> { taps(output, within: 0..<input) }

    /// The outputs whose windows stand inside the input altogether.
    var inside: Range<Int> {
        let first = min((before + window.stride - 1) / window.stride, output)
        let room = input + before - window.extent
        return first..<max(first, min(room >= 0 ? room / window.stride + 1 : 0, output))
    }

    /// How many taps stand inside the input or its padding.
    func paddedTaps(_ output: Int) -> Int { taps(output, within: -before..<input + after).count }

    private func taps(_ output: Int, within positions: Range<Int>) -> Range<Int> {
        let start = start(output)
        let first = start >= positions.lowerBound ? 0 : (positions.lowerBound - start + window.dilation - 1) / window.dilation
        guard start < positions.upperBound else { return 0..<0 }
        let end = min(window.size, (positions.upperBound - 1 - start) / window.dilation + 1)
        return first < end ? first..<end : 0..<0
    }

    var isTrivial: Bool { window.size == 1 && window.stride == 1 && before == 0 && after == 0 }
}

/// Windows over channels-last data of one to three spatial axes, as three: axes that are not there have size 1.
struct WindowGrid: Sendable {
    let batch: Int
    let channels: Int
    let depth: WindowAxis
    let height: WindowAxis
    let width: WindowAxis

    /// `nil` for more axes than three, or none.
    init?(input: [Int], output: [Int], windows: [Window], padding: Padding) {
        guard (1...3).contains(windows.count), input.count == windows.count + 2, output.count == input.count else { return nil }
        var axes: [WindowAxis] = []
        for (index, window) in windows.enumerated() {
            let (before, after) = window.padding(padding, axis: index, input: input[index + 1])
            axes.append(WindowAxis(input: input[index + 1], output: output[index + 1], window: window, before: before, after: after))
        }
        axes = [WindowAxis](repeating: .none, count: 3 - axes.count) + axes
        batch = input[0]
        channels = input[input.count - 1]
        (depth, height, width) = (axes[0], axes[1], axes[2])
    }

    /// Output positions.
    var count: Int { batch * depth.output * height.output * width.output }
    /// Rows of output positions along the width.
    var rowCount: Int { batch * depth.output * height.output }
    /// Elements of a window, channels left aside.
    var taps: Int { depth.window.size * height.window.size * width.window.size }

    /// Whether each window is just the element at its own position.
    var isPointwise: Bool { depth.isTrivial && height.isTrivial && width.isTrivial }

    /// Whether each window covers some of the input.
    var everyWindowMeetsInput: Bool {
        [depth, height, width].allSatisfy { axis in (0..<axis.output).allSatisfy { !axis.taps($0).isEmpty } }
    }

    /// The sample and the position of a row of outputs.
    func row(_ index: Int) -> (sample: Int, depth: Int, height: Int) {
        let (rest, height) = index.quotientAndRemainder(dividingBy: self.height.output)
        let (sample, depth) = rest.quotientAndRemainder(dividingBy: self.depth.output)
        return (sample, depth, height)
    }

    /// The position in the input of the first channel of an element.
    func offset(sample: Int, depth: Int, height: Int, width: Int) -> Int {
        (((sample * self.depth.input + depth) * self.height.input + height) * self.width.input + width) * channels
    }
}
