import ModelCore
import ModelGraph

// The same elements under another shape or in another order of axes. Weights are seen so as well.
extension TorchFlow {
    /// - Returns: the value itself where nothing changes.
    mutating func reshaping(_ function: TorchFunction) throws(ModelError) -> TorchValue {
        if try weightOnly() != nil { return try reshapedWeight(function) }
        let input = try input()
        let sizes = shape(input).sizes
        switch function {
        case .squeeze: return try reshaped(input, try squeezed(sizes))
        case .unsqueeze:
            let axis = try innerAxis(try integer("dim"), rank: sizes.count + 1)
            return try reshaped(input, sizes[..<axis] + [1] + sizes[axis...])
        case .flatten:
            let first = try axis(try integer("start_dim", default: 0), rank: sizes.count)
            let last = try axis(try integer("end_dim", default: -1), rank: sizes.count)
            guard first > 0, last > 0 || first == last else { throw samples() }
            guard first <= last else { throw unsupported("flattens from axis \(first) to \(last)") }
            let parts = sizes[first...last]
            let product = parts.allSatisfy { $0 != nil } ? parts.compactMap(\.self).checkedProduct : nil
            return try reshaped(input, sizes[..<first] + [product] + sizes[(last + 1)...])
        case .unflatten:
            let axis = try innerAxis(try integer("dim"), rank: sizes.count)
            let parts = try resolved(try list("sizes") ?? [], product: sizes[axis])
            return try reshaped(input, sizes[..<axis] + parts + sizes[(axis + 1)...])
        default: return try reshaped(input, [nil] + ArraySlice(try viewed(sizes)))
        }
    }

    /// The sizes without some axes of size 1.
    private func squeezed(_ sizes: [Int?]) throws(ModelError) -> ArraySlice<Int?> {
        guard let given = try list("dim") else {
            throw problem("torch.samples", "removes every axis of size 1, that of a single sample too", hint: "name the axes: x.squeeze(2)")
        }
        var removed: Set<Int> = []
        for axis in given {
            let axis = try self.axis(axis, rank: sizes.count)
            guard axis > 0 else { throw samples() }
            guard let size = sizes[axis] else { throw unsupported("removes axis \(axis), whose size is not known") }
            if size == 1 { removed.insert(axis) }
        }
        return ArraySlice(sizes.indices.filter { !removed.contains($0) }.map { sizes[$0] })
    }

    /// The sizes after samples that `view` asks for.
    private func viewed(_ sizes: [Int?]) throws(ModelError) -> [Int?] {
        guard let given = try self.sizes(argument(["size"]) != nil ? "size" : "shape"), let first = given.first else {
            throw unsupported("has no sizes")
        }
        let inner = Array(sizes.dropFirst())
        let product = inner.allSatisfy { $0 != nil } ? inner.compactMap(\.self).checkedProduct : nil
        var wanted: [Int] = []
        for size in given.dropFirst() {
            guard case .integer(let size) = size else { throw samples() }
            wanted.append(size)
        }
        switch first {
        case .samples(1), .integer: break
        default: throw samples()
        }
        // The first axis stays that of samples if the others hold a sample.
        if !wanted.contains(-1), let product, wanted.checkedProduct != product { throw samples() }
        if product == nil, !wanted.contains(-1) { return wanted }
        if case .integer(let count) = first, count != -1, let samples = recordedSamples(), samples != count { throw self.samples() }
        return try resolved(wanted, product: product)
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
        let input = try input()
        let order = try order(function, rank: shape(input).rank)
        guard order.first == 0 else { throw samples() }
        if order == Array(order.indices) { return .tensor(input) }
        return .tensor(try emit(Transpose(permutation: order).erased, [input]))
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
    private mutating func keep(_ weight: TorchWeight) -> TorchValue {
        let key = call.outputs.first ?? weight.name
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
