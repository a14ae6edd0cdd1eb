import ModelCore
import ReferenceEngine
import Synchronization

/// `Double` that counts what is done with it, so that tests can hold the cost of a computation without a clock.
struct Counted {
    private static let total = Atomic(0)

    /// Runs `body`.
    /// - Returns: its result, and how many operations on numbers of this type it took. Nothing else may use the type meanwhile.
    static func counting<Result>(_ body: () throws -> Result) rethrows -> (result: Result, operations: Int) {
        total.store(0, ordering: .relaxed)
        let result = try body()
        return (result, total.load(ordering: .relaxed))
    }

    fileprivate var value: Double

    fileprivate static func count() { total.wrappingAdd(1, ordering: .relaxed) }

    fileprivate static func map(_ x: Counted, _ function: (Double) -> Double) -> Counted {
        count()
        return Counted(value: function(x.value))
    }

    fileprivate static func map(_ x: Counted, _ y: Counted, _ function: (Double, Double) -> Double) -> Counted {
        count()
        return Counted(value: function(x.value, y.value))
    }
}

extension Counted: ReferenceScalar {
    static func exp(_ x: Counted) -> Counted { map(x, Double.exp) }
    static func expm1(_ x: Counted) -> Counted { map(x, Double.expm1) }
    static func log(_ x: Counted) -> Counted { map(x, Double.log) }
    static func log1p(_ x: Counted) -> Counted { map(x, Double.log1p) }
    static func tanh(_ x: Counted) -> Counted { map(x, Double.tanh) }
    static func erf(_ x: Counted) -> Counted { map(x, Double.erf) }
    static func erfc(_ x: Counted) -> Counted { map(x, Double.erfc) }
    static func sin(_ x: Counted) -> Counted { map(x, Double.sin) }
    static func sqrt(_ x: Counted) -> Counted { map(x, Double.sqrt) }
    static func power(_ x: Counted, _ exponent: Counted) -> Counted { map(x, exponent, Double.power) }
    static func widening(_ tensor: Tensor<Float>) -> Tensor<Counted> { tensor.map { Counted(value: Double($0)) } }

    var double: Double {
        Self.count()
        return value
    }

    mutating func add(_ input: Counted, times weight: Float) { self = Self.map(self, input) { $0 + $1 * Double(weight) } }
    mutating func add(bias: Float) { self = Self.map(self) { $0 + Double(bias) } }
}

extension Counted: BinaryFloatingPoint {
    static let exponentBitCount = Double.exponentBitCount
    static let significandBitCount = Double.significandBitCount
    static let nan = Counted(value: .nan)
    static let signalingNaN = Counted(value: .signalingNaN)
    static let infinity = Counted(value: .infinity)
    static let greatestFiniteMagnitude = Counted(value: .greatestFiniteMagnitude)
    static let leastNormalMagnitude = Counted(value: .leastNormalMagnitude)
    static let leastNonzeroMagnitude = Counted(value: .leastNonzeroMagnitude)
    static let pi = Counted(value: .pi)

    init(_ value: Double) { self.value = value }
    init(_ value: Float) { self.value = Double(value) }
    #if arch(x86_64) && !os(Windows) && !os(Android)
        init(_ value: Float80) { self.value = Double(value) }
    #endif
    init(integerLiteral value: Int) { self.value = Double(value) }
    init(floatLiteral value: Double) { self.value = value }
    init?(exactly source: some BinaryInteger) {
        guard let value = Double(exactly: source) else { return nil }
        self.value = value
    }
    init(sign: FloatingPointSign, exponent: Int, significand: Counted) {
        value = Double(sign: sign, exponent: exponent, significand: significand.value)
    }
    init(sign: FloatingPointSign, exponentBitPattern: UInt, significandBitPattern: UInt64) {
        value = Double(sign: sign, exponentBitPattern: exponentBitPattern, significandBitPattern: significandBitPattern)
    }

    var sign: FloatingPointSign { value.sign }
    var exponent: Int { value.exponent }
    var significand: Counted { Counted(value.significand) }
    var exponentBitPattern: UInt { value.exponentBitPattern }
    var significandBitPattern: UInt64 { value.significandBitPattern }
    var significandWidth: Int { value.significandWidth }
    var binade: Counted { Counted(value.binade) }
    var ulp: Counted { Counted(value.ulp) }
    var nextUp: Counted { Counted(value.nextUp) }
    var magnitude: Counted { Self.map(self) { $0.magnitude } }
    var isNormal: Bool { value.isNormal }
    var isFinite: Bool { value.isFinite }
    var isZero: Bool { value.isZero }
    var isSubnormal: Bool { value.isSubnormal }
    var isInfinite: Bool { value.isInfinite }
    var isNaN: Bool { value.isNaN }
    var isSignalingNaN: Bool { value.isSignalingNaN }
    var isCanonical: Bool { value.isCanonical }

    static func + (x: Counted, y: Counted) -> Counted { map(x, y, +) }
    static func - (x: Counted, y: Counted) -> Counted { map(x, y, -) }
    static func * (x: Counted, y: Counted) -> Counted { map(x, y, *) }
    static func / (x: Counted, y: Counted) -> Counted { map(x, y, /) }
    static func += (x: inout Counted, y: Counted) { x = x + y }
    static func -= (x: inout Counted, y: Counted) { x = x - y }
    static func *= (x: inout Counted, y: Counted) { x = x * y }
    static func /= (x: inout Counted, y: Counted) { x = x / y }

    mutating func formSquareRoot() { self = Self.sqrt(self) }
    mutating func addProduct(_ x: Counted, _ y: Counted) { self = self + x * y }
    mutating func formRemainder(dividingBy other: Counted) { self = Self.map(self, other) { $0.remainder(dividingBy: $1) } }
    mutating func formTruncatingRemainder(dividingBy other: Counted) { self = Self.map(self, other) { $0.truncatingRemainder(dividingBy: $1) } }
    mutating func round(_ rule: FloatingPointRoundingRule) { self = Self.map(self) { $0.rounded(rule) } }

    func isEqual(to other: Counted) -> Bool {
        Self.count()
        return value == other.value
    }
    func isLess(than other: Counted) -> Bool {
        Self.count()
        return value < other.value
    }
    func isLessThanOrEqualTo(_ other: Counted) -> Bool {
        Self.count()
        return value <= other.value
    }
    func isTotallyOrdered(belowOrEqualTo other: Counted) -> Bool {
        Self.count()
        return value.isTotallyOrdered(belowOrEqualTo: other.value)
    }
    func distance(to other: Counted) -> Counted { other - self }
    func advanced(by amount: Counted) -> Counted { self + amount }
    func hash(into hasher: inout Hasher) { hasher.combine(value) }
}
