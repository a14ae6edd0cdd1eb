import Verification

extension ModelVerification {
    /// What was found for one layer.
    package struct Layer: Sendable, Hashable {
        package let name: String
        package let operation: String
        /// Elements that were recomputed, of how many.
        package let checked: Int
        package let count: Int
        /// The largest difference in units of its bound.
        package let rho: Double
        /// The largest difference in units in the last place of the exact result's nearest Float32.
        package let ulps: Double
        package let verdict: String
        /// The element with the largest ratio, where any differs.
        package let worst: Element?

        /// An element of a layer's output.
        package struct Element: Sendable, Hashable {
            /// Which execution gave it: `fast`, `reference` or `recorded`.
            package let engine: String
            package let index: [Int]
            package let got: Double
            package let exact: Double
            package let bound: Double

            package init(engine: String, index: [Int], got: Double, exact: Double, bound: Double) {
                self.engine = engine
                self.index = index
                self.got = got
                self.exact = exact
                self.bound = bound
            }
        }

        package init(
            name: String, operation: String, checked: Int, count: Int, rho: Double, ulps: Double, verdict: String, worst: Element? = nil
        ) {
            self.name = name
            self.operation = operation
            self.checked = checked
            self.count = count
            self.rho = rho
            self.ulps = ulps
            self.verdict = verdict
            self.worst = worst
        }

        init(_ node: NodeReport) {
            self.init(
                name: node.name, operation: node.operation, checked: node.checked, count: node.count, rho: node.rho, ulps: node.ulps,
                verdict: node.verdict.rawValue,
                worst: node.worst.map { Element(engine: $0.engine, index: $0.index, got: $0.got, exact: $0.exact, bound: $0.bound) })
        }

        package var isDifferent: Bool { verdict == Verdict.different.rawValue }

        /// Whether both engines gave the exact result, in every bit.
        package var isExact: Bool { verdict == Verdict.identical.rawValue && rho == 0 && ulps == 0 }
    }
}
