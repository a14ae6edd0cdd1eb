import ModelCore
import ModelGraph

/// An axis of a value of the graph.
struct TorchAxis: Sendable, Hashable {
    let value: String
    let axis: Int
}

/// A size that may not be known before the network runs.
typealias TorchSize = SizeExpression<TorchAxis>

// Numbers that are computed from sizes.
extension TorchFlow {
    /// The result of a function of sizes, and of numbers that sizes are scaled by; `nil` for a call that is about tensors.
    ///
    /// The number of samples is open: of it multiples can be taken, and added.
    func sizeArithmetic(_ function: TorchFunction) throws(ModelError) -> TorchValue? {
        if let samples = try sampleArithmetic(function) { return samples }
        if function == .mul, try isOfNothing() { return .nothing }
        guard let first = try ratio("self") else { return nil }
        let result: SizeRatio?
        switch function {
        case .floor: result = first.floored
        case .ceil: result = first.raised
        case .trunc: result = first.truncated
        case .neg: result = SizeRatio(0).subtracting(first)
        case .clamp, .clip, .clampMin, .clampMax:
            var value: SizeRatio? = first
            if let least = try ratio("min") { value = value.flatMap { $0.combined(.maximum, least) } }
            if let most = try ratio("max") { value = value.flatMap { $0.combined(.minimum, most) } }
            result = value
        case .add, .sub, .subtract, .rsub, .mul, .multiply, .floorDivide, .div, .divide, .trueDivide, .remainder, .maximum, .minimum:
            guard try isAboutSizes() else { return nil }
            guard let second = try ratio("other") else { return try scaledSize(function) }
            guard try number("alpha", default: 1) == 1 else { throw unsupported("scales a size") }
            result = SizeRatio.result(of: function, rounding: try text("rounding_mode", default: ""), first, second)
        default: return nil
        }
        guard let result else { throw unsupported("computes a size in a way that is not known here, or in too many steps") }
        return result.value
    }

    /// Whether a size is multiplied by a number that nothing can compute with.
    private func isOfNothing() throws(ModelError) -> Bool {
        guard let first = argument(["self"]), let second = argument(["other"]), case .value(let name) = first, values[name] == .nothing else {
            return false
        }
        return try size(second) != nil
    }

    /// Whether one of two operands is a size, and not both are tensors of the file.
    private func isAboutSizes() throws(ModelError) -> Bool {
        for name in ["self", "other"] {
            if case .value(let value)? = argument([name]), case .weight? = values[value] { continue }
            if argument([name]) != nil { return true }
        }
        let (left, right) = (try ratio("self"), try ratio("other"))
        return left?.isInteger == true && right?.isInteger == true
    }

    /// Multiples of the number of samples; `nil` where neither operand is one.
    private func sampleArithmetic(_ function: TorchFunction) throws(ModelError) -> TorchValue? {
        guard let first = argument(["self"]), let second = argument(["other"]), let left = try size(first), let right = try size(second) else {
            return nil
        }
        let result: Int?
        switch (left, right, function) {
        case (.samples(let a), .integer(let b), .mul), (.samples(let a), .integer(let b), .multiply), (.integer(let b), .samples(let a), .mul),
            (.integer(let b), .samples(let a), .multiply):
            result = a.multiplied(by: b)
        case (.samples(let a), .samples(let b), .add): result = a.adding(b)
        case (.samples(let a), .samples(let b), .sub), (.samples(let a), .samples(let b), .subtract): result = SizeOperation.subtract.result(a, b)
        case (.samples(let a), .integer(let b), .floorDivide) where b > 0 && a % b == 0: result = a / b
        case (.samples(let a), .integer(let b), .div) where b > 0 && a % b == 0,
            (.samples(let a), .integer(let b), .divide) where b > 0 && a % b == 0:
            result = a / b
        case (.samples(let a), .samples(let b), .floorDivide) where b > 0 && a % b == 0: return .integer(a / b)
        // How many elements there are, which scripts hold against 1 and nothing computes with.
        case (.samples, .size, .mul), (.size, .samples, .mul): return .nothing
        case (.samples, .size, _), (.size, .samples, _): throw openSize("to compute with it and the number of samples,")
        case (.samples, _, _), (_, .samples, _): result = nil
        default: return nil
        }
        guard let result else { throw unsupported("computes a size that cannot be known") }
        return .samples(result)
    }

    /// A size times a number that is no fraction of whole numbers, in Float32 as PyTorch computes it.
    private func scaledSize(_ function: TorchFunction) throws(ModelError) -> TorchValue? {
        guard function == .mul || function == .multiply, let size = try number("self"), let factor = try number("other") else { return nil }
        return .number(Double(Float(size) * Float(factor)))
    }

    /// An operand as a fraction; `nil` for a tensor, and for a number that is no fraction of a power of two.
    private func ratio(_ name: String) throws(ModelError) -> SizeRatio? {
        guard let argument = argument([name]) else { return nil }
        if case .value(let value) = argument, case .ratio(let numerator, let denominator)? = values[value] {
            return SizeRatio(numerator, over: denominator)
        }
        switch try size(argument) {
        case .integer(let value): return SizeRatio(value)
        case .size(let size): return SizeRatio(size)
        default: return try number(name).flatMap(SizeRatio.init(exactly:))
        }
    }

    /// The size of an axis.
    func extent(_ value: String, _ axis: Int) -> TorchSize {
        shape(value)[axis].map(TorchSize.constant) ?? .size(TorchAxis(value: value, axis: axis))
    }

    /// The sizes of all axes.
    func extents(_ value: String) -> [TorchSize] { shape(value).sizes.indices.map { extent(value, $0) } }

    /// The sizes of a list, or the one that stands for a list; `nil` where none is given.
    func extents(named name: String) throws(ModelError) -> [TorchSize]? {
        guard let given = try sizes(name) else { return nil }
        var extents: [TorchSize] = []
        for size in given {
            guard let extent = size.extent else { throw unsupported("has the number of samples in '\(name)'") }
            extents.append(extent)
        }
        return extents
    }

    /// The result of a computation with sizes.
    func computed(_ size: TorchSize?) throws(ModelError) -> TorchSize {
        guard let size else { throw unsupported("computes a size in too many steps") }
        return size
    }

    /// Adds a node whose attributes of these names are sizes.
    mutating func emit(
        _ template: Operator, sizes: [String: [TorchSize]], _ input: String, part: String? = nil
    ) throws(ModelError) -> String {
        var inputs = [input]
        for axis in sizes.sorted(by: { $0.key < $1.key }).flatMap({ $0.value.flatMap(\.sources) }) where !inputs.contains(axis.value) {
            inputs.append(axis.value)
        }
        let references = sizes.mapValues { values in
            values.map { value in value.map { SizeReference(input: inputs.firstIndex(of: $0.value) ?? 0, axis: $0.axis) } }
        }
        let sized = try Sized(template, sizes: references)
        if let known = try sized.resolved(inputs.map(shape)) {
            return if let part { try emit(part, known, [input]) } else { try emit(known, [input]) }
        }
        return if let part { try emit(part, sized.erased, inputs) } else { try emit(sized.erased, inputs) }
    }
}

extension TorchValue {
    /// A size of something else than samples.
    var extent: TorchSize? {
        switch self {
        case .integer(let value): .constant(value)
        case .size(let size): size
        default: nil
        }
    }
}

/// A size divided by a positive number, not rounded.
struct SizeRatio {
    let numerator: TorchSize
    let denominator: Int

    init(_ numerator: TorchSize, over denominator: Int = 1) {
        self.numerator = numerator
        self.denominator = denominator
    }

    init(_ value: Int) { self.init(.constant(value)) }

    /// A number that is a fraction of a power of two.
    init?(exactly number: Double) {
        guard let power = (0...30).first(where: { (number * Double(1 << $0)).rounded() == number * Double(1 << $0) }) else { return nil }
        guard let numerator = Int(exactly: number * Double(1 << power)) else { return nil }
        self.init(.constant(numerator), over: 1 << power)
    }

    var isInteger: Bool { denominator == 1 }

    /// What a name may stand for.
    var value: TorchValue {
        guard isInteger else { return .ratio(numerator, denominator) }
        return numerator.known.map(TorchValue.integer) ?? .size(numerator)
    }

    private static func ratio(_ numerator: TorchSize?, over denominator: Int?) -> SizeRatio? {
        guard let numerator, let denominator, denominator > 0 else { return nil }
        if let known = numerator.known, known % denominator == 0 { return SizeRatio(known / denominator) }
        return SizeRatio(numerator, over: denominator)
    }

    private func times(_ factor: Int) -> TorchSize? { .combined(.multiply, numerator, .constant(factor)) }

    // MARK: Rounding

    var floored: SizeRatio? { Self.ratio(.combined(.divide, numerator, .constant(denominator)), over: 1) }

    var raised: SizeRatio? {
        guard !isInteger else { return self }
        return Self.ratio(
            TorchSize.combined(.add, numerator, .constant(denominator - 1)).flatMap { .combined(.divide, $0, .constant(denominator)) }, over: 1)
    }

    /// Towards zero.
    var truncated: SizeRatio? {
        guard !isInteger else { return self }
        guard let down = floored?.combined(.maximum, SizeRatio(0)), let up = raised?.combined(.minimum, SizeRatio(0)) else { return nil }
        return down.combined(.add, up)
    }

    // MARK: Two of them

    static func result(of function: TorchFunction, rounding: String, _ a: SizeRatio, _ b: SizeRatio) -> SizeRatio? {
        switch function {
        case .add: return a.combined(.add, b)
        case .sub, .subtract: return a.subtracting(b)
        case .rsub: return b.subtracting(a)
        case .mul, .multiply: return ratio(.combined(.multiply, a.numerator, b.numerator), over: a.denominator.multiplied(by: b.denominator))
        case .maximum: return a.combined(.maximum, b)
        case .minimum: return a.combined(.minimum, b)
        case .floorDivide: return a.quotient(b, rounding: "floor")
        case .remainder:
            return a.quotient(b, rounding: "floor").flatMap { result(of: .mul, rounding: "", $0, b) }.flatMap { a.subtracting($0) }
        default: return a.quotient(b, rounding: rounding)
        }
    }

    func subtracting(_ other: SizeRatio) -> SizeRatio? { combined(.subtract, other) }

    /// A sum, a difference or the larger or smaller of both.
    func combined(_ operation: SizeOperation, _ other: SizeRatio) -> SizeRatio? {
        if denominator == other.denominator { return Self.ratio(.combined(operation, numerator, other.numerator), over: denominator) }
        guard let left = times(other.denominator), let right = other.times(denominator) else { return nil }
        return Self.ratio(.combined(operation, left, right), over: denominator.multiplied(by: other.denominator))
    }

    private func quotient(_ other: SizeRatio, rounding: String) -> SizeRatio? {
        guard let divisor = other.numerator.known else {
            // By a size there are whole quotients alone.
            guard rounding == "floor", isInteger, other.isInteger else { return nil }
            return Self.ratio(.combined(.divide, numerator, other.numerator), over: 1)
        }
        guard divisor != 0, divisor != .min, let scaled = times(divisor < 0 ? -other.denominator : other.denominator) else { return nil }
        let exact = Self.ratio(scaled, over: denominator.multiplied(by: abs(divisor)))
        return switch rounding {
        case "floor": exact?.floored
        case "trunc": exact?.truncated
        default: exact
        }
    }
}
