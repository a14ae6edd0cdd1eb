import ModelCore
import ModelGraph

// Tensors whose samples stand anywhere: what reshapes and permutes makes them, and makes values of the graph of them again.
extension TorchFlow {
    /// The tensor that the call is about, however its samples stand.
    func seen(_ names: String...) -> TorchView? {
        guard case .value(let name)? = argument(names) else { return nil }
        return values[name].flatMap(seen)
    }

    func seen(_ value: TorchValue) -> TorchView? {
        switch value {
        case .tensor(let value): TorchView(value, rank: shape(value).rank)
        case .view(let view): view
        default: nil
        }
    }

    func result(_ view: TorchView) -> TorchValue { view.isPlain ? .tensor(view.value) : .view(view) }

    /// The size of each axis of a tensor, `nil` where it is not known or counts samples.
    func sizes(_ view: TorchView) -> [Int?] {
        let shape = shape(view.value)
        return (0..<view.rank).map { axis in view.place(of: axis).flatMap { shape[$0] } }
    }

    func extent(_ view: TorchView) throws(ModelError) -> TorchExtent {
        func sizes(_ axes: Range<Int>) -> [TorchSize] { axes.map { axis in view.place(of: axis).map { self.extent(view.value, $0) } ?? 1 } }
        var extent = TorchExtent(before: sizes(0..<view.axis), after: sizes(view.axis + 1..<view.rank))
        let first = view.axis + 1
        if view.hasOuter { extent.outer = try knownSize(view.value, first) }
        if view.hasInner { extent.inner = try knownSize(view.value, view.hasOuter ? first + 1 : first) }
        return extent
    }

    /// The size of each axis of a tensor, the number of samples as such.
    func counts(_ view: TorchView) throws(ModelError) -> [TorchValue] {
        let extent = try extent(view)
        guard let factor = extent.outer.multiplied(by: extent.inner) else { throw unsupported("has a size that cannot be known") }
        func counts(_ sizes: [TorchSize]) -> [TorchValue] { sizes.map { $0.known.map(TorchValue.integer) ?? .size($0) } }
        return counts(extent.before) + [.samples(factor)] + counts(extent.after)
    }

    /// The same elements in the same order with other axes around that of samples.
    mutating func regrouped(_ view: TorchView, _ extent: TorchExtent, part: String? = nil) throws(ModelError) -> TorchValue {
        let factors = [extent.outer, extent.inner].filter { $0 > 1 }.map(TorchSize.constant)
        let sizes: [TorchSize] = [1] + extent.before + factors + extent.after
        guard case .tensor(let value) = try reshaped(view.value, sizes[...], part: part) else { return .nothing }
        return result(
            TorchView(value: value, rank: extent.rank, axis: extent.axis, hasOuter: extent.outer > 1, hasInner: extent.inner > 1))
    }

    // MARK: Sizes that `view` asks for

    /// The tensor with these sizes, wherever among them the samples come to stand.
    mutating func viewed(_ view: TorchView, as wanted: [TorchValue]) throws(ModelError) -> TorchValue {
        let extent = try extent(view)
        let (before, after) = (extent.before.compactMap(\.known), extent.after.compactMap(\.known))
        guard before.count == extent.before.count, after.count == extent.after.count,
            let outer = (before + [extent.outer]).checkedProduct, let inner = ([extent.inner] + after).checkedProduct,
            let elements = outer.multiplied(by: inner)
        else { throw openSize("to give other axes to \(shape(view.value))") }
        let candidates = try places(wanted, elements: elements).compactMap { place in
            Self.extent(place, outer: outer, inner: inner).map { (place, $0) }
        }
        // Samples that stand alone, or first, are meant where they may.
        let alone = candidates.first { $0.0.sizes[$0.0.axis] == 1 } ?? candidates.first { $0.0.axis == 0 && outer == 1 }
        guard let (place, found) = alone ?? candidates.first else { throw samples() }
        var value = try regrouped(view, found)
        let hasNext = candidates.contains { $0.0.axis == place.axis + 1 && $0.1.outer == 1 }
        if alone == nil, hasNext, found.inner == 1, case .view(var loose) = value {
            loose.isLoose = true
            value = .view(loose)
        }
        return value
    }

    /// Sizes with the number of samples taken out of one of them.
    private struct Place {
        let sizes: [Int]
        let axis: Int
    }

    /// Where the samples may stand among sizes.
    private func places(_ wanted: [TorchValue], elements: Int) throws(ModelError) -> [Place] {
        var sizes: [Int] = []
        var holders: [Int] = []
        for (axis, size) in wanted.enumerated() {
            switch size {
            case .integer(let size): sizes.append(size)
            case .samples(let factor):
                sizes.append(factor)
                holders.append(axis)
            default: throw unsupported("has a size that is no integer")
            }
        }
        let open = sizes.indices.filter { sizes[$0] == -1 }
        guard holders.count <= 1, open.count <= 1, sizes.allSatisfy({ $0 == -1 || $0 >= 1 }),
            let fixed = sizes.filter({ $0 != -1 }).checkedProduct
        else { throw unsupported("asks for sizes \(sizes)") }
        let recorded = holders.isEmpty ? recordedBatch : 1
        if let axis = open.first {
            // The size that is left to find holds the samples, unless others do or may.
            guard let all = elements.multiplied(by: recorded ?? 1), all % fixed == 0 else { throw samples() }
            sizes[axis] = all / fixed
            if holders.isEmpty, recorded == nil { holders = [axis] }
        }
        if let holder = holders.first { return [Place(sizes: sizes, axis: holder)] }
        guard let recorded, recorded >= 1 else { throw samples() }
        return sizes.indices.filter { sizes[$0] % recorded == 0 }.map { axis in
            var rest = sizes
            rest[axis] /= recorded
            return Place(sizes: rest, axis: axis)
        }
    }

    /// The sizes around the samples, if `outer` elements come before the samples and `inner` after.
    private static func extent(_ place: Place, outer: Int, inner: Int) -> TorchExtent? {
        let (before, after) = (place.sizes[..<place.axis], place.sizes[(place.axis + 1)...])
        guard let first = before.checkedProduct, let last = after.checkedProduct, outer % first == 0, inner % last == 0,
            (outer / first).multiplied(by: inner / last) == place.sizes[place.axis]
        else { return nil }
        return TorchExtent(
            before: before.map(TorchSize.constant), outer: outer / first, inner: inner / last, after: after.map(TorchSize.constant))
    }

    // MARK: Axes

    /// The tensor with its axes in another order: axis k is axis `order[k]`.
    mutating func rearranged(_ view: TorchView, _ order: [Int], part: String? = nil) throws(ModelError) -> TorchValue {
        guard order != Array(order.indices), let axis = order.firstIndex(of: view.moved.axis) else { return result(view) }
        let view = view.moved
        let axes = view.axes
        let permutation = [0] + order.flatMap { axes[$0] }.filter { $0 != 0 }
        var moved = TorchView(value: view.value, rank: view.rank, axis: axis, hasOuter: view.hasOuter, hasInner: view.hasInner)
        if permutation != Array(permutation.indices) {
            let transpose = Transpose(permutation: permutation).erased
            moved.value = if let part { try emit(part, transpose, [view.value]) } else { try emit(transpose, [view.value]) }
        }
        return result(moved)
    }

    /// The tensor with a new axis of size 1.
    mutating func widened(_ view: TorchView, at axis: Int, part: String? = nil) throws(ModelError) -> TorchValue {
        var extent = try extent(view)
        if axis <= view.axis { extent.before.insert(1, at: axis) } else { extent.after.insert(1, at: axis - view.axis - 1) }
        return try regrouped(view, extent, part: part)
    }

    /// The tensor with some axes as one.
    mutating func flattened(_ view: TorchView, _ range: ClosedRange<Int>) throws(ModelError) -> TorchValue {
        var extent = try extent(view)
        func product(_ sizes: ArraySlice<TorchSize>) throws(ModelError) -> TorchSize {
            var product = TorchSize.constant(1)
            for size in sizes { product = try computed(.combined(.multiply, product, size)) }
            return product
        }
        let next = view.axis + 1
        if range.upperBound < view.axis {
            extent.before.replaceSubrange(range, with: [try product(extent.before[range])])
        } else if range.lowerBound > view.axis {
            let inner = range.lowerBound - next...range.upperBound - next
            extent.after.replaceSubrange(inner, with: [try product(extent.after[inner])])
        } else {
            let (before, after) = (extent.before[range.lowerBound...], extent.after[..<(range.upperBound - view.axis)])
            guard let first = try product(before).known, let last = try product(after).known, let outer = first.multiplied(by: extent.outer),
                let inner = extent.inner.multiplied(by: last)
            else { throw openSize("to flatten axes of \(shape(view.value))") }
            extent = TorchExtent(
                before: Array(extent.before[..<range.lowerBound]), outer: outer, inner: inner,
                after: Array(extent.after[(range.upperBound - view.axis)...]))
        }
        return try regrouped(view, extent)
    }

    /// The tensor without some of its axes of size 1.
    mutating func squeezed(_ view: TorchView, _ removed: Set<Int>) throws(ModelError) -> TorchValue {
        var extent = try extent(view)
        extent.before = extent.before.indices.filter { !removed.contains($0) }.map { extent.before[$0] }
        extent.after = extent.after.indices.filter { !removed.contains($0 + view.axis + 1) }.map { extent.after[$0] }
        return try regrouped(view, extent)
    }
}
