import ByteIO
import ModelCore
import ModelGraph

/// What a slice takes of a tensor, an entry for each axis: `x[:, 1:-1:2, tf.newaxis, 0, ...]`.
struct KerasSlice {
    enum Place {
        /// All axes that no other entry takes.
        case rest
        case newAxis
        case element(Int)
        /// From `start` to before `stop`, as Python counts, each so many-th.
        case range(start: Int?, stop: Int?, step: Int)
    }

    let places: [Place]
    let layer: KerasLayer

    /// Elements left out before and after along an axis, then every `step`-th, of the axis as it is or running backwards.
    private struct Part {
        var isBackward = false
        var before = 0
        var after = 0
        var step = 1
    }

    func steps(_ shape: Shape) throws(ModelError) -> [KerasStep] {
        let parts = try entries(rank: shape.rank)
        var crop = Crop(before: [], after: [])
        var (before, after, steps) = ([Int](), [Int](), [Int]())
        var backward: [Int] = []
        // The axes of the result: the axis that each one was, `nil` for a new one.
        var result: [Int?] = []
        for place in parts {
            let axis = before.count
            if case .newAxis = place {
                guard axis > 0 else { throw unsupported("adds an axis before the samples") }
                result.append(nil)
                continue
            }
            let part = try part(place, axis, shape)
            before.append(part.before)
            after.append(part.after)
            steps.append(part.step)
            if part.isBackward { backward.append(axis) }
            if case .element = place { continue }
            result.append(axis)
        }
        crop = Crop(before: before, after: after, steps: steps)
        var made: [KerasStep] = []
        if !backward.isEmpty { made.append(KerasStep("backward", Flip(axes: backward).erased)) }
        if !crop.isIdentity { made.append(KerasStep("slice", crop.erased)) }
        if result != (0..<shape.rank).map(Optional.some) {
            let sizes = try crop.outputShape([shape], WeightShapes([:]))
            made.append(try KerasOperation.reshaped(layer, result.dropFirst().map { axis in axis.map { sizes[$0] ?? -1 } ?? 1 }))
        }
        return made.isEmpty ? [KerasStep("identity", Identity().erased)] : made
    }

    /// One entry for each axis of the tensor, and those for new ones.
    private func entries(rank: Int) throws(ModelError) -> [Place] {
        var entries = places
        let all = Place.range(start: nil, stop: nil, step: 1)
        func isRest(_ place: Place) -> Bool { if case .rest = place { true } else { false } }
        func isAxis(_ place: Place) -> Bool { if case .newAxis = place { false } else { !isRest(place) } }
        let missing = rank - entries.count(where: isAxis)
        guard missing >= 0, entries.count(where: isRest) <= 1 else { throw unsupported("has more entries than the tensor's \(rank) axes") }
        let filling = Array(repeating: all, count: missing)
        if let dots = entries.firstIndex(where: isRest) {
            entries.replaceSubrange(dots...dots, with: filling)
        } else {
            entries += filling
        }
        return entries
    }

    private func part(_ place: Place, _ axis: Int, _ shape: Shape) throws(ModelError) -> Part {
        switch place {
        case .rest, .newAxis: return Part()
        case .element(let index):
            guard axis > 0 else { throw unsupported("takes one of the samples") }
            guard let size = shape[axis] else { throw unsupported("takes an element of an axis of unknown size") }
            guard index >= -size, index < size else { throw unsupported("takes element \(index) of \(size)") }
            let position = index < 0 ? index + size : index
            return Part(before: position, after: size - position - 1)
        case .range(let start, let stop, let step):
            guard step != 0 else { throw unsupported("has a step of 0") }
            guard axis > 0 else {
                guard start ?? 0 == 0, stop == nil, step == 1 else { throw unsupported("takes some of the samples") }
                return Part()
            }
            // Backwards from the element a is forwards from the element -a - 1 of the axis that runs backwards.
            func place(_ index: Int?) -> Int? {
                let index = index.map { min(max($0, -GraphLimits.size), GraphLimits.size) }
                return step > 0 ? index : index.map { -$0 - 1 }
            }
            guard step.magnitude <= GraphLimits.size.magnitude else { throw unsupported("has a step of \(step)") }
            return try range(from: place(start), to: place(stop), step, size: shape[axis])
        }
    }

    private func range(from start: Int?, to stop: Int?, _ step: Int, size: Int?) throws(ModelError) -> Part {
        var part = Part(isBackward: step < 0, step: abs(step))
        if let size {
            func within(_ index: Int) -> Int { min(max(index < 0 ? index + size : index, 0), size) }
            part.before = start.map(within) ?? 0
            part.after = size - (stop.map(within) ?? size)
            guard part.before + part.after < size else { throw unsupported("takes none of \(size) elements") }
        } else {
            guard start ?? 0 >= 0, stop ?? -1 < 0 else { throw unsupported("counts from the end of an axis of unknown size") }
            part.before = start ?? 0
            part.after = stop.map { -$0 } ?? 0
        }
        return part
    }

    private func unsupported(_ message: String) -> ModelError { layer.problem("keras.unsupported-call", message) }
}

extension KerasSlice {
    /// From the key of `x[key]`, as tf.keras and Keras 3 write it.
    init(key: JSONValue, layer: KerasLayer) throws(ModelError) {
        var places: [Place] = []
        for entry in key.array ?? [key] { places.append(try Self.place(entry, layer)) }
        self.init(places: places, layer: layer)
    }

    private static func place(_ entry: JSONValue, _ layer: KerasLayer) throws(ModelError) -> Place {
        if let index = entry.integer { return .element(index) }
        if entry.isNull { return .newAxis }
        if entry["class_name"] == .string("__ellipsis__") { return .rest }
        if let bounds = entry["class_name"] == .string("__slice__") ? entry["config"]?.object : entry.object,
            bounds.allSatisfy({ ["start", "stop", "step"].contains($0.key) && ($0.value.isNull || $0.value.integer != nil) })
        {
            return .range(start: bounds["start"]?.integer, stop: bounds["stop"]?.integer, step: bounds["step"]?.integer ?? 1)
        }
        throw layer.problem("keras.unsupported-call", "takes \(KerasLayer.brief(entry)), which is neither a number nor a slice of numbers")
    }

    /// From the bounds and masks of `tf.strided_slice`, in which bit i is about entry i.
    init(begin: [Int], end: [Int], steps: [Int], masks: (begin: Int, end: Int, rest: Int, new: Int, element: Int), layer: KerasLayer)
        throws(ModelError)
    {
        guard begin.count == end.count, begin.count == steps.count, begin.count <= 32 else {
            throw layer.problem("keras.unsupported-call", "has \(begin.count) beginnings, \(end.count) ends and \(steps.count) steps")
        }
        let places = begin.indices.map { index -> Place in
            func has(_ mask: Int) -> Bool { mask >> index & 1 == 1 }
            if has(masks.rest) { return .rest }
            if has(masks.new) { return .newAxis }
            if has(masks.element) { return .element(begin[index]) }
            return .range(start: has(masks.begin) ? nil : begin[index], stop: has(masks.end) ? nil : end[index], step: steps[index])
        }
        self.init(places: places, layer: layer)
    }
}
