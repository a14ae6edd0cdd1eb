import ByteIO
import ModelCore
import ModelGraph

// Functions that move, choose or pool elements.
extension KerasOperation {
    static let arrays: [String: Steps] = [
        "Swapaxes": swapAxes, "Moveaxis": moveAxis, "Pad": pad, "Stack": stack, "Split": split, "Unstack": unstack, "GetItem": getItem,
        "DepthToSpace": depthToSpace, "Flip": flip, "Resize": resize, "MaxPool": asLayer("MaxPooling"), "AveragePool": asLayer("AveragePooling"),
        "AdaptiveMaxPool": asLayer("AdaptiveMaxPooling"), "AdaptiveAveragePool": asLayer("AdaptiveAveragePooling"),
    ]

    /// The operator has a layer's settings.
    private static func asLayer(_ name: String) -> Steps {
        { layer, _, shapes throws(ModelError) in
            let rank = (shapes.first?.rank ?? 0) - 2
            guard let kind = KerasLayerKind.all["\(name)\(rank)D"] else {
                throw layer.problem(
                    "keras.unsupported-call", "pools \(shapes.first ?? Shape([])), which has no one to three axes between samples and channels")
            }
            return try kind.steps(layer, shapes)
        }
    }

    private static var swapAxes: Steps {
        { layer, arguments, shapes throws(ModelError) in
            let rank = shapes.first?.rank ?? 0
            let first = try layer.axis(setting(layer, arguments, 1, "axis1")?.integer ?? 0, rank: rank, key: "axis1")
            let second = try layer.axis(setting(layer, arguments, 2, "axis2")?.integer ?? 0, rank: rank, key: "axis2")
            var axes = Array(0..<rank)
            axes.swapAt(first, second)
            return [try transposition(layer, axes)]
        }
    }

    private static var moveAxis: Steps {
        { layer, arguments, shapes throws(ModelError) in
            let rank = shapes.first?.rank ?? 0
            let sources = integers(setting(layer, arguments, 1, "source")) ?? []
            let targets = integers(setting(layer, arguments, 2, "destination")) ?? []
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

    private static func transposition(_ layer: KerasLayer, _ axes: [Int]) throws(ModelError) -> KerasStep {
        guard axes.first == 0 else { throw layer.problem("keras.unsupported-call", "moves the axis of samples") }
        return KerasStep("transpose", Transpose(permutation: axes).erased)
    }

    private static var pad: Steps {
        { layer, arguments, shapes throws(ModelError) in
            let rank = shapes.first?.rank ?? 0
            let given = setting(layer, arguments, 1, "pad_width", "paddings")?.array ?? []
            let pairs = given.map { integers($0) ?? [] }
            guard pairs.count == rank, pairs.allSatisfy({ $0.count == 2 && $0.allSatisfy { $0 >= 0 } }), pairs.first == [0, 0] else {
                throw layer.problem("keras.unsupported-call", "pads the samples, or not by two numbers for each axis")
            }
            let modes: [String: PaddingMode] = ["constant": .constant, "reflect": .reflect, "symmetric": .symmetric]
            let name = setting(layer, arguments, 2, "mode")?.string ?? "constant"
            guard let mode = modes[name.lowercased()] else { throw layer.problem("keras.unsupported-call", "pads in mode '\(name)'") }
            let value = setting(layer, arguments, 3, "constant_values") ?? .integer(0)
            guard let number = value.double, number.isFinite else {
                throw layer.problem("keras.unsupported-call", "pads with \(KerasLayer.brief(value)), which is no number")
            }
            return [KerasStep("pad", Pad(before: pairs.map { $0[0] }, after: pairs.map { $0[1] }, mode: mode, value: number).erased)]
        }
    }

    /// Each tensor with one more axis, one after the other along it.
    private static var stack: Steps {
        { layer, arguments, shapes throws(ModelError) in
            let shape = shapes.first ?? Shape([])
            let axis = try layer.axis(setting(layer, arguments, 1, "axis")?.integer ?? 0, rank: shape.rank + 1, key: "axis")
            guard axis > 0 else { throw layer.problem("keras.unsupported-call", "stacks before the samples") }
            guard shapes.allSatisfy({ $0 == shape }) else { throw layer.problem("keras.unsupported-call", "stacks tensors of several shapes") }
            let widened = Reshape(sizes: try sizes(layer, shape, inserting: 1, at: axis)).erased
            let steps = shapes.indices.map { KerasStep("\($0)", widened, target: .input($0)) }
            return steps + [KerasStep("concatenate", Concatenate(axis: axis).erased)]
        }
    }

    /// Parts along an axis: as many of one size, or those between places.
    private static var split: Steps {
        { layer, arguments, shapes throws(ModelError) in
            let shape = shapes.first ?? Shape([])
            let axis = try layer.axis(setting(layer, arguments, 2, "axis")?.integer ?? 0, rank: shape.rank, key: "axis")
            guard axis > 0, let size = shape[axis] else { throw layer.problem("keras.unsupported-call", "splits the samples, or an unknown size") }
            let setting = setting(layer, arguments, 1, "indices_or_sections", "num_or_size_splits")
            var ends: [Int]
            if let count = setting?.integer {
                guard count >= 1, count <= size, size % count == 0 else {
                    throw layer.problem("keras.unsupported-call", "splits \(size) elements into \(count) equal parts")
                }
                ends = (1...count).map { $0 * (size / count) }
            } else if setting?.array != nil, let numbers = integers(setting) {
                // TensorFlow's function takes sizes, that of Keras 3 places.
                let isSizes = layer.config["function"] != nil
                var place = 0
                ends = []
                for number in numbers {
                    guard number >= 0, number <= size else { throw layer.problem("keras.unsupported-call", "splits at \(number) of \(size)") }
                    place = isSizes ? place + number : number
                    ends.append(place)
                }
                if !isSizes { ends.append(size) }
            } else {
                throw layer.problem("keras.unsupported-call", "splits at what are no numbers")
            }
            guard ends.last == size, zip([0] + ends, ends).allSatisfy(<) else {
                throw layer.problem("keras.unsupported-call", "splits \(size) elements at \(ends), which leaves a part empty or some elements out")
            }
            return zip([0] + ends, ends).enumerated().map { number, bounds in
                let crop = slice(shape, axis, from: bounds.0, to: bounds.1, of: size)
                return KerasStep("\(number)", crop, target: .output)
            }
        }
    }

    /// The elements of an axis, each without it.
    private static var unstack: Steps {
        { layer, arguments, shapes throws(ModelError) in
            let shape = shapes.first ?? Shape([])
            let axis = try layer.axis(setting(layer, arguments, 2, "axis")?.integer ?? 0, rank: shape.rank, key: "axis")
            guard axis > 0, let size = shape[axis], size <= unstackLimit else {
                throw layer.problem("keras.unsupported-call", "takes apart the samples, an unknown size, or more than \(unstackLimit) elements")
            }
            let sizes = try sizes(layer, shape, removing: axis)
            return (0..<size).flatMap { index in
                [
                    KerasStep("slice_\(index)", slice(shape, axis, from: index, to: index + 1, of: size), target: .beside),
                    KerasStep("\(index)", Reshape(sizes: sizes).erased, target: .output),
                ]
            }
        }
    }
    private static let unstackLimit = 4096

    private static func slice(_ shape: Shape, _ axis: Int, from start: Int, to end: Int, of size: Int) -> Operator {
        var before = Array(repeating: 0, count: shape.rank)
        var after = before
        before[axis] = start
        after[axis] = size - end
        return Crop(before: before, after: after).erased
    }

    /// The sizes after the samples for Reshape, which finds out one that is unknown.
    private static func sizes(_ layer: KerasLayer, _ shape: Shape, inserting size: Int, at axis: Int) throws(ModelError) -> [Int] {
        var sizes = shape.sizes.dropFirst().map { $0 ?? -1 }
        sizes.insert(size, at: axis - 1)
        return try checked(layer, sizes)
    }

    private static func sizes(_ layer: KerasLayer, _ shape: Shape, removing axis: Int) throws(ModelError) -> [Int] {
        var sizes = shape.sizes.map { $0 ?? -1 }
        sizes.remove(at: axis)
        return try checked(layer, Array(sizes.dropFirst()))
    }

    private static func checked(_ layer: KerasLayer, _ sizes: [Int]) throws(ModelError) -> [Int] {
        guard sizes.filter({ $0 == -1 }).count <= 1 else {
            throw layer.problem("keras.unsupported-call", "gives axes to a tensor of several unknown sizes, or takes them away")
        }
        return sizes
    }

    /// Blocks of channels become blocks of pixels: `[N, H, W, B * B * C]` is `[N, H, W, B, B, C]`, then `[N, H, B, W, B, C]`.
    private static var depthToSpace: Steps {
        { layer, arguments, shapes throws(ModelError) in
            let block = setting(layer, arguments, 1, "block_size")?.integer ?? 0
            let format = setting(layer, arguments, 2, "data_format")?.string ?? "channels_last"
            guard let shape = shapes.first, shape.rank == 4, let height = shape[1], let width = shape[2], let channels = shape[3], block >= 1,
                block <= channels, channels % block == 0, channels / block % block == 0, format == "channels_last" || format == "NHWC"
            else {
                throw layer.problem(
                    "keras.unsupported-call", "takes blocks of \(block) from \(shapes.first ?? Shape([])), \(format), which cnnconvert cannot")
            }
            let depth = channels / block / block
            guard let high = height.multiplied(by: block), let wide = width.multiplied(by: block) else {
                throw layer.problem("keras.unsupported-call", "has a result that is too large")
            }
            return [
                KerasStep("blocks", Reshape(sizes: [height, width, block, block, depth]).erased),
                KerasStep("pixels", Transpose(permutation: [0, 1, 3, 2, 4, 5]).erased),
                KerasStep("image", Reshape(sizes: [high, wide, depth]).erased),
            ]
        }
    }

    private static var flip: Steps {
        { layer, arguments, shapes throws(ModelError) in
            let rank = shapes.first?.rank ?? 0
            guard let given = integers(setting(layer, arguments, 1, "axis")) else {
                throw layer.problem("keras.unsupported-call", "flips every axis, the samples' too")
            }
            var axes: Set<Int> = []
            for axis in given { axes.insert(try layer.axis(axis, rank: rank, key: "axis")) }
            guard !axes.contains(0) else { throw layer.problem("keras.unsupported-call", "flips the axis of samples") }
            return [KerasStep("flip", Flip(axes: axes.sorted()).erased)]
        }
    }

    private static var resize: Steps {
        { layer, arguments, _ throws(ModelError) in
            for flag in ["antialias", "crop_to_aspect_ratio", "pad_to_aspect_ratio"] where try layer.bool(flag, default: false) {
                throw layer.problem("keras.unsupported", "resizes with \(flag), which cnnconvert cannot convert", key: flag)
            }
            let operation = Resize(
                layout: try layer.dataLayout(spatialRank: 2), target: .sizes(try layer.integers("size", count: 2)),
                interpolation: try interpolation(layer, default: "bilinear"))
            return [KerasStep("resize", operation.erased)]
        }
    }

    /// Slices of step 1 and single elements, `x[:, 1:3, ..., 0]`.
    private static var getItem: Steps {
        { layer, arguments, shapes throws(ModelError) in
            let shape = shapes.first ?? Shape([])
            guard let key = arguments.value(1, "key") else { throw layer.problem("keras.unsupported-call", "takes what is no slice") }
            var places = key.array ?? [key]
            let everything: JSONValue = ["class_name": .string("__slice__"), "config": .object(JSONObject())]
            if let dots = places.firstIndex(where: { $0["class_name"] == .string("__ellipsis__") }), places.count <= shape.rank + 1 {
                places.replaceSubrange(dots...dots, with: Array(repeating: everything, count: shape.rank + 1 - places.count))
            }
            guard places.count <= shape.rank else {
                throw layer.problem("keras.unsupported-call", "takes what is no slice")
            }
            var before = Array(repeating: 0, count: shape.rank)
            var after = before
            var removed: Set<Int> = []
            for (axis, place) in places.enumerated() {
                let index = place.integer
                guard index != nil || place["class_name"] == .string("__slice__") && place["config"].map(isOfStepOne) == true else {
                    throw layer.problem("keras.unsupported-call", "takes \(KerasLayer.brief(place)), which is neither a number nor a slice of step 1")
                }
                let bounds = (index ?? place["config"]?["start"]?.integer, place["config"]?["stop"]?.integer)
                if bounds == (nil, nil) { continue }
                guard axis > 0, let size = shape[axis] else { throw layer.problem("keras.unsupported-call", "slices an axis of unknown size") }
                func within(_ index: Int) -> Int { min(max(index < 0 ? index + size : index, 0), size) }
                before[axis] = bounds.0.map(within) ?? 0
                if index != nil {
                    removed.insert(axis)
                    after[axis] = size - before[axis] - 1
                } else {
                    after[axis] = size - (bounds.1.map(within) ?? size)
                }
            }
            let slice = KerasStep("slice", Crop(before: before, after: after).erased)
            guard !removed.isEmpty else { return [slice] }
            let sizes = (1..<shape.rank).filter { !removed.contains($0) }.map { axis in shape[axis].map { $0 - before[axis] - after[axis] } ?? -1 }
            return [slice, KerasStep("element", Reshape(sizes: try checked(layer, sizes)).erased)]
        }
    }

    private static func isOfStepOne(_ slice: JSONValue) -> Bool {
        slice["step"]?.isNull ?? true || slice["step"] == .integer(1)
    }
}
