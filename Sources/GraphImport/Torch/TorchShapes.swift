import ModelCore
import ModelGraph

// The same elements under another shape or in another order of axes. Weights are seen so as well.
extension TorchFlow {
    /// - Returns: the value itself where nothing changes.
    mutating func reshaping(_ function: TorchFunction) throws(ModelError) -> TorchValue {
        if derived != nil { return try reshapedWeight(function) }
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
            let parts = try resolved(try extents(named: "sizes") ?? [], product: sizes[axis].map(TorchSize.constant))
            if axis < view.axis {
                extent.before.replaceSubrange(axis...axis, with: parts)
            } else {
                extent.after.replaceSubrange(axis - view.axis - 1...axis - view.axis - 1, with: parts)
            }
            return try regrouped(view, extent)
        case .reshapeAs, .viewAs:
            guard let like = seen("other") else { throw samples() }
            if view.isPlain, like.isPlain { return try reshaped(view.value, [nil] + self.sizes(like)[1...]) }
            return try viewed(view, as: try counts(like))
        default:
            guard let given = try self.sizes(argument(["size"]) != nil ? "size" : "shape"), !given.isEmpty else { throw unsupported("has no sizes") }
            if view.isPlain, let wanted = try viewed(extents(view.value), as: given) {
                return try reshaped(view.value, [1] + wanted.sizes[...], isExact: wanted.isExact)
            }
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
            guard let size = sizes[axis] else { throw openSize("for axis \(axis), which it removes if it is 1,") }
            if size == 1 { removed.insert(axis) }
        }
        return removed
    }

    /// The sizes after samples that `view` asks for, and whether they alone say how many samples there are; `nil` where the first axis would not be
    /// that of samples alone.
    private func viewed(_ sizes: [TorchSize], as given: [TorchValue]) throws(ModelError) -> (sizes: [TorchSize], isExact: Bool)? {
        var wanted: [TorchSize] = []
        for size in given.dropFirst() {
            guard let size = size.extent else { return nil }
            wanted.append(size)
        }
        let isExact: Bool
        switch given.first {
        case .samples(1): isExact = false
        case .integer: isExact = true
        default: return nil
        }
        let inner = sizes.dropFirst().compactMap(\.known)
        let product = inner.count == sizes.count - 1 ? inner.checkedProduct : nil
        let numbers = wanted.compactMap(\.known)
        // The first axis stays that of samples if the others hold a sample.
        if !numbers.contains(-1), let product, numbers.count == wanted.count, numbers.checkedProduct != product { return nil }
        if product == nil, !numbers.contains(-1) { return (wanted, isExact) }
        if case .integer(let count) = given.first, count != -1, let samples = recordedBatch, samples != count { return nil }
        return (try resolved(wanted, product: product.map(TorchSize.constant)), isExact)
    }

    /// Sizes with the one that is -1 found out, as far as the number of all elements is known.
    private func resolved(_ wanted: [TorchSize], product: TorchSize?) throws(ModelError) -> [TorchSize] {
        let numbers = wanted.compactMap(\.known)
        guard numbers.filter({ $0 == -1 }).count <= 1, numbers.allSatisfy({ $0 == -1 || $0 >= 1 }),
            let fixed = numbers.filter({ $0 != -1 }).checkedProduct
        else {
            throw unsupported("asks for sizes \(numbers)")
        }
        guard let product else { return wanted }
        if let product = product.known, numbers.count == wanted.count {
            guard product % fixed == 0, numbers.contains(-1) || product == fixed else { throw unsupported("makes \(numbers) of \(product) elements") }
        }
        var rest: TorchSize? = product
        for size in wanted where size.known != -1 { rest = rest.flatMap { .combined(.divide, $0, size) } }
        guard let rest else { return wanted }
        return wanted.map { $0.known == -1 ? rest : $0 }
    }

    /// A value under other sizes; the first is that of samples, whatever it says.
    ///
    /// - Parameter isExact: whether sizes that are not known are to be what they say, and not what the others leave.
    mutating func reshaped(
        _ value: String, _ sizes: ArraySlice<TorchSize>, part: String? = nil, isExact: Bool = false
    ) throws(ModelError) -> TorchValue {
        if derived != nil {
            let known = sizes.compactMap(\.known)
            guard known.count == sizes.count else { throw unsupported("asks for sizes that are not known") }
            return .tensor(known == shape(value).known ? value : try deriveReshaped(value, known, part: part))
        }
        var inner = Array(sizes.dropFirst())
        if inner == Array(extents(value).dropFirst()) { return .tensor(value) }
        let open = inner.indices.filter { inner[$0].known == nil }
        let known = shape(value).sizes.dropFirst().compactMap(\.self)
        if inner.count == 1, !open.isEmpty && !isExact || inner[0].known == -1 || known.count == shape(value).rank - 1 {
            return .tensor(try emitReshaped(Flatten().erased, value, part))
        }
        if let longest = open.max(by: { inner[$0].count < inner[$1].count }), !isExact, !inner.contains(-1) { inner[longest] = -1 }
        let numbers = inner.compactMap(\.known)
        if numbers.count == inner.count { return .tensor(try emitReshaped(Reshape(sizes: numbers).erased, value, part)) }
        return .tensor(try emit(Reshape(sizes: []).erased, sizes: ["sizes": inner], value, part: part))
    }

    /// The same for sizes one of which may be unknown.
    mutating func reshaped(_ value: String, _ sizes: ArraySlice<Int?>, part: String? = nil) throws(ModelError) -> TorchValue {
        if Array(sizes) == shape(value).sizes { return .tensor(value) }
        guard sizes.dropFirst().count(where: { $0 == nil }) <= 1 else { throw openSize("to give other axes to \(shape(value))") }
        let known = sizes.map { $0.map(TorchSize.constant) ?? -1 }
        return try reshaped(value, known[...], part: part)
    }

    private mutating func emitReshaped(_ operation: Operator, _ value: String, _ part: String?) throws(ModelError) -> String {
        if let part { try emit(part, operation, [value]) } else { try emit(operation, [value]) }
    }

    mutating func permutation(_ function: TorchFunction) throws(ModelError) -> TorchValue {
        if let weight = try fileWeight() {
            let order = try order(function, rank: weight.source.shape.count)
            return keep(TorchWeight(name: "\(weight.name)/\(order.map(String.init).joined())", source: weight.source.permuted(by: order)))
        }
        if derived != nil {
            let input = try input()
            let order = try order(function, rank: shape(input).rank)
            return .tensor(order == Array(order.indices) ? input : try emit(Transpose(permutation: order).erased, [input]))
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
    func fileWeight() throws(ModelError) -> TorchWeight? {
        guard case .value(let name)? = argument(["self", "input"]), case .weight(let key)? = values[name], let weight = weights[key],
            weight.derived == nil
        else { return nil }
        return weight
    }

    /// A tensor of the file seen in another way.
    mutating func keep(_ weight: TorchWeight, as name: String? = nil) -> TorchValue {
        let key = name ?? call.outputs.first ?? weight.name
        weights[key] = weight
        return .weight(key)
    }

    private mutating func reshapedWeight(_ function: TorchFunction) throws(ModelError) -> TorchValue {
        let weight = try fileWeight()
        let value = weight == nil ? try input() : ""
        var sizes = weight?.source.shape ?? shape(value).sizes.compactMap(\.self)
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
            guard first <= last, !sizes.isEmpty, let product = sizes[first...last].checkedProduct else {
                throw unsupported("flattens from axis \(first) to \(last)")
            }
            sizes.replaceSubrange(first...last, with: [product])
        case .unflatten:
            let axis = try axis(try integer("dim"), rank: sizes.count)
            let parts = try resolved((try list("sizes") ?? []).map(TorchSize.constant), product: .constant(sizes[axis])).compactMap(\.known)
            sizes.replaceSubrange(axis...axis, with: parts)
        case .reshapeAs, .viewAs:
            let other = try tensor("other")
            sizes = shape(other).sizes.compactMap(\.self)
        default:
            let given = try list(argument(["size"]) != nil ? "size" : "shape") ?? []
            let found = try resolved(given.map(TorchSize.constant), product: sizes.checkedProduct.map(TorchSize.constant)).compactMap(\.known)
            guard found.count == given.count else { throw unsupported("asks for sizes \(given)") }
            sizes = found
        }
        guard let weight else { return .tensor(try deriveReshaped(value, sizes, part: nil)) }
        guard sizes.checkedProduct == weight.source.count else { throw unsupported("makes \(sizes) of \(weight.source.shape)") }
        return keep(TorchWeight(name: weight.name, source: weight.source.reshaped(sizes)))
    }
}
