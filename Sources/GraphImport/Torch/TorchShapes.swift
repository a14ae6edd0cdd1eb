import ModelCore
import ModelGraph

// The same elements under another shape or in another order of axes. Weights are seen so as well.
extension TorchFlow {
    /// - Returns: the value itself where nothing changes.
    mutating func reshaping(_ function: TorchFunction) throws(ModelError) -> TorchValue {
        if try weightOnly() != nil { return try reshapedWeight(function) }
        guard let view = seen("self", "input") else { throw unsupported("has no tensor that depends on an input") }
        let sizes = sizes(view)
        switch function {
        case .squeeze: return try squeezed(view, try squeezed(sizes, samples: view.axis))
        case .unsqueeze: return try widened(view, at: try axis(try integer("dim"), rank: sizes.count + 1))
        case .flatten:
            let first = try axis(try integer("start_dim", default: 0), rank: sizes.count)
            let last = try axis(try integer("end_dim", default: -1), rank: sizes.count)
            guard first <= last else { throw unsupported("flattens from axis \(first) to \(last)") }
            return try flattened(view, first...last)
        case .unflatten:
            let axis = try axis(try integer("dim"), rank: sizes.count)
            if view.place(of: axis) == nil {
                let others = sizes.map { TorchValue.integer($0 ?? -1) }
                return try viewed(view, as: others[..<axis] + (try self.sizes("sizes") ?? []) + others[(axis + 1)...])
            }
            var extent = try extent(view)
            let parts = try resolved(try list("sizes") ?? [], product: sizes[axis])
            if axis < view.axis {
                extent.before.replaceSubrange(axis...axis, with: parts)
            } else {
                extent.after.replaceSubrange(axis - view.axis - 1...axis - view.axis - 1, with: parts)
            }
            return try regrouped(view, extent)
        default:
            guard let given = try self.sizes(argument(["size"]) != nil ? "size" : "shape"), !given.isEmpty else { throw unsupported("has no sizes") }
            if view.isPlain, let wanted = try viewed(sizes, as: given) { return try reshaped(view.value, [nil] + wanted) }
            return try viewed(view, as: given)
        }
    }

    /// The axes of size 1 that are to go.
    private func squeezed(_ sizes: [Int?], samples axisOfSamples: Int) throws(ModelError) -> Set<Int> {
        guard let given = try list("dim") else {
            throw problem("torch.samples", "removes every axis of size 1, that of a single sample too", hint: "name the axes: x.squeeze(2)")
        }
        var removed: Set<Int> = []
        for axis in given {
            let axis = try self.axis(axis, rank: sizes.count)
            guard axis != axisOfSamples else { throw samples() }
            guard let size = sizes[axis] else { throw unsupported("removes axis \(axis), whose size is not known") }
            if size == 1 { removed.insert(axis) }
        }
        return removed
    }

    /// The sizes after samples that `view` asks for; `nil` where the first axis would not be that of samples alone.
    private func viewed(_ sizes: [Int?], as given: [TorchValue]) throws(ModelError) -> ArraySlice<Int?>? {
        let inner = Array(sizes.dropFirst())
        let product = inner.allSatisfy { $0 != nil } ? inner.compactMap(\.self).checkedProduct : nil
        var wanted: [Int] = []
        for size in given.dropFirst() {
            guard case .integer(let size) = size else { return nil }
            wanted.append(size)
        }
        switch given.first {
        case .samples(1), .integer: break
        default: return nil
        }
        // The first axis stays that of samples if the others hold a sample.
        if !wanted.contains(-1), let product, wanted.checkedProduct != product { return nil }
        if product == nil, !wanted.contains(-1) { return ArraySlice(wanted.map { $0 }) }
        if case .integer(let count) = given.first, count != -1, let samples = recordedBatch, samples != count { return nil }
        return ArraySlice(try resolved(wanted, product: product))
    }

    /// Sizes with the one that is -1 found out.
    private func resolved(_ wanted: [Int], product: Int?) throws(ModelError) -> [Int?] {
        guard wanted.filter({ $0 == -1 }).count <= 1, wanted.allSatisfy({ $0 == -1 || $0 >= 1 }),
            let fixed = wanted.filter({ $0 != -1 }).checkedProduct
        else {
            throw unsupported("asks for sizes \(wanted)")
        }
        if let product, product % fixed != 0 || !wanted.contains(-1) && product != fixed {
            throw unsupported("makes \(wanted) of \(product) elements")
        }
        return wanted.map { $0 == -1 ? product.map { $0 / fixed } : $0 }
    }

    /// A value under other sizes.
    mutating func reshaped(_ value: String, _ sizes: ArraySlice<Int?>, part: String? = nil) throws(ModelError) -> TorchValue {
        let sizes = Array(sizes)
        if sizes == shape(value).sizes { return .tensor(value) }
        let operation: Operator
        if sizes.count == 2 {
            operation = Flatten().erased
        } else {
            guard sizes.dropFirst().filter({ $0 == nil }).count <= 1 else {
                throw unsupported("gives axes to \(shape(value)), several of whose sizes are not known")
            }
            operation = Reshape(sizes: sizes.dropFirst().map { $0 ?? -1 }).erased
        }
        if let part { return .tensor(try emit(part, operation, [value])) }
        return .tensor(try emit(operation, [value]))
    }

    mutating func permutation(_ function: TorchFunction) throws(ModelError) -> TorchValue {
        if let weight = try weightOnly() {
            let order = try order(function, rank: weight.source.shape.count)
            return keep(TorchWeight(name: "\(weight.name)/\(order.map(String.init).joined())", source: weight.source.permuted(by: order)))
        }
        guard let view = seen("self", "input") else { throw unsupported("has no tensor that depends on an input") }
        return try rearranged(view, try order(function, rank: view.rank))
    }

    private func order(_ function: TorchFunction, rank: Int) throws(ModelError) -> [Int] {
        var order = Array(0..<rank)
        switch function {
        case .permute:
            let given = try list("dims") ?? []
            var axes: [Int] = []
            for axis in given { axes.append(try axisOf(axis, rank)) }
            guard axes.sorted() == order else { throw unsupported("names axes \(given) of \(rank)") }
            return axes
        case .t:
            guard rank == 2 else { throw unsupported("is called with \(rank) axes") }
            return [1, 0]
        case .movedim, .moveaxis:
            let (sources, targets) = (try list("source") ?? [], try list("destination") ?? [])
            guard sources.count == targets.count else { throw unsupported("moves \(sources.count) axes to \(targets.count) places") }
            var places: [Int: Int] = [:]
            for (source, target) in zip(sources, targets) { places[try axisOf(target, rank)] = try axisOf(source, rank) }
            let moved = Set(places.values)
            guard places.count == sources.count, moved.count == sources.count else { throw unsupported("moves an axis twice") }
            var others = order.filter { !moved.contains($0) }.makeIterator()
            return order.compactMap { places[$0] ?? others.next() }
        default:
            let first = try integer(argument(["dim0"]) != nil ? "dim0" : "axis0")
            let second = try integer(argument(["dim1"]) != nil ? "dim1" : "axis1")
            order.swapAt(try axisOf(first, rank), try axisOf(second, rank))
            return order
        }
    }

    private func axisOf(_ given: Int, _ rank: Int) throws(ModelError) -> Int { try axis(given, rank: rank) }

    // MARK: Weights

    /// The tensor of the file that the call is about, if it is about one.
    private func weightOnly() throws(ModelError) -> TorchWeight? {
        guard case .value(let name)? = argument(["self", "input"]), case .weight(let key)? = values[name] else { return nil }
        return weights[key]
    }

    /// A tensor of the file seen in another way.
    mutating func keep(_ weight: TorchWeight, as name: String? = nil) -> TorchValue {
        let key = name ?? call.outputs.first ?? weight.name
        weights[key] = weight
        return .weight(key)
    }

    private mutating func reshapedWeight(_ function: TorchFunction) throws(ModelError) -> TorchValue {
        guard let weight = try weightOnly() else { throw unsupported("has no tensor") }
        var sizes = weight.source.shape
        switch function {
        case .unsqueeze: sizes.insert(1, at: try axis(try integer("dim"), rank: sizes.count + 1))
        case .squeeze:
            let named = try list("dim")
            var removed: Set<Int> = []
            for axis in named ?? Array(sizes.indices) { removed.insert(try self.axis(axis, rank: sizes.count)) }
            sizes = sizes.indices.filter { !removed.contains($0) || sizes[$0] != 1 }.map { sizes[$0] }
        case .flatten:
            let first = try axis(try integer("start_dim", default: 0), rank: sizes.count)
            let last = try axis(try integer("end_dim", default: -1), rank: sizes.count)
            guard first <= last, let product = sizes[first...last].checkedProduct else { throw unsupported("flattens from axis \(first) to \(last)") }
            sizes.replaceSubrange(first...last, with: [product])
        default:
            let given = try list(argument(["size"]) != nil ? "size" : "shape") ?? []
            let found = try resolved(given, product: weight.source.count).compactMap(\.self)
            guard found.count == given.count else { throw unsupported("asks for sizes \(given)") }
            sizes = found
        }
        return keep(TorchWeight(name: weight.name, source: weight.source.reshaped(sizes)))
    }
}
