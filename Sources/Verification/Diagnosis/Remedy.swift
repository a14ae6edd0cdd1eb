import ModelCore
import ModelGraph

/// A node with one mistake undone.
struct Remedy: Sendable {
    let mistake: Mistake
    /// What the mistake would have been: `the kernel is flipped`.
    let finding: String
    var node: Node
    /// By role.
    var weights: [String: Weight]
}

extension Remedy {
    /// Every way to see a kernel, and the rows of a matrix behind flattened features, otherwise; each keeps the shape.
    ///
    /// - Parameter flattened: the sizes of the axes that were flattened to what the node reads, as the graph has them.
    static func rearrangements(of node: Node, weights: [String: Weight], flattened: [Int]?) -> [Remedy] {
        guard let kernel = weights["kernel"] else { return [] }
        var remedies: [Remedy] = []
        func add(_ mistake: Mistake, _ finding: String, _ source: WeightSource) {
            var changed = weights
            changed["kernel"] = Weight(source, layout: kernel.layout)
            remedies.append(Remedy(mistake: mistake, finding: finding, node: node, weights: changed))
        }
        let shape = kernel.source.shape
        let axes = kernel.layout.axes
        let window = axes.indices.filter { !"io".utf8.contains(axes[$0]) && shape[$0] > 1 }
        if !window.isEmpty {
            add(.kernelFlipped, "the kernel is flipped along every axis of its window", kernel.source.flipped(axes: window))
        }
        if window.count > 1 {
            for axis in window {
                add(.kernelFlipped, "the kernel is flipped along its axis \(letter(axes[axis]))", kernel.source.flipped(axes: [axis]))
            }
        }
        if let input = kernel.layout.axis("i"), shape[input] > 1, shape[input] <= 4 {
            add(.inputChannelsReversed, "the input's channels are read in reverse order, as BGR for RGB", kernel.source.flipped(axes: [input]))
        }
        if let output = kernel.layout.axis("o"), shape[output] > 1 {
            add(.channelsPermuted, "the kernel's output channels are in reverse order", kernel.source.flipped(axes: [output]))
        }
        if let flattened, let input = kernel.layout.axis("i"), flattened.checkedProduct == shape[input] {
            let own = names(Array(flattened.indices))
            for order in Permutations.others(of: flattened.count) {
                // Either the rows count the axes in another order, or they were put into this one though they counted so already.
                let sorted = regrouped(kernel.source, axis: input, order.map { flattened[$0] }, RowMajor.inverse(of: order))
                add(.flattenOrder, "the rows of the kernel are in the order \(names(order)) of the flattened axes, not \(own)", sorted)
                let restored = regrouped(kernel.source, axis: input, flattened, order)
                add(.flattenOrder, "the rows of the kernel are in the order \(own) of axes that were flattened as \(names(order))", restored)
            }
        }
        for order in Permutations.others(of: shape.count) where axes.count == shape.count {
            let swapsWindow = order.indices.allSatisfy { order[$0] == $0 || window.contains($0) }
            let layout = String(decoding: order.map { axes[$0] }, as: UTF8.self).uppercased()
            let own = String(decoding: axes, as: UTF8.self).uppercased()
            let source = kernel.source.reshaped(order.map { shape[$0] }).permuted(by: RowMajor.inverse(of: order))
            add(
                swapsWindow ? .kernelHeightWidthSwapped : .kernelAxesSwapped, "the kernel's elements are in the order \(layout), read as \(own)",
                source)
        }
        return remedies
    }

    /// Pairs of weights of equal shapes exchanged.
    static func exchanges(of node: Node, weights: [String: Weight]) -> [Remedy] {
        let roles = weights.keys.sorted()
        var remedies: [Remedy] = []
        for (index, first) in roles.enumerated() {
            for second in roles[(index + 1)...] where weights[first]?.source.shape == weights[second]?.source.shape {
                var changed = weights
                (changed[first], changed[second]) = (weights[second], weights[first])
                remedies.append(
                    Remedy(mistake: .statisticsSwapped, finding: "\(first) and \(second) are exchanged", node: node, weights: changed))
            }
        }
        return remedies
    }

    /// The weight in which the positions along an axis, which count axes of `sizes`, count them in another order.
    private static func regrouped(_ source: WeightSource, axis: Int, _ sizes: [Int], _ order: [Int]) -> WeightSource {
        let (lead, trail) = (Array(source.shape[..<axis]), Array(source.shape[(axis + 1)...]))
        let permutation = Array(lead.indices) + order.map { $0 + axis } + trail.indices.map { $0 + axis + sizes.count }
        return source.reshaped(lead + sizes + trail).permuted(by: permutation).reshaped(source.shape)
    }

    private static func letter(_ byte: UInt8) -> String { String(decoding: [byte], as: UTF8.self).uppercased() }

    /// Axes of features by letter: H, W, C of three.
    private static func names(_ order: [Int]) -> String {
        let letters = ["C", "WC", "HWC", "DHWC"]
        guard letters.indices.contains(order.count - 1) else { return "\(order)" }
        let all = Array(letters[order.count - 1])
        return order.map { String(all[$0]) }.joined(separator: ", ")
    }
}
