import ModelCore
import ModelGraph

extension RoundingTrial {
    /// A layout, and an input in it.
    private mutating func image(channels: Int) -> (DataLayout, Tensor<Float>)? {
        let rank = numbers.random.within(1...3)
        guard let last = DataLayout.channelsLast(spatialRank: rank), let first = DataLayout.channelsFirst(spatialRank: rank) else { return nil }
        let sizes = numbers.sizes(rank, 1...(rank == 1 ? 9 : 5))
        let isLast = numbers.random.chance(2)
        return isLast ? (last, numbers.array([1] + sizes + [channels])) : (first, numbers.array([1, channels] + sizes))
    }

    private mutating func padding(_ rank: Int, below extents: [Int]) -> Padding {
        switch numbers.random.below(3) {
        case 0: return .valid
        case 1: return .same
        default:
            let before = extents.map { numbers.random.below($0) }
            return .explicit(before: before, after: extents.map { numbers.random.below($0) }, mode: .constant)
        }
    }

    /// For each place of a window, where it is in the input; nothing outside of it.
    private func sources(_ windows: [Window], _ padding: Padding, _ input: [Int], output: [Int]) -> [(tap: [Int], source: [Int])] {
        indices(of: windows.map(\.size)).compactMap { tap in
            var source: [Int] = []
            for (axis, window) in windows.enumerated() {
                let before = window.padding(padding, axis: axis, input: input[axis]).before
                let place = output[axis] * window.stride - before + tap[axis] * window.dilation
                guard place >= 0, place < input[axis] else { return nil }
                source.append(place)
            }
            return (tap, source)
        }
    }

    private func place(_ layout: DataLayout, sample: Int, _ spatial: [Int], channel: Int) -> [Int] {
        layout.isChannelsLast ? [sample] + spatial + [channel] : [sample, channel] + spatial
    }

    mutating func convolution() -> Execution? {
        let groups = numbers.random.within(1...2)
        let (inputs, outputs) = (numbers.random.within(1...3), numbers.random.within(1...2) * groups)
        guard let (layout, image) = image(channels: inputs * groups), let kernelLayout = KernelLayout.windowFirst(spatialRank: layout.spatialRank)
        else { return nil }
        let window = numbers.sizes(layout.spatialRank, 1...3)
        let dilations = numbers.sizes(layout.spatialRank, 1...2)
        let kernel = numbers.array(window + [inputs, outputs])
        let bias: Tensor<Float>? = numbers.random.chance(2) ? vector(outputs) : nil
        let padding = padding(layout.spatialRank, below: zip(window, dilations).map { ($0 - 1) * $1 + 1 })
        let convolution = Convolution(
            layout: layout, strides: numbers.sizes(layout.spatialRank, 1...2), dilations: dilations, groups: groups, padding: padding)
        var weights = ["kernel": Weight(kernel, kernelLayout)]
        weights["bias"] = bias.map { Weight($0) }
        guard let shape = shape(convolution.erased, [image], weights) else { return nil }
        let windows = window.indices.map { Window(size: window[$0], stride: convolution.strides[$0], dilation: dilations[$0]) }
        let spatial = layout.spatialAxes.map { image.shape[$0] }
        var output = Tensor<Float>(repeating: 0, shape: shape)
        for index in indices(of: layout.spatialAxes.map { shape[$0] }) {
            let sources = sources(windows, padding, spatial, output: index)
            for channel in 0..<outputs {
                let first = channel / (outputs / groups) * inputs
                var terms: [(Float, Float)] = []
                for (tap, source) in sources {
                    for input in 0..<inputs {
                        let x = image.scalars[position(place(layout, sample: 0, source, channel: first + input), in: image.shape)]
                        terms.append((x, kernel.scalars[position(tap + [input, channel], in: kernel.shape)]))
                    }
                }
                output[position: position(place(layout, sample: 0, index, channel: channel), in: shape)] = arithmetic.sum(
                    terms, bias: bias?.scalars[channel])
            }
        }
        return Execution(operation: convolution.erased, inputs: [image], weights: weights, output: output)
    }

    mutating func transposedConvolution() -> Execution? {
        let (inputs, outputs) = (numbers.random.within(1...3), numbers.random.within(1...3))
        guard let (layout, image) = image(channels: inputs), let kernelLayout = KernelLayout.transposedWindowFirst(spatialRank: layout.spatialRank)
        else { return nil }
        let rank = layout.spatialRank
        let window = numbers.sizes(rank, 1...3)
        let kernel = numbers.array(window + [outputs, inputs])
        let bias: Tensor<Float>? = numbers.random.chance(2) ? vector(outputs) : nil
        let crop = window.map { numbers.random.below($0) }
        let operation = TransposedConvolution(
            layout: layout, strides: numbers.sizes(rank, 1...3), dilations: numbers.sizes(rank, 1...2), groups: 1,
            padding: .explicit(before: crop, after: crop, mode: .constant), outputPadding: [])
        var weights = ["kernel": Weight(kernel, kernelLayout)]
        weights["bias"] = bias.map { Weight($0) }
        guard let shape = shape(operation.erased, [image], weights) else { return nil }
        // Every input element spreads over the output.
        var terms: [Int: [(Float, Float)]] = [:]
        for source in indices(of: layout.spatialAxes.map { image.shape[$0] }) {
            for tap in indices(of: window) {
                let target = (0..<rank).map { source[$0] * operation.strides[$0] + tap[$0] * operation.dilations[$0] - crop[$0] }
                guard zip(target, layout.spatialAxes).allSatisfy({ $0 >= 0 && $0 < shape[$1] }) else { continue }
                for input in 0..<inputs {
                    let x = image.scalars[position(place(layout, sample: 0, source, channel: input), in: image.shape)]
                    for channel in 0..<outputs {
                        let w = kernel.scalars[position(tap + [channel, input], in: kernel.shape)]
                        terms[position(place(layout, sample: 0, target, channel: channel), in: shape), default: []].append((x, w))
                    }
                }
            }
        }
        var output = Tensor<Float>(repeating: 0, shape: shape)
        for index in indices(of: shape) {
            let element = position(index, in: shape)
            output[position: element] = arithmetic.sum(terms[element] ?? [], bias: bias?.scalars[index[layout.channelAxis]])
        }
        return Execution(operation: operation.erased, inputs: [image], weights: weights, output: output)
    }

    mutating func pooling() -> Execution? {
        guard let (layout, image) = image(channels: 2) else { return nil }
        let rank = layout.spatialRank
        let window = numbers.sizes(rank, 1...3)
        let kind: PoolingKind = numbers.random.chance(3) ? .l2 : .average
        let padding = padding(rank, below: window)
        let pooling = Pooling(
            kind: kind, layout: layout, window: window, strides: numbers.sizes(rank, 1...2), padding: padding,
            countIncludesPadding: numbers.random.chance(2))
        guard let shape = shape(pooling.erased, [image]) else { return nil }
        let spatial = layout.spatialAxes.map { image.shape[$0] }
        var output = Tensor<Float>(repeating: 0, shape: shape)
        for index in indices(of: layout.spatialAxes.map { shape[$0] }) {
            let sources = sources(pooling.windows, padding, spatial, output: index)
            for channel in 0..<2 {
                let values = sources.map { image.scalars[position(place(layout, sample: 0, $0.source, channel: channel), in: image.shape)] }
                let count = pooling.countIncludesPadding ? window.reduce(1, *) : values.count
                output[position: position(place(layout, sample: 0, index, channel: channel), in: shape)] = pool(kind, values, count)
            }
        }
        return Execution(operation: pooling.erased, inputs: [image], output: output)
    }

    private mutating func pool(_ kind: PoolingKind, _ values: [Float], _ count: Int) -> Float {
        kind == .l2 ? arithmetic.sum(values.map { ($0, $0) }).squareRoot() : arithmetic.mean(values, count: count)
    }

    /// Pooling of all, or to a fixed size.
    mutating func wholePooling() -> Execution? {
        guard let (layout, image) = image(channels: 2) else { return nil }
        let kind: PoolingKind = numbers.random.chance(3) ? .l2 : .average
        let spatial = layout.spatialAxes.map { image.shape[$0] }
        let sizes = numbers.random.chance(2) ? spatial.map { _ in 1 } : spatial.map { numbers.random.within(1...$0) }
        let operation =
            sizes.allSatisfy { $0 == 1 }
            ? GlobalPooling(kind: kind, layout: layout, keepsAxes: true).erased
            : AdaptivePooling(kind: kind, layout: layout, outputSize: sizes).erased
        guard let shape = shape(operation, [image]) else { return nil }
        var output = Tensor<Float>(repeating: 0, shape: shape)
        for index in indices(of: sizes) {
            let ranges = index.indices.map { axis in
                index[axis] * spatial[axis] / sizes[axis]..<((index[axis] + 1) * spatial[axis] + sizes[axis] - 1) / sizes[axis]
            }
            for channel in 0..<2 {
                let values = indices(of: ranges.map(\.count)).map { offset in
                    let source = offset.indices.map { ranges[$0].lowerBound + offset[$0] }
                    return image.scalars[position(place(layout, sample: 0, source, channel: channel), in: image.shape)]
                }
                output[position: position(place(layout, sample: 0, index, channel: channel), in: shape)] = pool(kind, values, values.count)
            }
        }
        return Execution(operation: operation, inputs: [image], output: output)
    }
}
