import ModelCore
import ModelGraph

/// Functions of numbers, texts, truth values and lists, as TorchScript has them.
enum ScriptFunctions {
    /// `nil` for what has to be called, for its arguments are not known.
    static func result(of name: String, _ values: [TorchArgument]) -> TorchArgument? {
        switch (name, values.count) {
        case ("__not__", 1):
            guard case .bool(let value) = values[0] else { return .other("condition") }
            return .bool(!value)
        case ("__contains__", 2):
            guard case .list(let items) = values[0], isPlain(values[1]), items.allSatisfy(isPlain) else { return .other("condition") }
            return .bool(items.contains(values[1]))
        case ("len", 1):
            guard case .list(let items) = values[0] else { return .other("len") }
            return .integer(items.count)
        case ("list", 1), ("unchecked_unwrap_optional", 1), ("_unwrap_optional", 1), ("prim::unchecked_unwrap_optional", 1): return values[0]
        case ("format", _): return values.first
        case ("warn", _): return TorchArgument.none
        case ("slice", 1...4): return slice(values)
        case ("add", 2):
            if case .list(let left) = values[0], case .list(let right) = values[1] { return .list(left + right) }
            return arithmetic(name, values)
        case ("prim::min", 2), ("prim::max", 2), ("sub", 2), ("mul", 2), ("floordiv", 2), ("remainder", 2): return arithmetic(name, values)
        case ("neg", 1): if case .integer(let value) = values[0], value != .min { return .integer(-value) } else { return nil }
        default: return nil
        }
    }

    /// `nil` where tensors are compared.
    static func comparison(_ name: String, _ left: TorchArgument, _ right: TorchArgument) -> TorchArgument? {
        if name == "__is__" || name == "__isnot__" {
            // A value that is there is not None.
            guard left == .none || right == .none else { return .other("condition") }
            return .bool((left == right) == (name == "__is__"))
        }
        if let left = number(left), let right = number(right) {
            switch name {
            case "eq": return .bool(left == right)
            case "ne": return .bool(left != right)
            case "lt": return .bool(left < right)
            case "le": return .bool(left <= right)
            case "gt": return .bool(left > right)
            default: return .bool(left >= right)
            }
        }
        if isPlain(left), isPlain(right), name == "eq" || name == "ne" { return .bool((left == right) == (name == "eq")) }
        if case .value = left { return nil }
        if case .value = right { return nil }
        return .other("condition")
    }

    private static func number(_ value: TorchArgument) -> Double? {
        switch value {
        case .integer(let value): value.magnitude <= 1 << 53 ? Double(value) : nil
        case .number(let value): value
        default: nil
        }
    }

    /// Whether nothing about it is unknown.
    private static func isPlain(_ value: TorchArgument) -> Bool {
        switch value {
        case .none, .bool, .integer, .number, .text: true
        case .list(let items): items.allSatisfy { if case .list = $0 { false } else { isPlain($0) } }
        case .value, .other: false
        }
    }

    private static func slice(_ values: [TorchArgument]) -> TorchArgument? {
        guard case .list(let items) = values[0] else { return nil }
        func place(_ index: Int, _ preset: Int) -> Int? {
            guard values.indices.contains(index), values[index] != .none else { return preset }
            guard case .integer(let value) = values[index] else { return nil }
            return min(max(value < 0 ? value.adding(items.count) ?? 0 : value, 0), items.count)
        }
        guard let start = place(1, 0), let end = place(2, items.count), values.count < 4 || values[3] == .integer(1) else { return .other("slice") }
        return .list(start < end ? Array(items[start..<end]) : [])
    }

    private static func arithmetic(_ name: String, _ values: [TorchArgument]) -> TorchArgument? {
        guard case .integer(let left) = values[0], case .integer(let right) = values[1] else { return nil }
        let operation: SizeOperation
        switch name {
        case "add": operation = .add
        case "sub": operation = .subtract
        case "mul": operation = .multiply
        case "floordiv": operation = .divide
        case "prim::min": operation = .minimum
        case "prim::max": operation = .maximum
        default:
            guard let quotient = SizeOperation.divide.result(left, right), let product = quotient.multiplied(by: right) else { return nil }
            return SizeOperation.subtract.result(left, product).map(TorchArgument.integer)
        }
        return operation.result(left, right).map(TorchArgument.integer)
    }
}
