import ModelCore
import ModelGraph

// Pooling.
extension TorchFlow {
    mutating func pooling(_ kind: PoolingKind, spatialRank: Int) throws(ModelError) -> String {
        let low = kind == .maximum ? try lowPadding() : nil
        let input = if let low { low.value } else { try input() }
        let layout = try layout(spatialRank: spatialRank, of: input)
        if let sizes = try extents(named: "kernel_size"), sizes.contains(where: { $0.known == nil }) {
            guard low == nil else { throw unsupported("has a window of a size that is not known over what is padded") }
            return try pooling(kind, over: sizes, layout, of: input)
        }
        let window = try integers("kernel_size", count: spatialRank)
        let amounts = try integers("padding", count: spatialRank, default: 0)
        var (before, after) = (amounts, amounts)
        for (position, axis) in layout.spatialAxes.enumerated() {
            guard let low, let first = before[position].adding(low.before[axis]), let last = after[position].adding(low.after[axis]) else { continue }
            (before[position], after[position]) = (first, last)
        }
        let given = try integers("stride", count: spatialRank, default: 0)
        let strides = given.allSatisfy { $0 == 0 } ? window : given
        let isCeiling = try bool("ceil_mode", default: false)
        func operation(countIncludesPadding: Bool, isCeiling: Bool) throws(ModelError) -> Operator {
            Pooling(
                kind: kind, layout: layout, window: window, strides: strides,
                dilations: try integers("dilation", count: spatialRank, default: 1),
                padding: before + after == (before + after).map { _ in 0 } ? .valid : .explicit(before: before, after: after, mode: .constant),
                countIncludesPadding: countIncludesPadding, ceilMode: isCeiling
            ).erased
        }
        guard argument(["divisor_override"]) != nil else {
            let counts = kind == .average ? try bool("count_include_pad", default: true) : false
            return try emit(try operation(countIncludesPadding: counts, isCeiling: isCeiling), [input])
        }
        // The sum of a window is its average times the number of its elements, if all count, padding and what hangs over the end too.
        let divisor = try integer("divisor_override")
        disregard("count_include_pad")
        guard divisor != 0, let count = window.checkedProduct else { throw unsupported("divides by \(divisor)") }
        if isCeiling { after = try paddingOfWholeWindows(shape(input), layout, window, strides, before, after) }
        let average = try emit("average", try operation(countIncludesPadding: true, isCeiling: false), [input])
        return try emit(Rescaling(scale: [Double(count) / Double(divisor)], offset: [0]).erased, [average])
    }

    /// What is after each axis where the last window is whole that begins before its end.
    private func paddingOfWholeWindows(
        _ input: Shape, _ layout: DataLayout, _ window: [Int], _ strides: [Int], _ before: [Int], _ after: [Int]
    ) throws(ModelError) -> [Int] {
        var after = after
        for (position, axis) in layout.spatialAxes.enumerated() {
            let (size, stride) = (input[axis], strides[position])
            guard let size, stride >= 1, window[position] >= 1, let padded = size.adding(before[position]),
                let room = padded.adding(after[position])?.adding(-window[position]), room >= 0
            else { throw unsupported("needs the size of axis \(axis) of \(input)") }
            var steps = room == 0 ? 0 : (room - 1) / stride + 1
            if let last = steps.multiplied(by: stride), last >= padded { steps -= 1 }
            guard let end = steps.multiplied(by: stride)?.adding(window[position]) else { throw unsupported("has strides of \(strides)") }
            after[position] = max(end - padded, 0)
        }
        return after
    }

    /// What a maximum reads, if it is padded with what is lower than all numbers.
    private func lowPadding() throws(ModelError) -> (value: String, before: [Int], after: [Int])? {
        guard case .value(let name)? = argument(["self", "input"]), case .lowPadded(let value, let before, let after)? = values[name] else {
            return nil
        }
        return (value, before, after)
    }

    /// Windows whose sizes are known when the network runs: side by side, without padding.
    private mutating func pooling(_ kind: PoolingKind, over sizes: [TorchSize], _ layout: DataLayout, of input: String) throws(ModelError) -> String {
        let windows = sizes.count == 1 ? layout.spatialAxes.map { _ in sizes[0] } : sizes
        let strides = try extents(named: "stride") ?? []
        let padding = try integers("padding", count: layout.spatialRank, default: 0)
        let dilations = try integers("dilation", count: layout.spatialRank, default: 1)
        let roundsUp = try bool("ceil_mode", default: false)
        let isPlain = (strides.isEmpty || strides == sizes) && padding.allSatisfy { $0 == 0 } && dilations.allSatisfy { $0 == 1 }
        guard isPlain, !roundsUp, argument(["divisor_override"]) == nil, windows.count == layout.spatialRank else {
            throw openSize("as 'kernel_size'")
        }
        if windows == layout.spatialAxes.map({ extent(input, $0) }) {
            return try emit(GlobalPooling(kind: kind, layout: layout, keepsAxes: true).erased, [input])
        }
        let ones = windows.map { _ in 1 }
        let operation = Pooling(kind: kind, layout: layout, window: ones, strides: ones, padding: .valid)
        return try emit(operation.erased, sizes: ["window": windows, "strides": windows], input)
    }

    mutating func adaptivePooling(_ kind: PoolingKind, spatialRank: Int) throws(ModelError) -> String {
        let input = try input()
        let layout = try layout(spatialRank: spatialRank, of: input)
        var sizes: [TorchSize] = []
        let given: [TorchArgument] =
            if case .list(let items)? = argument(["output_size"]) { items } else { argument(["output_size"]).map { [$0] } ?? [] }
        for (position, axis) in layout.spatialAxes.enumerated() {
            let wanted = given.count == 1 ? given[0] : given.indices.contains(position) ? given[position] : .other("")
            if wanted == .none {
                sizes.append(extent(input, axis))
            } else if let size = try size(wanted)?.extent {
                sizes.append(size)
            } else {
                throw unsupported("has no sizes as 'output_size'")
            }
        }
        if sizes.allSatisfy({ $0.known == 1 }) { return try emit(GlobalPooling(kind: kind, layout: layout, keepsAxes: true).erased, [input]) }
        let operation = AdaptivePooling(kind: kind, layout: layout, outputSize: sizes.map { _ in 1 })
        return try emit(operation.erased, sizes: ["output_size": sizes], input)
    }
}
