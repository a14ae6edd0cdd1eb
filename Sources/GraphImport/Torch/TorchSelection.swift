import ModelCore
import ModelGraph

// Elements at places that tensors of the file say, and windows that slide along an axis.
extension TorchFlow {
    /// `x[:, rows, columns]`: places for each of some neighbouring axes.
    mutating func indexed() throws(ModelError) -> String {
        let input = try input()
        guard case .list(let items)? = argument(["indices"]), let first = items.firstIndex(where: { $0 != .none }),
            let last = items.lastIndex(where: { $0 != .none })
        else { throw unsupported("has no list of places as 'indices'") }
        var places: [DerivedValue] = []
        for item in items[first...last] {
            guard item != .none else { throw unsupported("picks along axes that are no neighbours") }
            places.append(try self.places(item))
        }
        return try picked(input, from: first, places)
    }

    /// `index_select`: places along one axis.
    mutating func selectedElements() throws(ModelError) -> String {
        let input = try input()
        let axis = try innerAxis(try integer("dim"), rank: shape(input).rank)
        guard let argument = argument(["index"]) else { throw unsupported("has no places as 'index'") }
        let places = try places(argument)
        // One place may come without an axis; the result keeps one.
        guard let count = places.shape.checkedProduct, places.shape.count <= 1 else { throw unsupported("has places of shape \(places.shape)") }
        return try picked(input, from: axis, [try DerivedValue(reshaping: places, to: [count], by: "")])
    }

    private func places(_ argument: TorchArgument) throws(ModelError) -> DerivedValue {
        guard case .value(let name) = argument, case .weight(let key)? = values[name], let weight = weights[key] else {
            throw unsupported("picks elements at places that are not tensors of the file")
        }
        let value = try value(of: weight)
        guard !value.isTruth else { throw unsupported("picks elements by truth values") }
        return value
    }

    /// Elements of neighbouring axes from the first of them on. Places of several shapes are stretched to one.
    private mutating func picked(_ value: String, from first: Int, _ places: [DerivedValue]) throws(ModelError) -> String {
        guard first + places.count <= shape(value).rank else { throw unsupported("names \(first + places.count) axes of \(shape(value).rank)") }
        let whole = places.count == 1 ? places[0] : try DerivedValue(Merge(.add).erased, places, by: "")
        var stretched: [DerivedValue] = []
        for place in places { stretched.append(try DerivedValue(stretching: place, to: whole.shape, by: "")) }
        if derived != nil {
            return try keep(try DerivedValue(picking: try self.value(value), from: first, places: stretched, by: call.function), nil)
        }
        guard first > 0 else { throw samples() }
        var (row, sizes) = (extents(value), [Int]())
        for axis in first..<first + places.count { sizes.append(try knownSize(value, axis)) }
        guard let count = sizes.checkedProduct else { throw unsupported("picks elements of \(shape(value))") }
        let indices = try flatIndices(stretched, sizes)
        row.replaceSubrange(first..<first + places.count, with: [.constant(count)])
        guard case .tensor(let flat) = try reshaped(value, row[...], part: "row") else { return value }
        let picked = try gathered(flat, axis: first, indices, isLast: whole.shape.count == 1)
        row.replaceSubrange(first...first, with: whole.shape.map(TorchSize.constant))
        guard case .tensor(let result) = try reshaped(picked, row[...]) else { return picked }
        return result
    }

    /// Places in several axes as places in the one that they become together.
    private func flatIndices(_ places: [DerivedValue], _ sizes: [Int]) throws(ModelError) -> [Int] {
        var flat: [Int] = []
        for (place, size) in zip(places, sizes) {
            let indices = try DerivedValue.indices(try place.tensor(), of: size)
            flat = flat.isEmpty ? indices : zip(flat, indices).map { $0 * size + $1 }
        }
        return flat
    }

    /// Elements of an axis one after the other: what is equally far apart is cut out together.
    private mutating func gathered(_ value: String, axis: Int, _ indices: [Int], isLast: Bool) throws(ModelError) -> String {
        let size = try knownSize(value, axis)
        if indices == Array(0..<size) { return value }
        var (parts, known) = ([String](), [Range<Int>: [Int: String]]())
        for run in EvenRun.runs(of: indices) {
            if let part = known[run.range]?[run.step] {
                parts.append(part)
                continue
            }
            let cut = try cropped(value, axis, from: run.range.lowerBound, to: run.range.upperBound, part: "part_\(parts.count)")
            let part = run.step == 1 ? cut : try strided(cut, axis, run.step, part: "step_\(parts.count)")
            known[run.range, default: [:]][run.step] = part
            parts.append(part)
        }
        try requireParts(parts.count)
        if parts.count == 1 { return parts[0] }
        let joined = Concatenate(axis: axis).erased
        return isLast ? try emit(joined, parts) : try emit("picked", joined, parts)
    }

    // MARK: Windows

    /// `Tensor.unfold`: windows along an axis, whose elements become the last axis.
    mutating func slidingWindows() throws(ModelError) -> String {
        let input = try input()
        let rank = shape(input).rank
        let axis = try innerAxis(try integer("dimension"), rank: rank)
        let (window, step, size) = (try integer("size"), try integer("step"), try knownSize(input, axis))
        guard window >= 1, window <= size, step >= 1, rank < 8 else { throw unsupported("takes windows of \(window) elements of \(size)") }
        let count = (size - window) / step + 1
        try requireParts(min(count, window))
        let sizes = extents(input)
        if window < count {
            // One element of every window at a time.
            var parts: [String] = []
            for offset in 0..<window {
                let end = offset + (count - 1) * step + 1
                let cut = try cropped(input, axis, from: offset, to: end, part: "part_\(offset)")
                let part = step == 1 ? cut : try strided(cut, axis, step, part: "step_\(offset)")
                guard case .tensor(let column) = try reshaped(part, (extents(part) + [1])[...], part: "column_\(offset)") else { return part }
                parts.append(column)
            }
            return parts.count == 1 ? parts[0] : try emit(Concatenate(axis: rank).erased, parts)
        }
        let rows: [TorchSize] = sizes[..<axis] + [.constant(count), .constant(window)] + sizes[(axis + 1)...]
        var whole: String
        if step == window || count == 1 {
            let used = try cropped(input, axis, from: 0, to: count * window, part: "used")
            guard case .tensor(let split) = try reshaped(used, rows[...], part: "rows") else { return used }
            whole = split
        } else {
            var parts: [String] = []
            for number in 0..<count {
                parts.append(try cropped(input, axis, from: number * step, to: number * step + window, part: "part_\(number)"))
            }
            let joined = try emit("windows", Concatenate(axis: axis).erased, parts)
            guard case .tensor(let split) = try reshaped(joined, rows[...], part: "rows") else { return joined }
            whole = split
        }
        let order = Array(0...axis) + Array(axis + 2..<rank + 1) + [axis + 1]
        return order == Array(order.indices) ? whole : try emit(Transpose(permutation: order).erased, [whole])
    }
}

/// Places that are equally far apart.
struct EvenRun: Equatable {
    /// From the first place to after the last.
    let range: Range<Int>
    let step: Int

    /// Places cut into as long ascending runs as there are from the start.
    static func runs(of places: [Int]) -> [EvenRun] {
        var runs: [EvenRun] = []
        var start = 0
        while start < places.count {
            var end = start + 1
            let step = end < places.count ? places[end] - places[start] : 0
            if step >= 1 { while end < places.count, places[end] - places[end - 1] == step { end += 1 } }
            runs.append(EvenRun(range: places[start]..<places[end - 1] + 1, step: end - start > 1 ? step : 1))
            start = end
        }
        return runs
    }
}
