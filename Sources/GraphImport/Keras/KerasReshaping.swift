import ByteIO
import ModelCore
import ModelGraph

// The same elements with other axes, in another order, or several times.
extension KerasOperation {
    static let reshaping: [String: Steps] = [
        "Reshape": reshape, "BatchFlatten": always(KerasStep("flatten", Flatten().erased)),
        "ExpandDims": expandDims, "Squeeze": squeeze, "Transpose": transpose, "Swapaxes": swapAxes, "Moveaxis": moveAxis, "Flip": flip,
        "Fliplr": always(KerasStep("flip", Flip(axes: [1]).erased)),
        "Concatenate": concatenate, "Stack": stack, "Pad": pad, "Tile": tile, "BroadcastTo": broadcast, "Repeat": repeated, "Roll": roll,
    ]

    private static var reshape: Steps {
        { layer, shapes throws(ModelError) in
            let value = layer.config["newshape"]
            guard let sizes = (value?["config"]?["value"] ?? value)?.array, let first = sizes.first,
                first.isNull || first == .integer(-1) || first == KerasSizes.samples
            else {
                throw layer.problem("keras.unsupported-call", "reshapes the axis of samples", key: "newshape")
            }
            var inner: [Int] = []
            for size in sizes.dropFirst() {
                guard size.isNull || size == KerasSizes.open || size.integer != nil else {
                    throw layer.problem(
                        "keras.unsupported-call", "reshapes to \(KerasLayer.brief(.array(sizes))), expected integers", key: "newshape")
                }
                inner.append(size.integer ?? -1)
            }
            return [KerasStep("reshape", Reshape(sizes: inner).erased)]
        }
    }

    private static var expandDims: Steps {
        { layer, shapes throws(ModelError) in
            let shape = shapes.first ?? Shape([])
            let given = try integers(layer, "axis") ?? []
            guard !given.isEmpty, given.count <= 8, let new = try axes(layer, "axis", rank: shape.rank + given.count) else {
                throw layer.problem("keras.unsupported-call", "does not say where its new axis goes", key: "axis")
            }
            var old = shape.sizes.map { $0 ?? -1 }.makeIterator()
            let sizes = (0..<shape.rank + given.count).map { new.contains($0) ? 1 : old.next() ?? 1 }
            return [try reshaped(layer, Array(sizes.dropFirst()))]
        }
    }

    private static var squeeze: Steps {
        { layer, shapes throws(ModelError) in
            let shape = shapes.first ?? Shape([])
            let given = try axes(layer, "axis", rank: shape.rank) ?? []
            // TensorFlow writes no axes as an empty list.
            let gone = given.isEmpty ? (1..<max(shape.rank, 1)).filter { shape[$0] == 1 } : given
            guard gone.allSatisfy({ shape[$0] == 1 }) else {
                throw layer.problem("keras.unsupported-call", "removes axes \(gone) of \(shape), which are not of size 1")
            }
            return [try reshaped(layer, (1..<max(shape.rank, 1)).filter { !gone.contains($0) }.map { shape[$0] ?? -1 })]
        }
    }

    /// A reshape, which finds out one size that is unknown.
    static func reshaped(
        _ layer: KerasLayer, _ sizes: [Int], part: String = "reshape", target: KerasStep.Target = .all
    ) throws(ModelError) -> KerasStep {
        guard sizes.count(where: { $0 == -1 }) <= 1 else {
            throw layer.problem("keras.unsupported-call", "gives axes to a tensor of several unknown sizes, or takes them away")
        }
        return KerasStep(part, Reshape(sizes: sizes).erased, target: target)
    }

    private static var transpose: Steps {
        { layer, shapes throws(ModelError) in
            let rank = shapes.first?.rank ?? 0
            var axes: [Int] = []
            for axis in try integers(layer, "axes") ?? Array((0..<rank).reversed()) { axes.append(try layer.axis(axis, rank: rank, key: "axes")) }
            return [try transposition(layer, axes)]
        }
    }

    static func transposition(_ layer: KerasLayer, _ axes: [Int]) throws(ModelError) -> KerasStep {
        guard axes.first == 0 else { throw layer.problem("keras.unsupported-call", "moves the axis of samples") }
        return KerasStep("transpose", Transpose(permutation: axes).erased)
    }

    private static var swapAxes: Steps {
        { layer, shapes throws(ModelError) in
            let rank = shapes.first?.rank ?? 0
            let first = try layer.axis(try layer.integer("axis1"), rank: rank, key: "axis1")
            let second = try layer.axis(try layer.integer("axis2"), rank: rank, key: "axis2")
            var axes = Array(0..<rank)
            axes.swapAt(first, second)
            return [try transposition(layer, axes)]
        }
    }

    private static var moveAxis: Steps {
        { layer, shapes throws(ModelError) in
            let rank = shapes.first?.rank ?? 0
            let (sources, targets) = (try integers(layer, "source") ?? [], try integers(layer, "destination") ?? [])
            guard sources.count == targets.count, !sources.isEmpty else { throw layer.problem("keras.unsupported-call", "moves no axis") }
            var places: [Int: Int] = [:]
            for (source, target) in zip(sources, targets) {
                places[try layer.axis(target, rank: rank, key: "destination")] = try layer.axis(source, rank: rank, key: "source")
            }
            let moved = Set(places.values)
            guard places.count == sources.count, moved.count == sources.count else {
                throw layer.problem("keras.unsupported-call", "moves an axis twice")
            }
            var others = (0..<rank).filter { !moved.contains($0) }.makeIterator()
            return [try transposition(layer, (0..<rank).compactMap { places[$0] ?? others.next() })]
        }
    }

    private static var flip: Steps {
        { layer, shapes throws(ModelError) in
            guard let axes = try axes(layer, "axis", rank: shapes.first?.rank ?? 0) else {
                throw layer.problem("keras.unsupported-call", "flips every axis, the samples' too")
            }
            return axes.isEmpty ? [KerasStep("identity", Identity().erased)] : [KerasStep("flip", Flip(axes: axes).erased)]
        }
    }

    private static var concatenate: Steps {
        { layer, shapes throws(ModelError) in
            let order = try tensors(layer, "xs", shapes)
            let axis = try axis(layer, "axis", default: 0, rank: shapes.first?.rank ?? 0)
            return [KerasStep("concatenate", Concatenate(axis: axis).erased, target: .these(order))]
        }
    }

    /// Each tensor with one more axis, one after the other along it.
    private static var stack: Steps {
        { layer, shapes throws(ModelError) in
            let shape = shapes.first ?? Shape([])
            let order = try tensors(layer, "x", shapes)
            let axis = try axis(layer, "axis", default: 0, rank: shape.rank + 1)
            guard shapes.allSatisfy({ $0 == shape }) else { throw layer.problem("keras.unsupported-call", "stacks tensors of several shapes") }
            var sizes = shape.sizes.dropFirst().map { $0 ?? -1 }
            sizes.insert(1, at: axis - 1)
            var steps: [KerasStep] = []
            for number in shapes.indices { steps.append(try reshaped(layer, sizes, part: "\(number)", target: .input(number))) }
            return steps + [KerasStep("concatenate", Concatenate(axis: axis).erased, target: .these(order))]
        }
    }

    private static var pad: Steps {
        { layer, shapes throws(ModelError) in
            let rank = shapes.first?.rank ?? 0
            let value = layer.config["pad_width"] ?? .null
            let given = (value["config"]?["value"] ?? value).array ?? []
            var pairs: [[Int]] = given.map { $0.array?.compactMap(\.integer) ?? [] }
            // One number stands for both sides of an axis, one pair for every axis.
            if let number = value.integer { pairs = Array(repeating: [number, number], count: rank) }
            if pairs.count == 1 { pairs = Array(repeating: pairs[0], count: rank) }
            guard pairs.count == rank, pairs.allSatisfy({ $0.count == 2 && $0.allSatisfy { $0 >= 0 } }), pairs.first == [0, 0] else {
                throw layer.problem("keras.unsupported-call", "pads the samples, or not by two numbers for each axis", key: "pad_width")
            }
            let modes: [String: PaddingMode] = [
                "constant": .constant, "reflect": .reflect, "symmetric": .symmetric, "edge": .replicate, "wrap": .circular,
            ]
            let name = try layer.string("mode", default: "constant")
            guard let mode = modes[name.lowercased()] else { throw layer.problem("keras.unsupported-call", "pads in mode '\(name)'", key: "mode") }
            let number = try layer.number("constant_values", default: 0)
            return [KerasStep("pad", Pad(before: pairs.map { $0[0] }, after: pairs.map { $0[1] }, mode: mode, value: number).erased)]
        }
    }

    private static let copyLimit = 4096

    /// All copies of a tensor along each axis, one after the other.
    private static var tile: Steps {
        { layer, shapes throws(ModelError) in
            let rank = shapes.first?.rank ?? 0
            let given = try integers(layer, "repeats") ?? []
            let counts = Array(repeating: 1, count: max(rank - given.count, 0)) + given
            guard counts.count == rank, counts.first == 1, counts.allSatisfy({ (1...copyLimit).contains($0) }) else {
                throw layer.problem("keras.unsupported-call", "makes \(given) copies along its axes, of samples 1 is allowed", key: "repeats")
            }
            let steps = counts.enumerated().filter { $0.element > 1 }.map { axis, count in copies("copies_\(axis)", count, along: axis) }
            return steps.isEmpty ? [KerasStep("identity", Identity().erased)] : steps
        }
    }

    /// Axes of size 1 made longer, for as many samples as there are.
    private static var broadcast: Steps {
        { layer, shapes throws(ModelError) in
            let (shape, wanted) = (shapes.first ?? Shape([]), layer.config["shape"]?.array ?? [])
            guard wanted.count == shape.rank, wanted.first == KerasSizes.samples else {
                throw layer.problem("keras.unsupported-call", "is stretched to another number of samples or of axes", key: "shape")
            }
            var steps: [KerasStep] = []
            for (axis, size) in wanted.enumerated().dropFirst() where size.integer != shape[axis] {
                guard shape[axis] == 1, let count = size.integer, (1...copyLimit).contains(count) else {
                    throw layer.problem("keras.unsupported-call", "is stretched to \(KerasLayer.brief(size)) along axis \(axis)", key: "shape")
                }
                steps.append(copies("copies_\(axis)", count, along: axis))
            }
            return steps.isEmpty ? [KerasStep("identity", Identity().erased)] : steps
        }
    }

    private static func copies(_ part: String, _ count: Int, along axis: Int) -> KerasStep {
        KerasStep(part, Concatenate(axis: axis).erased, target: .these(Array(repeating: 0, count: count)))
    }

    /// Each element of an axis several times.
    private static var repeated: Steps {
        { layer, shapes throws(ModelError) in
            let shape = shapes.first ?? Shape([])
            let axis = try axis(layer, "axis", rank: shape.rank)
            let count = try layer.integer("repeats")
            guard (1...copyLimit).contains(count) else { throw layer.problem("keras.unsupported-call", "repeats \(count) times", key: "repeats") }
            var sizes = shape.sizes.map { $0 ?? -1 }
            sizes.insert(1, at: axis + 1)
            let whole = shape[axis].flatMap { $0.multiplied(by: count) } ?? -1
            var joined = shape.sizes.map { $0 ?? -1 }
            joined[axis] = whole
            return [
                try reshaped(layer, Array(sizes.dropFirst()), part: "elements"), copies("copies", count, along: axis + 1),
                try reshaped(layer, Array(joined.dropFirst()), part: "joined"),
            ]
        }
    }

    /// The elements of axes moved on, those that leave at one end coming in at the other.
    private static var roll: Steps {
        { layer, shapes throws(ModelError) in
            let shape = shapes.first ?? Shape([])
            let (shifts, given) = (try integers(layer, "shift") ?? [], try integers(layer, "axis") ?? [])
            guard !given.isEmpty, shifts.count == given.count || shifts.count == 1 else {
                throw layer.problem("keras.unsupported-call", "moves elements of the whole tensor, or not by one number for each axis")
            }
            var steps: [KerasStep] = []
            for (number, axis) in given.enumerated() {
                let axis = try layer.axis(axis, rank: shape.rank, key: "axis")
                guard axis > 0, let size = shape[axis], size > 0 else {
                    throw layer.problem("keras.unsupported-call", "moves samples, or elements of an axis of unknown size", key: "axis")
                }
                let start = ((size - shifts[min(number, shifts.count - 1)] % size) % size + size) % size
                if start == 0 { continue }
                steps += [
                    KerasStep("tail_\(number)", crop(shape, axis, from: start, to: size), target: .besideThese([0])),
                    KerasStep("head_\(number)", crop(shape, axis, from: 0, to: start), target: .besideThese([0])),
                    KerasStep("rolled_\(number)", Concatenate(axis: axis).erased, target: .these([1, 2])),
                ]
            }
            return steps.isEmpty ? [KerasStep("identity", Identity().erased)] : steps
        }
    }

    /// The elements of a known axis from one to before another.
    static func crop(_ shape: Shape, _ axis: Int, from start: Int, to end: Int) -> Operator {
        var (before, after) = (Array(repeating: 0, count: shape.rank), Array(repeating: 0, count: shape.rank))
        before[axis] = start
        after[axis] = (shape[axis] ?? end) - end
        return Crop(before: before, after: after).erased
    }
}
