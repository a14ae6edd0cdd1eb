import ModelCore
import ModelGraph

/// The order of a flattened value's features, where it is not that of the source.
struct FlattenedFeatures: Hashable {
    /// The sizes of the axes that became one, in the source's order.
    let sizes: [Int]
    /// Axis k as it is kept is axis `order[k]` of the source's.
    let order: [Int]

    /// `nil` where the order makes no difference, for all axes but one have size 1, or none moved.
    init?(sizes: [Int], order: [Int]) {
        let moved = order.filter { sizes[$0] > 1 }
        guard moved != moved.sorted() else { return nil }
        self.sizes = sizes
        self.order = order
    }

    /// The sizes as they are kept.
    var keptSizes: [Int] { order.map { sizes[$0] } }

    /// The permutation that brings the kept axes into the source's order.
    var inverse: [Int] { order.indices.map { order.firstIndex(of: $0) ?? $0 } }

    /// Reorders one axis of a weight that has an element for each feature.
    func move(_ weight: Weight, axis: Int, then permutation: [Int]? = nil, layout: KernelLayout, reason: WeightRearrangement.Reason)
        -> WeightRearrangement.Move?
    {
        let shape = weight.source.shape
        guard shape.indices.contains(axis), shape[axis] == sizes.reduce(1, *) else { return nil }
        var groups: [[Int]] = []
        var split: [Int] = []
        for (index, size) in shape.enumerated() {
            let start = split.count
            groups.append(index == axis ? order.map { start + $0 } : [start])
            split += index == axis ? sizes : [size]
        }
        let axes = permutation ?? Array(shape.indices)
        return WeightRearrangement.Move(
            split: split, permutation: axes.flatMap { groups[$0] }, joined: axes.map { shape[$0] }, layout: layout, reason: reason)
    }
}

extension ValueOrder {
    /// A value of `lead` axes in their own order and then these features.
    init(lead: Int, _ features: FlattenedFeatures) {
        self.init(order: Array(0..<lead) + features.order.map { lead + $0 }, lastAxis: features.sizes)
    }
}
