/// What a verification found.
package enum Verdict: String, Sendable, Hashable {
    /// Equal in every bit.
    case identical
    /// Every difference is explained by rounding: the run is an admissible Float32 execution of the graph.
    case rounding
    /// Some difference is not explained by rounding.
    case different
    /// NaN, infinity or overflow left nothing to compare.
    case inconclusive

    /// Of two, the one that a whole made of both has.
    package func joined(with other: Verdict) -> Verdict {
        let order: [Verdict] = [.identical, .rounding, .inconclusive, .different]
        let mine = order.firstIndex(of: self) ?? 0
        let theirs = order.firstIndex(of: other) ?? 0
        return order[max(mine, theirs)]
    }
}

/// What was found for one node.
package struct NodeReport: Sendable, Hashable {
    package let name: String
    package let operation: String
    package let verdict: Verdict
    /// How many elements of the output were recomputed, of how many.
    package let checked: Int
    package let count: Int
    /// The largest `|difference| / bound`; 0 where nothing differs, infinity where something differs that must not.
    package let rho: Double
    /// The largest difference in units in the last place: see `UnitsInLastPlace`.
    package let ulps: Double
    /// The element with the largest ratio, where any differs.
    package let worst: Worst?

    package struct Worst: Sendable, Hashable {
        /// Which execution differed: `fast` or `reference`.
        package let engine: String
        package let index: [Int]
        package let got: Double
        package let exact: Double
        package let bound: Double
    }
}

/// What was found for a graph.
package struct VerificationReport: Sendable {
    package let nodes: [NodeReport]
    /// The shapes of the inputs that were tried, by name.
    package let inputs: [String: [Int]]

    package var verdict: Verdict { nodes.reduce(.identical) { $0.joined(with: $1.verdict) } }

    /// The largest ratio of a difference to its bound.
    package var rho: Double { nodes.map(\.rho).max() ?? 0 }

    /// The largest difference in units in the last place.
    package var ulps: Double { nodes.map(\.ulps).max() ?? 0 }

    /// The first node, in the order of execution, whose difference rounding does not explain.
    package var firstDifferent: NodeReport? { nodes.first { $0.verdict == .different } }
}
