/// Arithmetic on numbers that came out of a file: `nil` instead of a trap.
extension Int {
    package func adding(_ other: Int) -> Int? {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? nil : sum
    }

    package func multiplied(by other: Int) -> Int? {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? nil : product
    }

    /// This number rounded up to a multiple of `step`, which is positive.
    package func roundedUp(toMultipleOf step: Int) -> Int? {
        adding(step - 1).map { $0 / step * step }
    }
}

extension Sequence<Int> {
    /// The product of all elements, 1 for none; `nil` where it exceeds `Int`, even if a later factor is 0.
    package var checkedProduct: Int? {
        var product = 1
        for factor in self {
            guard let next = product.multiplied(by: factor) else { return nil }
            product = next
        }
        return product
    }

    /// The sum of all elements; `nil` where it exceeds `Int`.
    package var checkedSum: Int? {
        var sum = 0
        for term in self {
            guard let next = sum.adding(term) else { return nil }
            sum = next
        }
        return sum
    }
}
