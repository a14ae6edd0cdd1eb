import ModelCore

/// How a number is computed from two others.
package enum SizeOperation: Sendable, Hashable {
    case add, subtract, multiply
    /// Rounded down, below zero too.
    case divide
    case maximum, minimum

    /// `nil` where there is no such integer.
    package func result(_ left: Int, _ right: Int) -> Int? {
        switch self {
        case .add: return left.adding(right)
        case .subtract:
            let (difference, overflows) = left.subtractingReportingOverflow(right)
            return overflows ? nil : difference
        case .multiply: return left.multiplied(by: right)
        case .divide:
            guard right != 0 else { return nil }
            let (quotient, overflows) = left.dividedReportingOverflow(by: right)
            if overflows { return nil }
            return left % right != 0 && (left < 0) != (right < 0) ? quotient - 1 : quotient
        case .maximum: return max(left, right)
        case .minimum: return min(left, right)
        }
    }
}

/// An integer that is computed from sizes, which are known when a network runs.
package indirect enum SizeExpression<Source: Hashable & Sendable>: Hashable, Sendable {
    case constant(Int)
    case size(Source)
    case combination(SizeOperation, SizeExpression, SizeExpression)

    /// The most numbers and sizes that one may be made of.
    package static var limit: Int { 64 }

    /// - Returns: `nil` for more than `limit` parts, and for constants that give no integer.
    package static func combined(_ operation: SizeOperation, _ left: SizeExpression, _ right: SizeExpression) -> SizeExpression? {
        switch (operation, left, right) {
        case (_, .constant(let a), .constant(let b)): return operation.result(a, b).map(SizeExpression.constant)
        case (.add, _, .constant(0)), (.subtract, _, .constant(0)), (.multiply, _, .constant(1)), (.divide, _, .constant(1)): return left
        case (.add, .constant(0), _), (.multiply, .constant(1), _): return right
        case (.subtract, _, _) where left == right: return .constant(0)
        case (.divide, .combination(.multiply, let a, .constant(let b)), .constant(let c)) where b == c && c > 0: return a
        default: return left.count + right.count <= limit ? .combination(operation, left, right) : nil
        }
    }

    /// How many numbers and sizes it is made of.
    package var count: Int {
        switch self {
        case .constant, .size: 1
        case .combination(_, let left, let right): left.count + right.count
        }
    }

    /// The number, if it does not depend on a size.
    package var known: Int? { if case .constant(let value) = self { value } else { nil } }

    /// Whether it is known not to be negative, whatever the sizes are.
    package var isNotNegative: Bool {
        switch self {
        case .constant(let value): value >= 0
        case .size: true
        case .combination(.maximum, let left, let right): left.isNotNegative || right.isNotNegative
        case .combination(.subtract, _, _): false
        case .combination(_, let left, let right): left.isNotNegative && right.isNotNegative
        }
    }

    /// The sizes that it depends on, in the order in which they are read.
    package var sources: [Source] {
        switch self {
        case .constant: []
        case .size(let source): [source]
        case .combination(_, let left, let right): left.sources + right.sources
        }
    }

    /// - Parameter size: what is known of a size.
    /// - Returns: `nil` where a size is not known, or there is no such integer.
    package func value(_ size: (Source) -> Int?) -> Int? {
        switch self {
        case .constant(let value): return value
        case .size(let source): return size(source)
        case .combination(let operation, let left, let right):
            guard let left = left.value(size), let right = right.value(size) else { return nil }
            return operation.result(left, right)
        }
    }

    /// The same of other sizes.
    package func map<Other>(_ transform: (Source) -> Other) -> SizeExpression<Other> {
        switch self {
        case .constant(let value): .constant(value)
        case .size(let source): .size(transform(source))
        case .combination(let operation, let left, let right): .combination(operation, left.map(transform), right.map(transform))
        }
    }
}

extension SizeExpression: ExpressibleByIntegerLiteral {
    package init(integerLiteral value: Int) { self = .constant(value) }
}

/// An axis of one of a node's inputs.
package struct SizeReference: Hashable, Sendable {
    package let input: Int
    package let axis: Int

    package init(input: Int, axis: Int) {
        self.input = input
        self.axis = axis
    }
}
