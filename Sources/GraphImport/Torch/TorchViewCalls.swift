import ModelCore
import ModelGraph

/// How a function is applied to tensors whose samples stand elsewhere.
private enum ViewRule {
    /// The function looks at them itself.
    case own
    /// Applied to the value of the graph, with axes named by their places there.
    case sameAxes
    /// The same; operands are lined up at the last axis and stretched.
    case stretching
    /// The same, with some axes taken away.
    case fewerAxes
    /// Applied to a value whose first axis counts all that the axis of samples does.
    case folded
}

extension TorchFunction {
    fileprivate var viewRule: ViewRule {
        switch self {
        case .view, .viewPlain, .viewCopy, .reshapeAlias, .reshape, .reshapeAs, .viewAs, .flatten, .unflatten, .squeeze, .unsqueeze, .permute,
            .transpose, .movedim,
            .moveaxis, .swapaxes, .t, .size, .symSize, .stack, .einsum:
            .own
        case .add, .sub, .subtract, .rsub, .mul, .multiply, .div, .divide, .trueDivide, .maximum, .minimum, .matmul, .linalgMatmul, .bmm, .baddbmm,
            .scaledDotProductAttention, .attentionForCPU, .attentionMath, .attentionEfficient:
            .stretching
        case .mean, .sum, .amax, .amin, .max, .min, .varianceOf, .std, .vectorNorm, .select, .unbind: .fewerAxes
        case .relu, .relu6, .elu, .selu, .celu, .silu, .gelu, .hardswish, .hardsigmoid, .hardtanh, .leakyRelu, .rrelu, .softshrink, .hardshrink,
            .tanh, .sigmoid, .mish, .threshold, .logSigmoid, .abs, .exp, .log, .sqrt, .rsqrt, .softplus, .mm, .addmm, .clamp, .clip, .clampMin,
            .clampMax, .neg,
            .square, .reciprocal, .pow, .softmax, .softmaxPlain, .safeSoftmax, .logSoftmax, .logSoftmaxPlain, .glu, .linear, .layerNorm,
            .nativeLayerNorm, .rmsNorm, .slice, .narrow, .chunk, .tensorSplit, .split, .splitWithSizes, .cat, .concat, .concatenate, .flip, .roll,
            .pad, .constantPad:
            .sameAxes
        default: isIdentity ? .own : .folded
        }
    }

    /// The axis that is meant where none is named.
    fileprivate var presetAxis: Int? {
        switch self {
        case .slice, .narrow, .chunk, .tensorSplit, .split, .splitWithSizes, .cat, .concat, .concatenate, .unbind: 0
        case .glu: -1
        default: nil
        }
    }
}

// Calls about tensors whose samples stand elsewhere: they are followed with the values of the graph that stand for them.
extension TorchFlow {
    /// The results of such a call; `nil` for others.
    mutating func lowerOnViews(_ function: TorchFunction) throws(ModelError) -> [TorchValue]? {
        var views: [String: TorchView] = [:]
        for name in call.arguments.values.flatMap(\.valueNames) {
            if case .view(let view)? = values[name] { views[name] = view }
        }
        guard let first = views.values.max(by: { $0.rank < $1.rank }) else { return nil }
        switch function.viewRule {
        case .own: return nil
        case .folded:
            // Copies along no axis.
            if function == .expand, try isAsLarge(first) { return [result(first)] }
            if function == .expandAs, let result = try expandedOnViews() { return [result] }
            return try folded(function, views)
        case .sameAxes, .stretching, .fewerAxes: break
        }
        if function == .slice, let view = seen("self"), try takesWholeAxis() { return [result(view)] }
        if let result = try productOfRows(function) { return [result] }
        let axes = try axesInvolved(function, rank: first.rank)
        let view = axes.contains(first.axis) ? first.moved : first
        guard !axes.contains(view.axis) else { throw samples() }
        var added: [String: TorchValue] = [:]
        var arguments = try renamed(view)
        for (name, other) in views {
            guard other.standing == view.standing || other.isLoose && other.moved.standing == view.standing else { throw samples() }
            added[Self.placeholder(name)] = .tensor(other.value)
        }
        for name in Set(arguments.values.flatMap(\.valueNames)).subtracting(views.keys) {
            switch values[name] {
            case .tensor?: throw samples()
            case .weight(let key)? where function.viewRule == .stretching:
                guard let weight = weights[key] else { break }
                added[Self.placeholder(name)] = keep(try stretched(weight, to: view), as: Self.placeholder(name))
            default: break
            }
        }
        arguments = arguments.mapValues { $0.renamingValues { added[Self.placeholder($0)] == nil ? $0 : Self.placeholder($0) } }
        let keeps = function.viewRule == .fewerAxes ? try bool("keepdim", default: false) : true
        let results = try lower(function, with: arguments, added)
        return results.map { result in
            guard case .tensor(let value) = result else { return result }
            return self.result(view.seeing(value, without: keeps ? [] : axes))
        }
    }

    private static func placeholder(_ name: String) -> String { "\(name)/value" }

    /// The axes of the tensor along which the function does more than one element or sees more than one.
    private func axesInvolved(_ function: TorchFunction, rank: Int) throws(ModelError) -> Set<Int> {
        switch function {
        case .linear, .mm, .addmm: return [rank - 1]
        case .layerNorm, .nativeLayerNorm, .rmsNorm:
            return Set((try list("normalized_shape") ?? []).indices.map { rank - 1 - $0 })
        case .matmul, .linalgMatmul, .bmm, .baddbmm, .scaledDotProductAttention, .attentionForCPU, .attentionMath, .attentionEfficient:
            return [rank - 2, rank - 1]
        case .pad, .constantPad:
            return Set((0..<(try list("pad") ?? []).count / 2).map { rank - 1 - $0 })
        default: break
        }
        var axes: Set<Int> = []
        for name in ["dim", "dims"] {
            for axis in try list(name) ?? [] { axes.insert(try self.axis(axis, rank: rank)) }
        }
        if let axis = function.presetAxis, argument(["dim"]) == nil { axes.insert(axis < 0 ? axis + rank : axis) }
        return axes
    }

    /// Whether a slice leaves nothing out, as those of samples are recorded in `x[:, 1:]`.
    private func takesWholeAxis() throws(ModelError) -> Bool {
        let (dim, start, end, step) = (try list("dim"), try sizes("start"), try sizes("end"), try integer("step", default: 1))
        let isWhole = (start ?? [.integer(0)]) == [.integer(0)] && (end ?? [.integer(.max)]) == [.integer(.max)]
        return isWhole && (dim?.count ?? 1) == 1 && step == 1
    }

    /// The arguments with axes named by their places in the value of the graph.
    private func renamed(_ view: TorchView) throws(ModelError) -> [String: TorchArgument] {
        var arguments = call.arguments
        if let preset = TorchFunction(call.function)?.presetAxis, argument(["dim"]) == nil { arguments["dim"] = .integer(preset) }
        for name in ["dim", "dims"] {
            guard let given = arguments[name], given != .none else { continue }
            let items = if case .list(let items) = given { items } else { [given] }
            var places: [TorchArgument] = []
            for item in items {
                guard case .integer(let axis) = item, let place = view.place(of: try self.axis(axis, rank: view.rank)) else { throw samples() }
                places.append(.integer(place))
            }
            if case .list = given { arguments[name] = .list(places) } else { arguments[name] = places[0] }
        }
        return arguments
    }

    /// A tensor of the file with an axis of size 1 for each that the value has besides the tensor's own.
    private func stretched(_ weight: TorchWeight, to view: TorchView) throws(ModelError) -> TorchWeight {
        let shape = weight.source.shape
        let missing = view.rank - shape.count
        guard missing >= 0, missing > view.axis || shape[view.axis - missing] == 1 else {
            throw problem("torch.samples", "has a tensor of shape \(shape), which is not the same for all samples")
        }
        // Fewer axes line up as they are.
        if missing > view.axis { return weight }
        let extra = [view.hasOuter, view.hasInner].count { $0 }
        let after = shape[(view.axis - missing + 1)...]
        let before = shape[..<(view.axis - missing)]
        return TorchWeight(
            name: weight.name,
            source: weight.source.reshaped(Array(repeating: 1, count: missing + 1) + before + Array(repeating: 1, count: extra) + after),
            isLiteral: weight.isLiteral)
    }

    /// `expand_as` of a tensor to another whose samples stand in the same way; `nil` where they do not.
    private mutating func expandedOnViews() throws(ModelError) -> TorchValue? {
        guard let view = seen("self"), let other = seen("other"), view.standing == other.standing else { return nil }
        let added: [String: TorchValue] = ["self/value": .tensor(view.value), "other/value": .tensor(other.value)]
        let arguments: [String: TorchArgument] = ["self": .value("self/value"), "other": .value("other/value")]
        guard case .tensor(let value)? = try lower(.expandAs, with: arguments, added).first else { return nil }
        return result(view.seeing(value))
    }

    /// Whether the sizes that `expand` names are those of the tensor.
    private func isAsLarge(_ view: TorchView) throws(ModelError) -> Bool {
        guard let given = try sizes("size"), given.count == view.rank else { return false }
        return zip(given, sizes(view)).enumerated().allSatisfy { axis, size in
            axis == view.axis || size.0 == .integer(-1) || size.1.map { size.0 == .integer($0) } ?? false
        }
    }

    /// A product whose left rows count samples, with a matrix of the file for each of what is multiplied at a time.
    private mutating func productOfRows(_ function: TorchFunction) throws(ModelError) -> TorchValue? {
        guard [.matmul, .linalgMatmul, .bmm].contains(function), var view = seen("self"), case .value(let name)? = argument(["other", "mat2"]),
            case .weight(let key)? = values[name], let weight = weights[key]
        else { return nil }
        if view.isLoose, view.axis + 2 < view.rank { view = view.moved }
        let shape = weight.source.shape
        guard view.axis == view.rank - 2, shape.count == 2 || shape.count == view.rank else { return nil }
        let matrices = shape.dropLast(2)
        if matrices.allSatisfy({ $0 == 1 }) {
            let kernel = ["kernel": try use(weight, .io, shape: Array(shape.suffix(2)))]
            return result(view.seeing(try emit(Dense().erased, [view.value], weights: kernel)))
        }
        var extent = try extent(view)
        let rows = try rowsTogether(view, extent)
        let constant = try constant(weight, rank: view.rank + 1, part: "matrix")
        let product = try emit("product", MatMul().erased, [rows, constant])
        extent.after = [.constant(shape[shape.count - 1])]
        return try regrouped(TorchView(value: product, rank: view.rank, axis: view.axis, hasInner: true), extent)
    }

    /// A value with one axis for what there is besides samples in the tensor's axis of samples.
    private mutating func rowsTogether(_ view: TorchView, _ extent: TorchExtent) throws(ModelError) -> String {
        guard let count = extent.outer.multiplied(by: extent.inner) else { throw unsupported("has a size that cannot be known") }
        let sizes: [TorchSize] = [1] + extent.before + [.constant(count)] + extent.after
        guard case .tensor(let rows) = try reshaped(view.value, sizes[...], part: "rows") else { return view.value }
        return rows
    }

    // MARK: Functions of one sample

    /// A function that treats each sample by itself, on all that the axis of samples counts.
    private mutating func folded(_ function: TorchFunction, _ views: [String: TorchView]) throws(ModelError) -> [TorchValue] {
        guard let (name, view) = views.first, views.count == 1, view.axis == 0 else { throw samples() }
        for other in call.arguments.values.flatMap(\.valueNames) where other != name {
            if case .tensor? = values[other] { throw samples() }
        }
        var whole = [view.value]
        for number in 1...(view.hasOuter && view.hasInner ? 2 : 1) {
            whole.append(try emit("folded_\(number)", FoldBatch().erased, [whole[number - 1]]))
        }
        let placeholder = Self.placeholder(name)
        let arguments = call.arguments.mapValues { $0.renamingValues { $0 == name ? placeholder : $0 } }
        let results = try lower(function, with: arguments, [placeholder: .tensor(whole.removeLast())])
        var unfolded: [TorchValue] = []
        for (position, result) in results.enumerated() {
            guard case .tensor(var value) = result else {
                unfolded.append(result)
                continue
            }
            var seen = view
            seen.rank = shape(value).rank
            for (number, like) in whole.enumerated().reversed() {
                value = try emit("unfolded_\(position)_\(number)", UnfoldBatch().erased, [value, like])
            }
            seen.value = value
            unfolded.append(self.result(seen))
        }
        return unfolded
    }
}

extension TorchArgument {
    func renamingValues(_ rename: (String) -> String) -> TorchArgument {
        switch self {
        case .value(let name): .value(rename(name))
        case .list(let items): .list(items.map { $0.renamingValues(rename) })
        default: self
        }
    }
}
