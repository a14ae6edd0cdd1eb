import ModelCore

/// What the products behind an element are added up in, one after the other in the order that the operator documents, the bias last.
package protocol ProductSum: BitwiseCopyable, Sendable {
    associatedtype Input: ReferenceScalar

    static var zero: Self { get }
    mutating func add(_ input: Input, times weight: Float)
    mutating func add(bias: Float)
}

/// The sum itself: every product and every sum is rounded to the type.
extension Float: ProductSum {
    @inline(__always) package mutating func add(_ input: Float, times weight: Float) { self += input * weight }
    @inline(__always) package mutating func add(bias: Float) { self += bias }
}

extension Double: ProductSum {
    @inline(__always) package mutating func add(_ input: Double, times weight: Float) { self += input * Double(weight) }
    @inline(__always) package mutating func add(bias: Float) { self += Double(bias) }
}

/// All that certifies an element, from one walk over its terms. Each part has the bits that a walk of its own would give.
package struct CertifiedSum: ProductSum, Equatable {
    /// In Float64, where the products are exact.
    package private(set) var exact = 0.0
    /// Of the terms without their signs, in Float64.
    package private(set) var magnitude = 0.0
    /// In Float32.
    package private(set) var reference: Float = 0

    package static var zero: CertifiedSum { CertifiedSum() }

    @inline(__always) package mutating func add(_ input: Float, times weight: Float) {
        let product = Double(input) * Double(weight)
        exact += product
        magnitude += abs(product)
        reference += input * weight
    }

    @inline(__always) package mutating func add(bias: Float) {
        exact += Double(bias)
        magnitude += abs(Double(bias))
        reference += bias
    }
}

/// An operator whose elements are sums of products of its input with its kernel, and a bias.
protocol SumOfProducts: ReferenceOperator {
    /// The function from an element's row-major position to its sum.
    func sums<Sum: ProductSum>(_ operands: Operands<Sum.Input>) throws(ModelError) -> @Sendable (Int) -> Sum
}

extension SumOfProducts {
    func elements<Scalar: ReferenceScalar>(_ operands: Operands<Scalar>) throws(ModelError) -> @Sendable (Int) -> Scalar {
        try sums(operands)
    }
}
