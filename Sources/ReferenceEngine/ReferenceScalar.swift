package import ModelCore
package import ModelGraph

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The number types that the reference computes in: `Float` to run a network, `Double` to know what the run should have given.
///
/// The functions are those of the C library, in the type itself.
package protocol ReferenceScalar: BinaryFloatingPoint & BitwiseCopyable & Sendable & ProductSum where Input == Self {
    static func exp(_ x: Self) -> Self
    static func expm1(_ x: Self) -> Self
    static func log(_ x: Self) -> Self
    static func log1p(_ x: Self) -> Self
    static func tanh(_ x: Self) -> Self
    static func erf(_ x: Self) -> Self
    static func erfc(_ x: Self) -> Self
    static func sin(_ x: Self) -> Self
    static func sqrt(_ x: Self) -> Self
    static func power(_ x: Self, _ exponent: Self) -> Self

    /// The same values in this type, each exactly.
    static func widening(_ tensor: Tensor<Float>) -> Tensor<Self>

    /// The number as `Double`, which has every value of the type.
    var double: Double { get }

    // Requirements with a default, so that each type has code of its own for them which other targets call.

    /// As `Reference.evaluation`.
    static func evaluation(
        of operation: Operator, inputs: [Tensor<Self>], weights: [String: ReferenceWeight]
    ) throws(ModelError) -> Evaluation<Self>

    /// What is known of each row of an array, from one walk over it for the means and one for the squares.
    static func moments(of input: [Self], _ rows: Rows, areCentred: Bool) -> [RowMoments<Self>]
}

extension ReferenceScalar {
    package static func evaluation(
        of operation: Operator, inputs: [Tensor<Self>], weights: [String: ReferenceWeight]
    ) throws(ModelError) -> Evaluation<Self> {
        try Reference.prepare(operation, inputs, weights)
    }

    package static func moments(of input: [Self], _ rows: Rows, areCentred: Bool) -> [RowMoments<Self>] {
        (0..<rows.count).map { RowMoments(of: input, rows, row: $0, isCentred: areCentred) }
    }
}

extension ReferenceScalar {
    /// A constant of a formula: epsilon, a slope, an irrational factor.
    ///
    /// It is rounded to `Float` in every type, for the network that `Double` evaluates exactly is the Float32 network.
    static func constant(_ value: Double) -> Self { Self(Float(value)) }

    /// The greater of two numbers (IEEE 754-2019 `maximum`): NaN if one is, +0 above -0, so that no order of evaluation shows.
    static func greater(_ a: Self, _ b: Self) -> Self {
        if a.isNaN || b.isNaN { return a + b }
        if a == b { return a.sign == .plus ? a : b }
        return a > b ? a : b
    }

    /// The lesser of two numbers (IEEE 754-2019 `minimum`): NaN if one is, -0 below +0.
    static func lesser(_ a: Self, _ b: Self) -> Self {
        if a.isNaN || b.isNaN { return a + b }
        if a == b { return a.sign == .minus ? a : b }
        return a < b ? a : b
    }
}

extension Float: ReferenceScalar {
    package static func exp(_ x: Float) -> Float { expf(x) }
    package static func expm1(_ x: Float) -> Float { expm1f(x) }
    package static func log(_ x: Float) -> Float { logf(x) }
    package static func log1p(_ x: Float) -> Float { log1pf(x) }
    package static func tanh(_ x: Float) -> Float { tanhf(x) }
    package static func erf(_ x: Float) -> Float { erff(x) }
    package static func erfc(_ x: Float) -> Float { erfcf(x) }
    package static func sin(_ x: Float) -> Float { sinf(x) }
    package static func sqrt(_ x: Float) -> Float { x.squareRoot() }
    package static func power(_ x: Float, _ exponent: Float) -> Float { powf(x, exponent) }
    package static func widening(_ tensor: Tensor<Float>) -> Tensor<Float> { tensor }
    package var double: Double { Double(self) }
}

extension Double: ReferenceScalar {
    package static func exp(_ x: Double) -> Double { exponential(x) }
    package static func expm1(_ x: Double) -> Double { exponentialLessOne(x) }
    package static func log(_ x: Double) -> Double { logarithm(x) }
    package static func log1p(_ x: Double) -> Double { logarithmOfOneMore(x) }
    package static func tanh(_ x: Double) -> Double { hyperbolicTangent(x) }
    package static func erf(_ x: Double) -> Double { errorFunction(x) }
    package static func erfc(_ x: Double) -> Double { complementaryErrorFunction(x) }
    package static func sin(_ x: Double) -> Double { sine(x) }
    package static func sqrt(_ x: Double) -> Double { x.squareRoot() }
    package static func power(_ x: Double, _ exponent: Double) -> Double { pow(x, exponent) }
    package static func widening(_ tensor: Tensor<Float>) -> Tensor<Double> { tensor.map(Double.init) }
    package var double: Double { self }
}

// Outside the extension, where the bare names are still those of the C library.
private func exponential(_ x: Double) -> Double { exp(x) }
private func exponentialLessOne(_ x: Double) -> Double { expm1(x) }
private func logarithm(_ x: Double) -> Double { log(x) }
private func logarithmOfOneMore(_ x: Double) -> Double { log1p(x) }
private func hyperbolicTangent(_ x: Double) -> Double { tanh(x) }
private func errorFunction(_ x: Double) -> Double { erf(x) }
private func complementaryErrorFunction(_ x: Double) -> Double { erfc(x) }
private func sine(_ x: Double) -> Double { sin(x) }
