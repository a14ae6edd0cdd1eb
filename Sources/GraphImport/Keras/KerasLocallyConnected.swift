import ModelCore
import ModelGraph

/// LocallyConnected1D and 2D of Keras 1 and 2. Each of their implementations keeps the kernel in another way.
let locallyConnectedKinds: [String: KerasLayerKind] = Dictionary(
    uniqueKeysWithValues: (1...2).map { rank in
        (
            "LocallyConnected\(rank)D",
            KerasLayerKind { layer throws(ModelError) in
                [.trained("kernel")] + (try layer.bool("use_bias", default: true) ? [.trained("bias")] : [])
            } steps: { layer, inputs throws(ModelError) in
                try steps(try LocalWindows(layer, inputs, rank), layer)
            }
        )
    })

private func steps(_ windows: LocalWindows, _ layer: KerasLayer) throws(ModelError) -> [KerasStep] {
    let rank = windows.axes.count
    guard let layout = DataLayout.channelsLast(spatialRank: rank) else { throw layer.problem("keras.config", "has \(rank) spatial axes") }
    let operation = LocallyConnected(layout: layout, window: windows.axes.map(\.window), strides: windows.axes.map(\.stride))
    var weights = ["kernel": KerasStepWeight("kernel", [try windows.kernel(implementation: layer.integer("implementation", default: 1), of: layer)])]
    if try layer.bool("use_bias", default: true) { weights["bias"] = KerasStepWeight("bias", [windows.bias]) }
    var result: [KerasStep] = []
    if !windows.isChannelsLast {
        result.append(KerasStep("channels_last", Transpose(permutation: [0] + Array(2..<rank + 2) + [1]).erased))
    }
    if windows.axes.contains(where: { $0.before > 0 || $0.after > 0 }) {
        let pad = Pad(before: [0] + windows.axes.map(\.before) + [0], after: [0] + windows.axes.map(\.after) + [0])
        result.append(KerasStep("pad", pad.erased))
    }
    result.append(KerasStep("locally_connected", operation.erased, weights))
    if !windows.isChannelsLast {
        result.append(KerasStep("channels_first", Transpose(permutation: [0, rank + 1] + Array(1...rank)).erased))
    }
    return result + (try activationSteps(layer, rank: rank + 2))
}

/// Where the windows of a locally connected layer lie, and where its weights are in the file.
private struct LocalWindows: Sendable {
    /// One spatial axis.
    struct Axis: Sendable {
        let input: Int
        let window: Int
        let stride: Int
        let isSame: Bool

        /// A padded window begins half its length, rounded down, before its place.
        var before: Int { isSame ? window / 2 : 0 }
        var output: Int { isSame ? (input + stride - 1) / stride : (input - window) / stride + 1 }
        var after: Int { max(0, (output - 1) * stride + window - before - input) }

        /// The input at a cell of the window of a place; `nil` in the padding.
        func position(_ place: Int, _ cell: Int) -> Int? {
            let position = place * stride - before + cell
            return position >= 0 && position < input ? position : nil
        }

        /// How many cells of the window of a place are before this one and not in the padding.
        func cells(of place: Int, before cell: Int) -> Int {
            let start = place * stride - before
            return max(0, min(start + cell, input) - max(start, 0))
        }

        /// How many cells the windows of this place and of those after it that come before `end` have.
        func cells(ofPlacesBefore end: Int) -> Int { (0..<end).reduce(0) { $0 + cells(of: $1, before: window) } }
    }

    let axes: [Axis]
    let channels: Int
    let filters: Int
    let isChannelsLast: Bool

    private static let sizeLimit = 1 << 12

    init(_ layer: KerasLayer, _ inputs: [Shape], _ rank: Int) throws(ModelError) {
        let layout = try layer.dataLayout(spatialRank: rank)
        guard let input = inputs.first, input.rank == layout.rank, let channels = input[layout.channelAxis] else {
            throw layer.problem("keras.config", "needs an input of rank \(layout.rank) with a known number of channels")
        }
        let padding = try layer.string("padding", default: "valid")
        guard padding == "valid" || padding == "same" else {
            throw layer.problem("keras.config", "has padding '\(padding)', expected valid or same", key: "padding")
        }
        let sizes = try layer.integers("kernel_size", count: rank)
        let strides = try layer.integers("strides", count: rank, default: 1)
        var axes: [Axis] = []
        for (number, axis) in layout.spatialAxes.enumerated() {
            guard let size = input[axis], size <= Self.sizeLimit, sizes[number] >= 1, strides[number] >= 1, strides[number] <= Self.sizeLimit,
                sizes[number] <= (padding == "same" ? Self.sizeLimit : size)
            else {
                throw layer.problem(
                    "keras.unsupported",
                    "needs an input of known size up to \(Self.sizeLimit), and windows of \(sizes) that fit into it; it has \(input)",
                    key: "kernel_size")
            }
            axes.append(Axis(input: size, window: sizes[number], stride: strides[number], isSame: padding == "same"))
        }
        self.axes = axes
        self.channels = channels
        filters = try layer.integer("filters")
        guard filters >= 1, filters <= GraphLimits.size else { throw layer.problem("keras.config", "has filters \(filters)", key: "filters") }
        isChannelsLast = layout.isChannelsLast
        let counts = axes.flatMap { [$0.output, $0.window] } + [channels, filters]
        guard let count = counts.checkedProduct, count <= GraphLimits.size else {
            throw layer.problem("keras.config", "has more weights than any file", key: "filters")
        }
    }

    private var places: [Int] { axes.map(\.output) }
    private var placeCount: Int { places.reduce(1, *) }
    private var window: [Int] { axes.map(\.window) }
    /// `[places, window * channels, filters]`, as the operator reads it.
    private var shape: [Int] { [placeCount, window.reduce(channels, *), filters] }

    /// `[places..., filters]`. With channels first Keras reads the same elements as `[filters, places...]`.
    var bias: KerasStepWeight.Form {
        KerasStepWeight.Form(layout: .other, shape: places + [filters]) { [isChannelsLast, places, filters] source in
            isChannelsLast ? source : source.reshaped([filters] + places).permuted(by: Array(1...places.count) + [0])
        }
    }

    /// - Throws: `keras.config` for an implementation other than 1 to 3.
    func kernel(implementation: Int, of layer: KerasLayer) throws(ModelError) -> KerasStepWeight.Form {
        switch implementation {
        case 1:
            // Rows in the order of the input's axes.
            return KerasStepWeight.Form(layout: .other, shape: shape) { [self] source in
                guard !isChannelsLast else { return source }
                let rank = axes.count
                return source.reshaped([placeCount, channels] + window + [filters]).permuted(by: [0] + Array(2..<rank + 2) + [1, rank + 2])
                    .reshaped(shape)
            }
        case 2:
            // A matrix of every input and every output, of which what no window connects does not count.
            let inputs = axes.map(\.input)
            let sizes = isChannelsLast ? inputs + [channels] + places + [filters] : [channels] + inputs + [filters] + places
            return KerasStepWeight.Form(layout: .other, shape: sizes) { [self] source in source.gathered(shape, index: matrixIndex) }
        case 3:
            // What the windows connect, ordered by output and then by input.
            return KerasStepWeight.Form(layout: .other, shape: [connections]) { [self] source in
                let sums = axes.map { axis in (0...axis.output).map { axis.cells(ofPlacesBefore: $0) } }
                return source.gathered(shape) { listIndex($0, sums) }
            }
        default: throw layer.problem("keras.config", "has implementation \(implementation), expected 1 to 3", key: "implementation")
        }
    }

    private var connections: Int { axes.reduce(channels * filters) { $0 * $1.cells(ofPlacesBefore: $1.output) } }

    /// Place, cell of the window, channel and filter of an element of the operator's kernel.
    private func parts(_ element: Int) -> (place: [Int], cell: [Int], channel: Int, filter: Int) {
        var rest = element
        func next(_ size: Int) -> Int {
            defer { rest /= size }
            return rest % size
        }
        let filter = next(filters)
        let channel = next(channels)
        let cell = Array(axes.reversed().map { next($0.window) }.reversed())
        return (Array(axes.reversed().map { next($0.output) }.reversed()), cell, channel, filter)
    }

    private func matrixIndex(_ element: Int) -> Int? {
        let (place, cell, channel, filter) = parts(element)
        var input = isChannelsLast ? 0 : channel
        var output = isChannelsLast ? 0 : filter
        for (axis, (place, cell)) in zip(axes, zip(place, cell)) {
            guard let position = axis.position(place, cell) else { return nil }
            input = input * axis.input + position
            output = output * axis.output + place
        }
        if isChannelsLast { (input, output) = (input * channels + channel, output * filters + filter) }
        return input * placeCount * filters + output
    }

    /// - Parameter sums: for each axis, how many cells the windows before each place have.
    private func listIndex(_ element: Int, _ sums: [[Int]]) -> Int? {
        let (place, cell, channel, filter) = parts(element)
        // Cells of windows before this one, of this window, and of it before this cell.
        var (earlier, own, within) = (0, 1, 0)
        for (number, axis) in axes.enumerated() {
            guard axis.position(place[number], cell[number]) != nil else { return nil }
            let count = axis.cells(of: place[number], before: axis.window)
            earlier = earlier * (sums[number].last ?? 0) + own * sums[number][place[number]]
            within = within * count + axis.cells(of: place[number], before: cell[number])
            own *= count
        }
        if isChannelsLast { return earlier * channels * filters + (filter * own + within) * channels + channel }
        let all = sums.reduce(1) { $0 * ($1.last ?? 0) }
        return (filter * all + earlier) * channels + channel * own + within
    }
}
