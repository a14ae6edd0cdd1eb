import ModelCore

/// A bound that is computed when it is first asked for, once for all elements: where all bits are equal, nobody asks.
struct LazyBound {
    private let make: () throws(ModelError) -> ErrorBound
    private var known: ErrorBound?

    init(_ make: @escaping () throws(ModelError) -> ErrorBound) { self.make = make }

    mutating func value(_ position: Int, _ exact: Double) throws(ModelError) -> Double {
        let bound = if let known { known } else { try make() }
        known = bound
        return bound.value(position, exact)
    }
}
