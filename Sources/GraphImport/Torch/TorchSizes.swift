import ModelCore

// Numbers that are computed from sizes.
extension TorchFlow {
    /// The result of a function of sizes, and of numbers that sizes are scaled by; `nil` for a call that is about tensors.
    ///
    /// The number of samples is open: of it multiples can be taken, and added.
    func sizeArithmetic(_ function: TorchFunction) throws(ModelError) -> TorchValue? {
        guard let first = argument(["self"]) else { return nil }
        if function == .floor { return try number("self").flatMap { Int(exactly: $0.rounded(.down)) }.map(TorchValue.integer) }
        guard let second = argument(["other"]) else { return nil }
        guard let operation = SizeOperation(function, rounding: try text("rounding_mode", default: "")), let left = try size(first),
            let right = try size(second)
        else { return try scaledSize(function) }
        guard try number("alpha", default: 1) == 1 else { throw unsupported("scales a size") }
        let result: TorchValue? =
            switch (left, right) {
            case (.integer(let a), .integer(let b)): operation.result(a, b).map(TorchValue.integer)
            case (.samples(let a), .integer(let b)) where operation == .multiply || operation == .divide && b > 0 && a % b == 0,
                (.integer(let b), .samples(let a)) where operation == .multiply:
                operation.result(a, b).map(TorchValue.samples)
            case (.samples(let a), .samples(let b)) where operation == .add || operation == .subtract:
                operation.result(a, b).map(TorchValue.samples)
            case (.samples(let a), .samples(let b)) where operation == .divide && b > 0 && a % b == 0:
                operation.result(a, b).map(TorchValue.integer)
            default: nil
            }
        guard let result else { throw unsupported("computes a size that cannot be known") }
        return result
    }

    /// A size times a number, in Float32 as PyTorch computes it.
    private func scaledSize(_ function: TorchFunction) throws(ModelError) -> TorchValue? {
        guard function == .mul, let size = try number("self"), let factor = try number("other") else { return nil }
        return .number(Double(Float(size) * Float(factor)))
    }
}

private enum SizeOperation {
    case add, subtract, multiply
    /// Rounded down.
    case divide

    init?(_ function: TorchFunction, rounding: String) {
        switch function {
        case .add: self = .add
        case .sub, .subtract: self = .subtract
        case .mul, .multiply: self = .multiply
        case .floorDivide: self = .divide
        case .div where rounding == "floor" || rounding == "trunc", .divide where rounding == "floor" || rounding == "trunc": self = .divide
        default: return nil
        }
    }

    /// `nil` for what is no size.
    func result(_ a: Int, _ b: Int) -> Int? {
        switch self {
        case .add: a.adding(b)
        case .subtract: b == .min ? nil : a.adding(-b)
        case .multiply: a.multiplied(by: b)
        // Sizes are not negative, so that both ways to round are the same.
        case .divide: a >= 0 && b > 0 ? a / b : nil
        }
    }
}
