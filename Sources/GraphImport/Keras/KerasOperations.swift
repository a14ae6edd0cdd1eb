import ByteIO
import ModelCore
import ModelGraph

// Each function gives the steps of an operator; constants of a call come from its configuration (Keras 3) or its arguments (Keras 2).
extension KerasOperation {
    static func binary(_ kind: MergeKind) -> Steps {
        { layer, arguments, shapes throws(ModelError) in
            guard let left = arguments.value(0, "x", "x1"), let right = arguments.value(1, "y", "x2") else {
                throw layer.problem("keras.unsupported-call", "needs two arguments")
            }
            switch (KerasArguments.isTensor(left), KerasArguments.isTensor(right)) {
            case (true, true): return [KerasStep("merge", Merge(kind).erased, target: shapes.count == 1 ? .twice : .all)]
            case (true, false): return try constantSteps(layer, kind, right, constantIsFirst: false)
            case (false, true): return try constantSteps(layer, kind, left, constantIsFirst: true)
            case (false, false): throw layer.problem("keras.unsupported-call", "is called without a tensor")
            }
        }
    }

    /// An operator of a tensor and a constant.
    static func constantSteps(
        _ layer: KerasLayer, _ kind: MergeKind, _ value: JSONValue, constantIsFirst: Bool
    ) throws(ModelError) -> [KerasStep] {
        if let c = value.double {
            guard c.isFinite else { throw layer.problem("keras.unsupported-call", "is called with \(c)") }
            switch kind {
            case .add: return [KerasStep("rescaling", Rescaling(scale: [1], offset: [c]).erased)]
            case .multiply: return [KerasStep("rescaling", Rescaling(scale: [c], offset: [0]).erased)]
            case .subtract:
                return [KerasStep("rescaling", Rescaling(scale: [constantIsFirst ? -1 : 1], offset: [constantIsFirst ? c : -c]).erased)]
            case .divide, .average, .maximum, .minimum: break
            }
        }
        guard let tensor = constant(value) else {
            throw layer.problem(
                "keras.unsupported-call", "is called with \(KerasLayer.brief(value)), which is neither a tensor nor an array of numbers")
        }
        return [
            KerasStep("constant", Constant().erased, constants: ["value": tensor], target: constantIsFirst ? .extraFirst : .extra),
            KerasStep("merge", Merge(kind).erased),
        ]
    }

    /// A number or a rectangular nested list of numbers, as an array.
    private static func constant(_ value: JSONValue) -> Tensor<Float>? {
        var shape: [Int] = []
        var level = [value["config"]?["value"] ?? value]
        while let first = level.first?.array, shape.count < 8 {
            guard level.allSatisfy({ $0.array?.count == first.count }) else { return nil }
            shape.append(first.count)
            level = level.flatMap { $0.array ?? [] }
        }
        let numbers = level.compactMap(\.double)
        guard numbers.count == level.count, !numbers.isEmpty else { return nil }
        return Tensor(shape: shape, scalars: numbers.map { Float($0) })
    }

    /// A setting of an operator: of its configuration, as Keras 3 has it, or an argument of its call.
    static func setting(_ layer: KerasLayer, _ arguments: KerasArguments, _ position: Int, _ names: String...) -> JSONValue? {
        names.lazy.compactMap { layer.config[$0] }.first { !$0.isNull } ?? arguments.value(position, names)
    }

    static func integers(_ value: JSONValue?) -> [Int]? {
        if let integer = value?.integer { return [integer] }
        guard let array = value?.array else { return nil }
        let list = array.compactMap(\.integer)
        return list.count == array.count ? list : nil
    }

    static func activation(_ function: ActivationFunction) -> Steps {
        { _, _, _ throws(ModelError) in [KerasStep("activation", Activation(function).erased)] }
    }

    static var leakyRelu: Steps {
        { layer, arguments, shapes throws(ModelError) in
            let slope = try layer.number("negative_slope", default: 0.2)
            return [KerasStep("activation", Activation(.relu(negativeSlope: slope, maximum: nil, threshold: 0)).erased)]
        }
    }

    static var elu: Steps {
        { layer, arguments, shapes throws(ModelError) in
            [KerasStep("activation", Activation(.elu(alpha: try layer.number("alpha", default: 1))).erased)]
        }
    }

    static var gelu: Steps {
        { layer, arguments, shapes throws(ModelError) in
            let isApproximate = try layer.bool("approximate", default: true)
            return [KerasStep("activation", Activation(isApproximate ? .geluTanh : .gelu).erased)]
        }
    }

    static var negative: Steps {
        { layer, arguments, shapes throws(ModelError) in
            [KerasStep("negative", Rescaling(scale: [-1], offset: [0]).erased)]
        }
    }

    static var square: Steps {
        { layer, arguments, shapes throws(ModelError) in
            [KerasStep("square", Merge(.multiply).erased, target: .twice)]
        }
    }

    static var identity: Steps {
        { layer, arguments, shapes throws(ModelError) in
            [KerasStep("identity", Identity().erased)]
        }
    }

    static func reduction(_ kind: ReductionKind) -> Steps {
        { layer, arguments, shapes throws(ModelError) in
            let (axes, keeps) = try reducedAxes(layer, arguments, shapes)
            return [KerasStep("reduce", Reduce(kind: kind, axes: axes, keepsAxes: keeps).erased)]
        }
    }

    /// Which axes a reduction takes away, and whether they stay with size 1.
    static func reducedAxes(
        _ layer: KerasLayer, _ arguments: KerasArguments, _ shapes: [Shape]
    ) throws(ModelError) -> (axes: [Int], keeps: Bool) {
        guard let given = integers(setting(layer, arguments, 1, "axis")) else {
            throw layer.problem("keras.unsupported-call", "reduces every axis, the samples' too")
        }
        var axes: [Int] = []
        for axis in given { axes.append(try layer.axis(axis, rank: shapes.first?.rank ?? 0, key: "axis")) }
        guard !axes.contains(0) else { throw layer.problem("keras.unsupported-call", "reduces the axis of samples") }
        return (axes.sorted(), setting(layer, arguments, 2, "keepdims")?.bool ?? false)
    }

    static var reshape: Steps {
        { layer, arguments, shapes throws(ModelError) in
            guard let value = setting(layer, arguments, 1, "newshape", "shape")?.array, let first = value.first, first.isNull || first == .integer(-1)
            else {
                throw layer.problem("keras.unsupported-call", "reshapes the axis of samples")
            }
            let sizes = value.dropFirst().map { $0.isNull ? -1 : $0.integer ?? 0 }
            return [KerasStep("reshape", Reshape(sizes: sizes).erased)]
        }
    }

    static var transpose: Steps {
        { layer, arguments, shapes throws(ModelError) in
            let rank = shapes.first?.rank ?? 0
            let axes = integers(setting(layer, arguments, 1, "axes", "perm")) ?? Array((0..<rank).reversed())
            guard axes.first == 0 else { throw layer.problem("keras.unsupported-call", "moves the axis of samples") }
            return [KerasStep("transpose", Transpose(permutation: axes).erased)]
        }
    }

    static var concatenate: Steps {
        { layer, arguments, shapes throws(ModelError) in
            let axis = setting(layer, arguments, 1, "axis")?.integer ?? -1
            return [KerasStep("concatenate", Concatenate(axis: try layer.axis(axis, rank: shapes.first?.rank ?? 0, key: "axis")).erased)]
        }
    }

    static var expandDims: Steps {
        { layer, arguments, shapes throws(ModelError) in
            let shape = shapes.first ?? Shape([])
            let axis = try layer.axis(setting(layer, arguments, 1, "axis")?.integer ?? -1, rank: shape.rank + 1, key: "axis")
            guard axis > 0 else { throw layer.problem("keras.unsupported-call", "adds an axis before the samples") }
            var sizes = shape.sizes.dropFirst().map { $0 ?? -1 }
            sizes.insert(1, at: axis - 1)
            return [KerasStep("reshape", Reshape(sizes: sizes).erased)]
        }
    }

    static var squeeze: Steps {
        { layer, arguments, shapes throws(ModelError) in
            let shape = shapes.first ?? Shape([])
            let given = integers(setting(layer, arguments, 1, "axis")) ?? (1..<max(shape.rank, 1)).filter { shape[$0] == 1 }
            var axes: [Int] = []
            for axis in given { axes.append(try layer.axis(axis, rank: shape.rank, key: "axis")) }
            guard axes.allSatisfy({ $0 > 0 && shape[$0] == 1 }) else {
                throw layer.problem("keras.unsupported-call", "removes axes \(given) of \(shape), which are not of size 1")
            }
            let sizes = (1..<max(shape.rank, 1)).filter { !axes.contains($0) }.map { shape[$0] ?? -1 }
            return [KerasStep("reshape", Reshape(sizes: sizes).erased)]
        }
    }

    static var clip: Steps {
        { layer, arguments, shapes throws(ModelError) in
            guard let low = setting(layer, arguments, 1, "x_min", "clip_value_min")?.double,
                let high = setting(layer, arguments, 2, "x_max", "clip_value_max")?.double
            else { throw layer.problem("keras.unsupported-call", "clips to bounds that are no numbers") }
            return [KerasStep("clip", Activation(.hardTanh(minimum: low, maximum: high)).erased)]
        }
    }

    static func softmax(_ kind: SoftmaxKind) -> Steps {
        { layer, arguments, shapes throws(ModelError) in
            let axis = setting(layer, arguments, 1, "axis")?.integer ?? -1
            return [KerasStep("softmax", Softmax(kind: kind, axes: [try layer.axis(axis, rank: shapes.first?.rank ?? 0, key: "axis")]).erased)]
        }
    }
}
