import ModelCore
import ModelGraph

// Movements of elements of weights, whose first axis is one as the others.
extension TorchFlow {
    /// Operators do not turn the first axis around, so one of size 1 is put before it.
    mutating func flippedWeight(_ value: String) throws(ModelError) -> String {
        let sizes = shape(value).sizes.compactMap(\.self)
        var axes: Set<Int> = []
        for axis in try list("dims") ?? [] { axes.insert(try self.axis(axis, rank: sizes.count) + 1) }
        guard !axes.isEmpty else { return value }
        let row = try deriveReshaped(value, [1] + sizes, part: "row")
        return try deriveReshaped(try emit("turned", Flip(axes: axes.sorted()).erased, [row]), sizes, part: nil)
    }

    /// Weights one after the other along a new axis.
    mutating func stackedWeights() throws(ModelError) -> String {
        var parts = try tensors("tensors")
        let sizes = shape(parts[0]).sizes.compactMap(\.self)
        let axis = try axis(try integer("dim", default: 0), rank: sizes.count + 1)
        guard parts.allSatisfy({ shape($0) == shape(parts[0]) }) else { throw unsupported("stacks tensors of several shapes") }
        for (number, part) in parts.enumerated() {
            parts[number] = try deriveReshaped(part, sizes[..<axis] + [1] + sizes[axis...], part: "\(number)")
        }
        return try emit(Concatenate(axis: axis).erased, parts)
    }

    /// `expand`, `expand_as` and `repeat`, which may add axes before the first.
    mutating func repeatedWeight(_ function: TorchFunction) throws(ModelError) -> String {
        let value = try input()
        let sizes = shape(value).sizes.compactMap(\.self)
        switch function {
        case .expandAs:
            let other = try tensor("other")
            return try deriveStretched(value, shape(other).sizes.compactMap(\.self))
        case .repeat:
            let counts = try list("repeats") ?? []
            guard counts.count >= sizes.count else { throw unsupported("repeats \(counts.count) axes of \(sizes.count)") }
            let full = Array(repeating: 1, count: counts.count - sizes.count) + sizes
            var current = try deriveReshaped(value, full, part: "axes")
            for (axis, count) in counts.enumerated() where count != 1 {
                guard count >= 1, count <= GraphLimits.size else { throw unsupported("makes \(count) copies") }
                let row = shape(current).sizes.compactMap(\.self)
                guard let whole = row[axis].multiplied(by: count) else { throw unsupported("makes \(count) copies") }
                let apart = try deriveReshaped(current, row[..<axis] + [1] + row[axis...], part: "apart_\(axis)")
                let copies = try deriveStretched(apart, row[..<axis] + [count] + row[axis...], part: "copies_\(axis)")
                current = try deriveReshaped(copies, row[..<axis] + [whole] + row[(axis + 1)...], part: "repeated_\(axis)")
            }
            return current
        default:
            var wanted = try list("size") ?? []
            guard wanted.count >= sizes.count else { throw unsupported("expands \(sizes) to \(wanted)") }
            for (axis, size) in sizes.enumerated() where wanted[wanted.count - sizes.count + axis] == -1 {
                wanted[wanted.count - sizes.count + axis] = size
            }
            return try deriveStretched(value, wanted)
        }
    }
}
