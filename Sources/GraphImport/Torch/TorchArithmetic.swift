import ModelCore
import ModelGraph

// Arithmetic and reductions.
extension TorchFlow {
    /// Two tensors, or a tensor and a number.
    mutating func arithmetic(_ function: TorchFunction) throws(ModelError) -> String {
        if argument(["rounding_mode"]) != nil { return try wholeQuotient(try text("rounding_mode", default: "")) }
        let alpha = [.add, .sub, .subtract, .rsub].contains(function) ? try number("alpha", default: 1) : 1
        let (left, right) = (try operand("self"), try operand("other"))
        switch (left, right) {
        case (.tensor(let x)?, .tensor(let y)?): return try merged(function, x, y, alpha: alpha)
        case (.tensor(let x)?, _):
            if let number = try number("other") {
                guard function == .rsub, alpha != 1 else { return try scaled(function, x, number * alpha, numberIsFirst: false) }
                guard number.isFinite else { throw unsupported("is called with \(number)") }
                return try emit(Rescaling(scale: [-alpha], offset: [number]).erased, [x])
            }
            return try merged(function, x, try constant("other", rank: shape(x).rank), alpha: alpha)
        case (_, .tensor(let y)?):
            if let number = try number("self") {
                guard alpha == 1 else { throw unsupported("scales a tensor that is taken from a number") }
                return try scaled(function, y, number, numberIsFirst: true)
            }
            return try merged(function, try constant("self", rank: shape(y).rank), y, alpha: alpha)
        default: throw unsupported("has no tensor that depends on an input")
        }
    }

    private mutating func operand(_ name: String) throws(ModelError) -> TorchValue? {
        guard let argument = argument([name]), case .value(let value) = argument else { return nil }
        return try derivedTensor(argument).map(TorchValue.tensor) ?? values[value]
    }

    /// A tensor of the file as a value of so many axes.
    mutating func constant(_ name: String, rank: Int, part: String = "constant") throws(ModelError) -> String {
        guard let weight = try weight(name) else { throw unsupported("has no tensor or number as '\(name)'") }
        return try constant(weight, rank: rank, part: part)
    }

    private mutating func merged(_ function: TorchFunction, _ x: String, _ y: String, alpha: Double) throws(ModelError) -> String {
        guard shape(x).rank == shape(y).rank || derived != nil else {
            throw unsupported("combines \(shape(x)) and \(shape(y)), whose first axes would not both count samples")
        }
        var (first, second) = (x, y)
        if function == .rsub { swap(&first, &second) }
        if alpha != 1 { second = try emit("scaled", Rescaling(scale: [alpha], offset: [0]).erased, [second]) }
        return try emit(Merge(try kind(function)).erased, [first, second])
    }

    private func kind(_ function: TorchFunction) throws(ModelError) -> MergeKind {
        switch function {
        case .add: .add
        case .sub, .subtract, .rsub: .subtract
        case .mul, .multiply: .multiply
        case .div, .divide, .trueDivide: .divide
        case .maximum: .maximum
        case .minimum: .minimum
        default: throw unsupported("is no function of two tensors")
        }
    }

    private mutating func scaled(_ function: TorchFunction, _ x: String, _ number: Double, numberIsFirst: Bool) throws(ModelError) -> String {
        guard number.isFinite else { throw unsupported("is called with \(number)") }
        let isFirst = numberIsFirst != (function == .rsub)
        switch function {
        case .add: return try emit(Rescaling(scale: [1], offset: [number]).erased, [x])
        case .sub, .subtract, .rsub:
            return try emit(Rescaling(scale: [isFirst ? -1 : 1], offset: [isFirst ? number : -number]).erased, [x])
        case .mul, .multiply: return try emit(Rescaling(scale: [number], offset: [0]).erased, [x])
        default:
            let isQuotient = [.div, .divide, .trueDivide].contains(function)
            if isQuotient, isFirst { return try quotient(of: number, by: x) }
            return try emit(Merge(try kind(function)).erased, [x, try constant(number, rank: shape(x).rank)])
        }
    }

    mutating func quotient(of number: Double, by x: String) throws(ModelError) -> String {
        try emit(Merge(.divide).erased, [try constant(number, rank: shape(x).rank), x])
    }

    mutating func square(_ x: String) throws(ModelError) -> String {
        try emit(Merge(.multiply).erased, [x, x])
    }

    mutating func power() throws(ModelError) -> String {
        if derived != nil, let base = try number("self") { return try derive(.power(of: Float(base)), of: try tensor("exponent")) }
        guard let exponent = try number("exponent"), exponent.isFinite else { throw unsupported("raises to a power that is no number") }
        let input = try input()
        return exponent == 2 ? try square(input) : try emit(Activation(.power(exponent: exponent)).erased, [input])
    }

    // MARK: Reductions

    /// The axes of a reduction, ascending.
    func axes(_ name: String, rank: Int) throws(ModelError) -> [Int] {
        guard let given = try list(name), !given.isEmpty else {
            guard derived != nil else { throw samples() }
            return Array(0..<rank)
        }
        var axes: Set<Int> = []
        for axis in given { axes.insert(try innerAxis(axis, rank: rank)) }
        return axes.sorted()
    }

    mutating func reduction(_ kind: ReductionKind, _ name: String) throws(ModelError) -> String {
        let input = try input()
        try requireFloat32()
        let operation = Reduce(kind: kind, axes: try axes(name, rank: shape(input).rank), keepsAxes: try bool("keepdim", default: false))
        // The sum of one number.
        return operation.axes.isEmpty ? input : try emit(operation.erased, [input])
    }

    /// `max` and `min`: of two tensors, or along an axis with places.
    mutating func extremum(_ function: TorchFunction) throws(ModelError) -> [TorchValue] {
        if argument(["other"]) != nil { return [.tensor(try arithmetic(function == .max ? .maximum : .minimum))] }
        return [.tensor(try reduction(function == .max ? .maximum : .minimum, "dim")), .nothing]
    }

    /// The root of the sum of squares.
    mutating func vectorNorm() throws(ModelError) -> String {
        let input = try input()
        try requireFloat32()
        guard try number("ord", default: 2) == 2 else { throw unsupported("is another norm than the Euclidean") }
        let axes = try axes("dim", rank: shape(input).rank)
        let squares = try emit("squares", Merge(.multiply).erased, [input, input])
        let sum = try emit("sum", Reduce(kind: .sum, axes: axes, keepsAxes: try bool("keepdim", default: false)).erased, [squares])
        return try emit(Activation(.squareRoot).erased, [sum])
    }

    /// The mean of squares of differences to the mean, over `n - correction` elements, or its root.
    mutating func variance(_ function: TorchFunction) throws(ModelError) -> String {
        let input = try input()
        let axes = try axes("dim", rank: shape(input).rank)
        let correction = try bool("unbiased", default: true) ? try number("correction", default: 1) : 0
        var count = 1.0
        for axis in axes { count *= Double(try knownSize(input, axis)) }
        guard count > correction else { throw unsupported("divides by \(count) - \(correction)") }
        let mean = try emit("mean", Reduce(kind: .mean, axes: axes, keepsAxes: true).erased, [input])
        let difference = try emit("difference", Merge(.subtract).erased, [input, mean])
        let squares = try emit("squares", Merge(.multiply).erased, [difference, difference])
        let keeps = try bool("keepdim", default: false)
        let isVariance = function == .varianceOf || function == .varMean
        let isLast = correction == 0 && isVariance
        let reduce = Reduce(kind: .mean, axes: axes, keepsAxes: keeps).erased
        var value = isLast ? try emit(reduce, [squares]) : try emit("variance", reduce, [squares])
        if correction != 0 {
            let rescaling = Rescaling(scale: [count / (count - correction)], offset: [0]).erased
            value = isVariance ? try emit(rescaling, [value]) : try emit("corrected", rescaling, [value])
        }
        return isVariance ? value : try emit(Activation(.squareRoot).erased, [value])
    }

    /// The deviation or the variance, and the mean.
    mutating func deviationAndMean(_ function: TorchFunction) throws(ModelError) -> [TorchValue] {
        let deviation = try variance(function)
        let input = try input()
        let axes = try axes("dim", rank: shape(input).rank)
        let mean = Reduce(kind: .mean, axes: axes, keepsAxes: try bool("keepdim", default: false)).erased
        return [.tensor(deviation), .tensor(try emit("plain_mean", mean, [input]))]
    }
}
