package import ModelGraph

/// What is different between two operators, and which mistake it is.
package struct OperatorDifference: Sendable, Hashable {
    package let mistake: Mistake
    /// `strides is [2, 1], not [1, 2]`.
    package let finding: String

    /// - Returns: `nil` for equal operators.
    package init?(found: Operator, expected: Operator) {
        guard found != expected else { return nil }
        guard found.name == expected.name else {
            mistake = .operation
            finding = "the operator is \(found.name), not \(expected.name)"
            return
        }
        let names = Set(found.attributes.entries.map(\.name)).union(expected.attributes.entries.map(\.name)).sorted()
        let changed = names.filter { found.attributes[$0] != expected.attributes[$0] }
        let pairs = changed.map { Pair(name: $0, found: found.attributes[$0], expected: expected.attributes[$0]) }
        mistake = Self.mistake(found, expected, pairs)
        // Constants of another function are no differences of their own.
        let shared = pairs.filter { $0.found != nil && $0.expected != nil }
        finding = (shared.isEmpty ? pairs : shared).map(\.text).joined(separator: "; ")
    }

    private struct Pair {
        let name: String
        let found: AttributeValue?
        let expected: AttributeValue?

        var text: String {
            "\(name) is \(found.map(\.text) ?? "absent"), not \(expected.map(\.text) ?? "absent")"
        }

        /// Whether one list is the other backwards.
        var isTurned: Bool {
            guard case .integers(let left)? = found, case .integers(let right)? = expected else { return false }
            return left == right.reversed()
        }
    }

    private static func mistake(_ found: Operator, _ expected: Operator, _ pairs: [Pair]) -> Mistake {
        let names = Set(pairs.map(\.name))
        if names.contains("window") { return pairs.allSatisfy(\.isTurned) ? .windowTurned : .window }
        if let pair = pairs.first(where: { $0.name == "strides" }) { return pair.isTurned ? .stridesSwapped : .strides }
        if let pair = pairs.first(where: { $0.name == "dilations" }) { return pair.isTurned ? .dilationsSwapped : .dilations }
        if names.contains(where: { $0.hasPrefix("padding") || $0 == "before" || $0 == "after" || $0 == "output_padding" }) {
            return isSide(found, expected) ? .paddingSide : .paddingAmount
        }
        if names.contains("function") || names.contains("maximum") { return .activationVariant }
        for pair in pairs {
            switch pair.name {
            case "epsilon": return .epsilon
            case "count_includes_padding": return .countIncludePadding
            case "ceil_mode": return .ceilMode
            case "positions", "interpolation", "coefficient": return .resizeCoordinates
            case "axis", "axes", "permutation", "layout", "sizes": return .axis
            case "groups": return .groups
            case "negative_slope", "alpha": return .slope
            default: continue
            }
        }
        switch found {
        case .activation, .softmax, .rowNormalization: return .activationVariant
        case .pooling, .globalPooling, .adaptivePooling, .reduce: return .poolingKind
        case .merge: return .mergeKind
        case .rescaling: return .scaleOffset
        default: return .operation
        }
    }

    /// Whether as much is padded, or cut off, along each axis, at other ends.
    private static func isSide(_ found: Operator, _ expected: Operator) -> Bool {
        switch (ends(found), ends(expected)) {
        case (let left?, let right?):
            return zip(left.before, left.after).map { $0 &+ $1 } == zip(right.before, right.after).map { $0 &+ $1 }
        // `same` puts an odd element after; amounts that differ from side to side along an axis put it somewhere else.
        case (let amounts?, nil): return isSame(expected) && isUneven(amounts)
        case (nil, let amounts?): return isSame(found) && isUneven(amounts)
        case (nil, nil): return false
        }
    }

    private static func isUneven(_ amounts: (before: [Int], after: [Int])) -> Bool { zip(amounts.before, amounts.after).contains { $0 != $1 } }

    private static func isSame(_ operation: Operator) -> Bool { operation.attributes["padding"] == .string("same") }

    private static func ends(_ operation: Operator) -> (before: [Int], after: [Int])? {
        for (first, second) in [("padding_before", "padding_after"), ("before", "after")] {
            if case .integers(let before)? = operation.attributes[first], case .integers(let after)? = operation.attributes[second] {
                return (before, after)
            }
        }
        return nil
    }
}

extension AttributeValue {
    /// The value as people write it.
    package var text: String {
        switch self {
        case .integer(let value): "\(value)"
        case .integers(let values): "\(values)"
        case .number(let value): "\(value)"
        case .numbers(let values): "\(values)"
        case .boolean(let value): "\(value)"
        case .string(let value): value
        }
    }
}
