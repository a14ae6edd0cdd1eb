package import ModelCore
package import ModelGraph

/// The order of elements by which one weight is another.
package enum WeightOrder {
    /// `equal after the permutation [3, 2, 0, 1] of its axes`; `nil` where no order of axes or channels makes the weights equal.
    package static func text(_ found: Weight, _ expected: Weight) throws(ModelError) -> String? {
        guard try found.source.mayBeRearrangement(of: expected.source) else { return nil }
        for permutation in Permutations.others(of: found.source.shape.count) {
            let source = found.source.permuted(by: permutation)
            if try source.hasBits(of: expected.source) { return "equal after the permutation \(permutation) of its axes" }
        }
        let node = Node(name: "", operation: Identity().erased, inputs: [], output: "")
        for remedy in Remedy.rearrangements(of: node, weights: ["kernel": found], flattened: nil) {
            if let weight = remedy.weights["kernel"], try weight.hasBits(of: expected) { return "equal but for its order: \(remedy.finding)" }
        }
        guard found.source.shape == expected.source.shape else { return nil }
        for axis in found.source.shape.indices {
            if let order = try ChannelOrder(found.source, expected.source, axis: axis) {
                return "equal but for its order: along axis \(axis), \(order.text)"
            }
        }
        return nil
    }
}
