package import ModelCore
import ModelGraph

/// How a weight's axes were moved.
package struct WeightRearrangement: Sendable, Hashable {
    /// The weight's name in the graph that came out.
    package let name: String
    /// The weight's name in the source.
    package let source: String
    package let shape: [Int]
    package let layout: KernelLayout
    package let move: Move

    /// What is done to the elements.
    package struct Move: Sendable, Hashable {
        /// The shape to see the weight in first, where that is another one.
        package var split: [Int]?
        /// Axis k of the result is axis `permutation[k]`.
        package var permutation: [Int]
        /// The shape of the result, where axes come together.
        package var joined: [Int]?
        package var layout: KernelLayout
        package var reason: Reason

        func apply(_ weight: Weight) -> Weight {
            var source = split.map { weight.source.reshaped($0) } ?? weight.source
            if permutation != Array(permutation.indices) { source = source.permuted(by: permutation) }
            if let joined { source = source.reshaped(joined) }
            return Weight(source, layout: layout)
        }
    }

    package enum Reason: String, Sendable, Hashable {
        /// The operator's kernel in the layout that is wanted.
        case kernel
        /// A Dense layer reads features that were flattened in another order of axes.
        case flattened
        /// Numbers for each element along axes that the value keeps in another order.
        case axes
    }
}

/// The weights of the new graph. One that several nodes read in different ways is there several times.
struct WeightTable {
    private let source: [String: Weight]
    private(set) var weights: [String: Weight] = [:]
    private(set) var rearrangements: [WeightRearrangement] = []
    private var names: [String: [WeightRearrangement.Move?: String]] = [:]

    init(_ source: [String: Weight]) { self.source = source }

    func original(_ name: String) -> Weight? { source[name] }

    /// The name of a weight after a move, or as it is.
    mutating func name(of original: String, _ move: WeightRearrangement.Move?) -> String {
        guard let weight = source[original] else { return original }
        if let name = names[original]?[move] { return name }
        var name = original
        var number = 0
        while weights[name] != nil || (name != original && source[name] != nil) {
            number += 1
            name = "\(original):\(number)"
        }
        names[original, default: [:]][move] = name
        weights[name] = move?.apply(weight) ?? weight
        if let move {
            rearrangements.append(
                WeightRearrangement(name: name, source: original, shape: weight.source.shape, layout: weight.layout, move: move))
        }
        return name
    }
}
