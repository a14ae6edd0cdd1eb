import ModelCore
import ModelGraph

// Parts of tensors, tensors together, and elements in other places.
extension TorchFlow {
    /// Elements of a known axis from `start` to before `end`.
    mutating func cropped(_ value: String, _ axis: Int, from start: Int, to end: Int, part: String? = nil) throws(ModelError) -> String {
        let size = try knownSize(value, axis)
        guard start >= 0, start < end, end <= size else { throw unsupported("takes elements \(start) to \(end) of \(size), which are none") }
        if start == 0, end == size { return value }
        if derived != nil { return try deriveSlice(value, axis, start..<end, part: part) }
        return try cropped(value, axis, before: .constant(start), after: .constant(size - end), part: part)
    }

    /// An axis without so many elements before and after.
    private mutating func cropped(
        _ value: String, _ axis: Int, before: TorchSize, after: TorchSize, part: String? = nil
    ) throws(ModelError) -> String {
        if before == 0, after == 0 { return value }
        let none = [TorchSize](repeating: 0, count: shape(value).rank)
        var amounts = ["before": none, "after": none]
        amounts["before"]?[axis] = before
        amounts["after"]?[axis] = after
        let zeros = none.map { _ in 0 }
        return try emit(Crop(before: zeros, after: zeros).erased, sizes: amounts, value, part: part)
    }

    private func without(_ axis: Int, _ sizes: [TorchSize]) -> ArraySlice<TorchSize> { sizes[..<axis] + sizes[(axis + 1)...] }

    /// How many elements of an axis of unknown size are before an index, which counts from the end if it is negative.
    private func lead(_ index: TorchSize, _ size: TorchSize) throws(ModelError) -> TorchSize {
        if index.isNotNegative { return index }
        // -1 for a negative index, and 0 for any other.
        let sign = TorchSize.combined(.minimum, index, 0).flatMap { TorchSize.combined(.maximum, $0, -1) }
        let place = sign.flatMap { TorchSize.combined(.multiply, size, $0) }.flatMap { TorchSize.combined(.subtract, index, $0) }
        return try computed(place.flatMap { .combined(.maximum, $0, 0) })
    }

    /// How many are from an index on.
    private func tail(_ index: TorchSize, _ size: TorchSize) throws(ModelError) -> TorchSize {
        if let known = index.known {
            if known == .max { return 0 }
            if known < 0 { return .constant(-max(known, -GraphLimits.size)) }
        }
        return try computed(TorchSize.combined(.subtract, size, try lead(index, size)).flatMap { .combined(.maximum, $0, 0) })
    }

    mutating func slice(_ function: TorchFunction) throws(ModelError) -> String {
        let input = try input()
        let sizes = extents(input)
        let given = try axis(try integer("dim", default: 0), rank: sizes.count)
        switch function {
        case .select:
            guard given > 0 || derived != nil else { throw samples() }
            let element: String
            if sizes[given].known == nil {
                let index = TorchSize.constant(try integer("index"))
                let lead = try lead(index, sizes[given])
                let rest = try computed(TorchSize.combined(.subtract, sizes[given], lead).flatMap { .combined(.subtract, $0, 1) })
                element = try cropped(input, given, before: lead, after: rest, part: "slice")
            } else {
                let index = try axis(try integer("index"), rank: try knownSize(input, given))
                element = try cropped(input, given, from: index, to: index + 1, part: "slice")
            }
            guard case .tensor(let result) = try reshaped(element, without(given, extents(element))) else { return element }
            return result
        case .narrow:
            guard given > 0 || derived != nil else { throw samples() }
            if let start = try extents(named: "start")?.first, let length = try extents(named: "length")?.first,
                [start, length, sizes[given]].contains(where: { $0.known == nil })
            {
                let lead = try lead(start, sizes[given])
                let rest = TorchSize.combined(.subtract, sizes[given], lead).flatMap { TorchSize.combined(.subtract, $0, length) }
                return try cropped(input, given, before: lead, after: try computed(rest))
            }
            let size = try knownSize(input, given)
            let offset = try integer("start")
            let start = offset < 0 ? offset + size : offset
            let end = start.adding(try integer("length")) ?? -1
            return try cropped(input, given, from: start, to: end)
        default:
            let step = try integer("step", default: 1)
            guard step >= 1 else { throw unsupported("has a step of \(step)") }
            let places = (try extents(named: "start")?.first ?? 0, try extents(named: "end")?.first ?? .constant(.max))
            if given > 0, [places.0, places.1, sizes[given]].contains(where: { $0.known == nil }) {
                let (lead, rest) = (try lead(places.0, sizes[given]), try tail(places.1, sizes[given]))
                guard step > 1 else { return try cropped(input, given, before: lead, after: rest) }
                return try strided(try cropped(input, given, before: lead, after: rest, part: "slice"), given, step)
            }
            let bounds = (try integer("start", default: 0), try integer("end", default: .max))
            if given == 0, derived == nil {
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
    mutating func strided(_ value: String, _ axis: Int, _ step: Int, part: String? = nil) throws(ModelError) -> String {
        let none = Array(repeating: 0, count: shape(value).rank)
        var steps = Array(repeating: 1, count: none.count)
        steps[axis] = step
        let crop = Crop(before: none, after: none, steps: steps).erased
        return if let part { try emit(part, crop, [value]) } else { try emit(crop, [value]) }
    }

    /// Several parts along an axis.
    mutating func parts(_ function: TorchFunction) throws(ModelError) -> [TorchValue] {
        let input = try input()
        let sizes = shape(input).sizes
        let axis = try innerAxis(try integer("dim", default: 0), rank: sizes.count)
        if sizes[axis] == nil, function == .chunk { return try chunks(input, axis) }
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
                results.append(try reshaped(part, without(axis, extents(part)), part: "element_\(number)"))
            } else {
                results.append(.tensor(part))
            }
        }
        return results
    }
    private static var partLimit: Int { 4096 }

    /// As many parts as there are results, the last of which may be shorter.
    private mutating func chunks(_ input: String, _ axis: Int) throws(ModelError) -> [TorchValue] {
        let count = try integer("chunks")
        guard count >= 2, count == call.outputs.count else { throw openSize("for axis \(axis) of \(shape(input))") }
        try requireParts(count)
        let size = extent(input, axis)
        let length = try computed(
            TorchSize.combined(.add, size, .constant(count - 1)).flatMap { .combined(.divide, $0, .constant(count)) })
        var results: [TorchValue] = []
        for number in 0..<count {
            let before = try computed(.combined(.multiply, length, .constant(number)))
            let end = try computed(.combined(.multiply, length, .constant(number + 1)))
            let after = number == count - 1 ? 0 : try computed(.combined(.subtract, size, end))
            results.append(.tensor(try cropped(input, axis, before: before, after: after, part: "\(number)")))
        }
        return results
    }

    func requireParts(_ count: Int) throws(ModelError) {
        guard count <= Self.partLimit else { throw unsupported("makes \(count) parts, \(Self.partLimit) are allowed") }
    }

    mutating func joined() throws(ModelError) -> String {
        if derived == nil, let whole = try joinedWithWeights() { return whole }
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
            let factors = ([extent.outer] + (extent.inner > 1 ? [extent.inner] : [])).map(TorchSize.constant)
            let sizes: [TorchSize] = [1] + extent.before + factors + extent.after
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
        if derived != nil { return try flippedWeight(input) }
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
        if derived != nil { return try repeatedWeight(function) }
        var current = try input()
        let sizes = extents(current)
        var wanted: [TorchSize]
        if function == .expandAs {
            let other = try tensor("other")
            wanted = extents(other)
            guard wanted.count == sizes.count else { throw unsupported("expands \(shape(current)) to \(wanted.count) axes") }
        } else {
            let given = try self.sizes(function == .repeat ? "repeats" : "size") ?? []
            guard given.count == sizes.count else { throw unsupported("names \(given.count) axes of \(sizes.count)") }
            if function == .repeat, given[0] != .integer(1) { throw samples() }
            wanted = [1]
            for size in given.dropFirst() {
                guard let size = size.extent else { throw samples() }
                wanted.append(size)
            }
        }
        if function != .repeat {
            wanted = zip(sizes, wanted).map { size, wanted in wanted == -1 ? size : wanted }
            if zip(sizes, wanted).dropFirst().contains(where: { $0 == 1 && $1.known == nil }) { return try spread(current, to: wanted) }
        }
        var counts: [Int] = []
        for (size, wanted) in zip(sizes, wanted).dropFirst() {
            guard function == .repeat || size == 1 else {
                counts.append(1)
                continue
            }
            guard let count = wanted.known else { throw openSize("in 'repeats'") }
            counts.append(count)
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

    /// Spatial axes of one element, each of which becomes as many as another value has.
    private mutating func spread(_ value: String, to wanted: [TorchSize]) throws(ModelError) -> String {
        let sizes = extents(value)
        guard let layout = DataLayout.channelsFirst(spatialRank: sizes.count - 2), sizes[1] == wanted[1] else {
            throw openSize("for the copies of \(shape(value))")
        }
        let ones = layout.spatialAxes.map { _ in 1 }
        let resize = Resize(layout: layout, target: .sizes(ones), interpolation: .nearest, positions: .leadingEdge)
        return try emit(resize.erased, sizes: ["sizes": layout.spatialAxes.map { sizes[$0] == 1 ? wanted[$0] : sizes[$0] }], value)
    }

    /// Reshape, transpose, reshape.
    mutating func shuffle(_ function: TorchFunction) throws(ModelError) -> String {
        let input = try input()
        let sizes = extents(input)
        let isChannels = function == .channelShuffle || function == .nativeChannelShuffle
        guard sizes.count == 4 || isChannels && sizes.count >= 3 else { throw unsupported("is called with \(shape(input)), expected 4 axes") }
        let channels = try knownSize(input, 1)
        let factor = try integer(isChannels ? "groups" : function == .pixelShuffle ? "upscale_factor" : "downscale_factor")
        guard factor >= 1, factor <= GraphLimits.size, let square = factor.multiplied(by: factor) else { throw unsupported("has factor \(factor)") }
        let factors = TorchSize.constant(factor)
        let (parts, order, whole): ([TorchSize], [Int], [TorchSize])
        if isChannels {
            guard channels % factor == 0 else { throw unsupported("makes \(factor) groups of \(channels) channels") }
            parts = [factors, .constant(channels / factor)] + sizes[2...]
            order = [0, 2, 1] + Array(3..<sizes.count + 1)
            whole = [.constant(channels)] + sizes[2...]
        } else if function == .pixelShuffle {
            guard channels % square == 0 else { throw unsupported("makes blocks of \(factor) by \(factor) of \(channels) channels") }
            let high = try computed(.combined(.multiply, sizes[2], factors))
            let wide = try computed(.combined(.multiply, sizes[3], factors))
            parts = [.constant(channels / square), factors, factors, sizes[2], sizes[3]]
            order = [0, 1, 4, 2, 5, 3]
            whole = [.constant(channels / square), high, wide]
        } else {
            guard let deep = channels.multiplied(by: square), sizes[2...].allSatisfy({ ($0.known ?? 0) % factor == 0 }) else {
                throw unsupported("takes blocks of \(factor) by \(factor) of \(shape(input))")
            }
            let high = try computed(.combined(.divide, sizes[2], factors))
            let wide = try computed(.combined(.divide, sizes[3], factors))
            parts = [.constant(channels), high, factors, wide, factors]
            order = [0, 1, 3, 5, 2, 4]
            whole = [.constant(deep), high, wide]
        }
        guard case .tensor(let split) = try reshaped(input, [1] + parts[...], part: "parts", isExact: true) else { return input }
        let moved = try emit("moved", Transpose(permutation: order).erased, [split])
        guard case .tensor(let result) = try reshaped(moved, [1] + whole[...]) else { return moved }
        return result
    }

    mutating func pad(_ function: TorchFunction) throws(ModelError) -> TorchValue {
        let input = try input()
        let rank = shape(input).rank
        let given = try extents(named: argument(["pad"]) != nil ? "pad" : "padding") ?? []
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
        let none = [TorchSize](repeating: 0, count: rank)
        var (before, after) = (none, none)
        for pair in 0..<given.count / 2 {
            // The last axis comes first.
            (before[rank - 1 - pair], after[rank - 1 - pair]) = (given[2 * pair], given[2 * pair + 1])
        }
        guard derived != nil || before[0] == 0 && after[0] == 0 else { throw samples() }
        let numbers = (before + after).compactMap(\.known)
        guard numbers.allSatisfy((-GraphLimits.size...GraphLimits.size).contains) else { throw unsupported("pads by \(numbers)") }
        // Negative amounts are cut off; zeros alone are padded by amounts that may turn out to be negative.
        let mayCut = mode == .constant
        var (cut, added) = ((none, none), (none, none))
        for axis in 0..<rank {
            (cut.0[axis], added.0[axis]) = try amounts(of: before[axis], mayCut: mayCut)
            (cut.1[axis], added.1[axis]) = try amounts(of: after[axis], mayCut: mayCut)
        }
        let (cuts, adds) = (cut.0 + cut.1 != none + none, added.0 + added.1 != none + none)
        guard !cuts || mode == .constant else { throw unsupported("removes elements in mode '\(mode.rawValue)'") }
        let zeros = none.map { _ in 0 }
        let crop = Crop(before: zeros, after: zeros).erased
        let cutSizes = ["before": cut.0, "after": cut.1]
        guard adds else {
            disregard("value")
            return .tensor(cuts ? try emit(crop, sizes: cutSizes, input) : input)
        }
        if mode != .constant { disregard("value") }
        if mode == .constant, !cuts, derived == nil, try number("value") == -.infinity {
            let (first, last) = (added.0.compactMap(\.known), added.1.compactMap(\.known))
            guard first.count == rank, last.count == rank else { throw unsupported("is padded by sizes that are not known, before a maximum") }
            return .lowPadded(input, before: first, after: last)
        }
        let value = mode == .constant ? try number("value", default: 0) : 0
        let current = cuts ? try emit(crop, sizes: cutSizes, input, part: "cropped") : input
        let pad = Pad(before: zeros, after: zeros, mode: mode, value: value).erased
        return .tensor(try emit(pad, sizes: ["before": added.0, "after": added.1], current))
    }

    /// How much to cut off and to add for an amount of padding.
    private func amounts(of padding: TorchSize, mayCut: Bool) throws(ModelError) -> (cut: TorchSize, added: TorchSize) {
        if padding.isNotNegative || padding.known == nil && !mayCut { return (0, padding) }
        let cut = TorchSize.combined(.subtract, 0, padding).flatMap { TorchSize.combined(.maximum, $0, 0) }
        return (try computed(cut), try computed(.combined(.maximum, padding, 0)))
    }
}
