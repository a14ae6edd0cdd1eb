import ModelCore
import ModelGraph

// Parts of tensors, tensors together, and elements in other places.
extension TorchFlow {
    /// Elements of a known axis from `start` to before `end`.
    private mutating func cropped(_ value: String, _ axis: Int, from start: Int, to end: Int, part: String? = nil) throws(ModelError) -> String {
        let size = try knownSize(value, axis)
        guard start >= 0, start < end, end <= size else { throw unsupported("takes elements \(start) to \(end) of \(size), which are none") }
        if start == 0, end == size { return value }
        var (before, after) = (Array(repeating: 0, count: shape(value).rank), Array(repeating: 0, count: shape(value).rank))
        (before[axis], after[axis]) = (start, size - end)
        let crop = Crop(before: before, after: after).erased
        return if let part { try emit(part, crop, [value]) } else { try emit(crop, [value]) }
    }

    private func without(_ axis: Int, _ sizes: [Int?]) -> ArraySlice<Int?> { sizes[..<axis] + sizes[(axis + 1)...] }

    mutating func slice(_ function: TorchFunction) throws(ModelError) -> String {
        let input = try input()
        let sizes = shape(input).sizes
        let given = try axis(try integer("dim", default: 0), rank: sizes.count)
        switch function {
        case .select:
            guard given > 0 else { throw samples() }
            let index = try axis(try integer("index"), rank: try knownSize(input, given))
            let element = try cropped(input, given, from: index, to: index + 1, part: "slice")
            guard case .tensor(let result) = try reshaped(element, without(given, shape(element).sizes)) else { return element }
            return result
        case .narrow:
            guard given > 0 else { throw samples() }
            let size = try knownSize(input, given)
            let offset = try integer("start")
            let start = offset < 0 ? offset + size : offset
            let end = start.adding(try integer("length")) ?? -1
            return try cropped(input, given, from: start, to: end)
        default:
            let step = try integer("step", default: 1)
            guard step >= 1 else { throw unsupported("has a step of \(step)") }
            let bounds = (try integer("start", default: 0), try integer("end", default: .max))
            if given == 0 {
                // All samples, as `x[:, 1:]` is recorded.
                guard bounds.0 == 0, bounds.1 >= recordedSamples() ?? .max, step == 1 else { throw samples() }
                return input
            }
            if bounds == (0, .max), step == 1 { return input }
            let size = try knownSize(input, given)
            func within(_ index: Int) -> Int { min(max(index < 0 ? index + size : index, 0), size) }
            let (start, end) = (within(bounds.0), within(bounds.1))
            guard step > 1 else { return try cropped(input, given, from: start, to: end) }
            return try strided(try cropped(input, given, from: start, to: end, part: "slice"), given, step)
        }
    }

    /// Every so many-th element of an axis.
    private mutating func strided(_ value: String, _ axis: Int, _ step: Int) throws(ModelError) -> String {
        let none = Array(repeating: 0, count: shape(value).rank)
        var steps = Array(repeating: 1, count: none.count)
        steps[axis] = step
        return try emit(Crop(before: none, after: none, steps: steps).erased, [value])
    }

    /// Several parts along an axis.
    mutating func parts(_ function: TorchFunction) throws(ModelError) -> [TorchValue] {
        let input = try input()
        let sizes = shape(input).sizes
        let axis = try innerAxis(try integer("dim", default: 0), rank: sizes.count)
        let size = try knownSize(input, axis)
        guard size >= 1 else { throw unsupported("takes \(size) elements apart") }
        var lengths: [Int]
        switch function {
        case .unbind:
            try requireParts(size)
            lengths = Array(repeating: 1, count: size)
        case .splitWithSizes: lengths = try list("split_sizes") ?? []
        case .tensorSplit:
            let count = try integer("sections")
            guard count >= 1, count <= size else { throw unsupported("makes \(count) parts of \(size)") }
            try requireParts(count)
            lengths = (0..<count).map { size / count + ($0 < size % count ? 1 : 0) }
        default:
            if function == .split, let several = try list("split_size"), several.count > 1 {
                lengths = several
                break
            }
            let given = try integer(function == .chunk ? "chunks" : "split_size")
            guard given >= 1 else { throw unsupported("makes parts of \(given)") }
            let length = min(function == .chunk ? (size - 1) / given + 1 : given, size)
            try requireParts((size - 1) / length + 1)
            lengths = stride(from: 0, to: size, by: length).map { min(length, size - $0) }
        }
        guard lengths.allSatisfy({ $0 >= 1 }), lengths.checkedSum == size, lengths.count <= Self.partLimit else {
            throw unsupported("splits \(size) elements into \(lengths)")
        }
        if lengths.count == 1, function != .unbind { return [.tensor(input)] }
        var results: [TorchValue] = []
        var start = 0
        for (number, length) in lengths.enumerated() {
            let part = try cropped(input, axis, from: start, to: start + length, part: "\(number)")
            start += length
            if function == .unbind {
                results.append(try reshaped(part, without(axis, shape(part).sizes), part: "element_\(number)"))
            } else {
                results.append(.tensor(part))
            }
        }
        return results
    }
    private static var partLimit: Int { 4096 }

    private func requireParts(_ count: Int) throws(ModelError) {
        guard count <= Self.partLimit else { throw unsupported("makes \(count) parts, \(Self.partLimit) are allowed") }
    }

    mutating func joined() throws(ModelError) -> String {
        let inputs = try tensors("tensors")
        let axis = try innerAxis(try integer("dim", default: 0), rank: shape(inputs[0]).rank)
        return try emit(Concatenate(axis: axis).erased, inputs)
    }

    /// Tensors one after the other along their axis of samples, which then counts so many times as many; `nil` for another axis.
    mutating func joinedSamples() throws(ModelError) -> TorchValue? {
        guard case .list(let items)? = argument(["tensors"]) else { return nil }
        var parts: [(view: TorchView, extent: TorchExtent)] = []
        for item in items {
            guard let view = item.valueNames.first.flatMap({ values[$0] }).flatMap(seen) else { return nil }
            parts.append((view, try extent(view)))
        }
        guard let first = parts.first, try axis(try integer("dim", default: 0), rank: first.view.rank) == first.view.axis else { return nil }
        guard parts.allSatisfy({ $0.view.axis == first.view.axis && $0.view.rank == first.view.rank && $0.extent.inner == first.extent.inner }) else {
            throw samples()
        }
        var joined: [String] = []
        for (number, (view, extent)) in parts.enumerated() {
            let inner = extent.inner > 1 ? [extent.inner] : []
            let sizes = [nil] + extent.before + [extent.outer] + inner + extent.after
            guard case .tensor(let value) = try reshaped(view.value, sizes[...], part: "\(number)") else { return nil }
            joined.append(value)
        }
        let whole = try emit(Concatenate(axis: first.view.axis + 1).erased, joined)
        return result(
            TorchView(value: whole, rank: first.view.rank, axis: first.view.axis, hasOuter: true, hasInner: first.extent.inner > 1))
    }

    /// Tensors one after the other along a new axis, before that of samples too.
    mutating func stacked() throws(ModelError) -> TorchValue {
        guard case .list(let items)? = argument(["tensors"]) else { throw unsupported("has no tensors") }
        var parts: [TorchView] = []
        for (number, item) in items.enumerated() {
            guard let name = item.valueNames.first, let view = values[name].flatMap(seen) else {
                throw unsupported("stacks what is no tensor that depends on an input")
            }
            let axis = try axis(try integer("dim", default: 0), rank: view.rank + 1)
            let part = try widened(view, at: axis, part: "\(number)")
            parts += [seen(part)].compactMap(\.self)
        }
        guard let first = parts.first, let place = first.place(of: try axis(try integer("dim", default: 0), rank: first.rank)),
            parts.allSatisfy({ $0.standing == first.standing })
        else { throw samples() }
        return result(first.seeing(try emit(Concatenate(axis: place).erased, parts.map(\.value))))
    }

    mutating func flip() throws(ModelError) -> String {
        let input = try input()
        var axes: Set<Int> = []
        for axis in try list("dims") ?? [] { axes.insert(try innerAxis(axis, rank: shape(input).rank)) }
        return axes.isEmpty ? input : try emit(Flip(axes: axes.sorted()).erased, [input])
    }

    mutating func roll() throws(ModelError) -> String {
        var current = try input()
        let (shifts, dims) = (try list("shifts") ?? [], try list("dims") ?? [])
        guard shifts.count == dims.count, !dims.isEmpty else { throw unsupported("rolls the whole tensor, or not one axis for each shift") }
        for (number, (shift, dim)) in zip(shifts, dims).enumerated() {
            let axis = try innerAxis(dim, rank: shape(current).rank)
            let size = try knownSize(current, axis)
            let start = ((size - shift % size) % size + size) % size
            if start == 0 { continue }
            let tail = try cropped(current, axis, from: start, to: size, part: "tail_\(number)")
            let head = try cropped(current, axis, from: 0, to: start, part: "head_\(number)")
            let whole = Concatenate(axis: axis).erased
            current = number == dims.count - 1 ? try emit(whole, [tail, head]) : try emit("rolled_\(number)", whole, [tail, head])
        }
        return current
    }

    /// Copies side by side: `repeat` of every axis, `expand` of those of size 1.
    mutating func repeated(_ function: TorchFunction) throws(ModelError) -> String {
        var current = try input()
        let sizes = shape(current).sizes
        var counts: [Int] = []
        if function == .expandAs {
            let wanted = shape(try tensor("other")).sizes
            guard wanted.count == sizes.count else { throw unsupported("expands \(shape(current)) to \(Shape(wanted))") }
            for (size, wanted) in zip(sizes, wanted).dropFirst() {
                guard let wanted else { throw unsupported("expands to a size that is not known") }
                counts.append(size == 1 ? wanted : 1)
            }
        } else {
            let given = try self.sizes(function == .repeat ? "repeats" : "size") ?? []
            guard given.count == sizes.count else { throw unsupported("names \(given.count) axes of \(sizes.count)") }
            if function == .repeat, given[0] != .integer(1) { throw samples() }
            for (size, wanted) in zip(sizes, given).dropFirst() {
                guard case .integer(let wanted) = wanted else { throw samples() }
                counts.append(function == .repeat ? wanted : wanted == -1 || size != 1 ? 1 : wanted)
            }
        }
        guard counts.allSatisfy({ $0 >= 1 && $0 <= Self.partLimit }) else { throw unsupported("makes \(counts) copies") }
        let axes = counts.indices.filter { counts[$0] > 1 }
        for index in axes {
            let copies = Array(repeating: current, count: counts[index])
            let whole = Concatenate(axis: index + 1).erased
            current = index == axes.last ? try emit(whole, copies) : try emit("copies_\(index + 1)", whole, copies)
        }
        return current
    }

    /// Reshape, transpose, reshape.
    mutating func shuffle(_ function: TorchFunction) throws(ModelError) -> String {
        let input = try input()
        let sizes = shape(input).sizes
        let isChannels = function == .channelShuffle || function == .nativeChannelShuffle
        guard sizes.count == 4 || isChannels && sizes.count >= 3 else { throw unsupported("is called with \(shape(input)), expected 4 axes") }
        let channels = try knownSize(input, 1)
        let factor = try integer(isChannels ? "groups" : function == .pixelShuffle ? "upscale_factor" : "downscale_factor")
        guard factor >= 1, factor <= GraphLimits.size, let square = factor.multiplied(by: factor) else { throw unsupported("has factor \(factor)") }
        let (parts, order, whole): ([Int?], [Int], [Int?])
        if isChannels {
            guard channels % factor == 0 else { throw unsupported("makes \(factor) groups of \(channels) channels") }
            parts = [factor, channels / factor] + sizes[2...]
            order = [0, 2, 1] + Array(3..<sizes.count + 1)
            whole = [channels] + sizes[2...]
        } else {
            let (height, width) = (try knownSize(input, 2), try knownSize(input, 3))
            if function == .pixelShuffle {
                guard channels % square == 0, let high = height.multiplied(by: factor), let wide = width.multiplied(by: factor) else {
                    throw unsupported("makes blocks of \(factor) by \(factor) of \(channels) channels")
                }
                parts = [channels / square, factor, factor, height, width]
                order = [0, 1, 4, 2, 5, 3]
                whole = [channels / square, high, wide]
            } else {
                guard height % factor == 0, width % factor == 0, let deep = channels.multiplied(by: square) else {
                    throw unsupported("takes blocks of \(factor) by \(factor) of \(height) by \(width)")
                }
                parts = [channels, height / factor, factor, width / factor, factor]
                order = [0, 1, 3, 5, 2, 4]
                whole = [deep, height / factor, width / factor]
            }
        }
        guard case .tensor(let split) = try reshaped(input, [nil] + parts[...], part: "parts") else { return input }
        let moved = try emit("moved", Transpose(permutation: order).erased, [split])
        guard case .tensor(let result) = try reshaped(moved, [nil] + whole[...]) else { return moved }
        return result
    }

    mutating func pad(_ function: TorchFunction) throws(ModelError) -> String {
        let input = try input()
        let rank = shape(input).rank
        let given = try list(argument(["pad"]) != nil ? "pad" : "padding") ?? []
        guard given.count % 2 == 0, given.count <= 2 * rank else { throw unsupported("has \(given.count) amounts for \(rank) axes") }
        let mode: PaddingMode
        switch function {
        case .pad:
            let modes: [String: PaddingMode] = ["constant": .constant, "reflect": .reflect, "replicate": .replicate, "circular": .circular]
            let name = try text("mode", default: "constant")
            guard let found = modes[name] else { throw unsupported("has mode '\(name)'") }
            mode = found
        case .constantPad: mode = .constant
        case .reflectionPad1d, .reflectionPad2d, .reflectionPad3d: mode = .reflect
        default: mode = .replicate
        }
        var (before, after) = (Array(repeating: 0, count: rank), Array(repeating: 0, count: rank))
        for pair in 0..<given.count / 2 {
            // The last axis comes first.
            (before[rank - 1 - pair], after[rank - 1 - pair]) = (given[2 * pair], given[2 * pair + 1])
        }
        guard before[0] == 0, after[0] == 0 else { throw samples() }
        guard (before + after).allSatisfy((-GraphLimits.size...GraphLimits.size).contains) else { throw unsupported("pads by \(given)") }
        let cut = (before.map { max(-$0, 0) }, after.map { max(-$0, 0) })
        let added = (before.map { max($0, 0) }, after.map { max($0, 0) })
        let (cuts, adds) = ((cut.0 + cut.1).contains { $0 > 0 }, (added.0 + added.1).contains { $0 > 0 })
        guard !cuts || mode == .constant else { throw unsupported("removes elements in mode '\(mode.rawValue)'") }
        let crop = Crop(before: cut.0, after: cut.1).erased
        guard adds else { return cuts ? try emit(crop, [input]) : input }
        let value = mode == .constant ? try number("value", default: 0) : 0
        let current = cuts ? try emit("cropped", crop, [input]) : input
        return try emit(Pad(before: added.0, after: added.1, mode: mode, value: value).erased, [current])
    }
}
