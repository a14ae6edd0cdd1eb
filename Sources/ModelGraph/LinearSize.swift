import ModelCore

/// A size as a sum of multiples of parts, each a size or what is computed of sizes otherwise: two ways to compute the same show as one.
package struct LinearSize<Source: Hashable & Sendable>: Hashable, Sendable {
    package private(set) var constant = 0
    package private(set) var multiples: [SizeExpression<Source>: Int] = [:]

    /// - Returns: `nil` where a number is too large.
    package init?(_ expression: SizeExpression<Source>) {
        guard add(expression, times: 1) else { return nil }
    }

    private mutating func add(_ expression: SizeExpression<Source>, times factor: Int) -> Bool {
        switch expression {
        case .constant(let value):
            guard let sum = value.multiplied(by: factor)?.adding(constant) else { return false }
            constant = sum
        case .combination(.add, let left, let right): return add(left, times: factor) && add(right, times: factor)
        case .combination(.subtract, let left, let right):
            guard let opposite = factor.multiplied(by: -1) else { return false }
            return add(left, times: factor) && add(right, times: opposite)
        case .combination(.multiply, .constant(let number), let other), .combination(.multiply, let other, .constant(let number)):
            guard let product = factor.multiplied(by: number) else { return false }
            return add(other, times: product)
        case .size, .combination:
            guard let sum = (multiples[expression] ?? 0).adding(factor) else { return false }
            multiples[expression] = sum == 0 ? nil : sum
        }
        return true
    }

    /// The one size that this is a multiple of.
    package var multiple: (source: Source, factor: Int)? {
        guard constant == 0, multiples.count == 1, let (part, factor) = multiples.first, case .size(let source) = part, factor > 0 else { return nil }
        return (source, factor)
    }
}
