import ModelCore

/// What the products behind an element are added up in, one after the other in the order that the operator documents, the bias last.
package protocol ProductSum: BitwiseCopyable, Sendable {
    associatedtype Input: ReferenceScalar

    static var zero: Self { get }
    mutating func add(_ input: Input, times weight: Float)
    mutating func add(bias: Float)
}

extension ProductSum {
    /// Adds `count` products of every so many-th input with every so many-th weight.
    @inline(__always)
    mutating func add(
        _ count: Int, _ inputs: [Input], from firstInput: Int, step inputStep: Int, times weights: [Float], from firstWeight: Int,
        step weightStep: Int
    ) {
        guard count > 0 else { return }
        // The last ones are looked up first: the elements between need not be checked one by one.
        _ = (inputs[firstInput], inputs[firstInput + (count - 1) * inputStep])
        _ = (weights[firstWeight], weights[firstWeight + (count - 1) * weightStep])
        var sum = self
        inputs.withUnsafeBufferPointer { inputs in
            weights.withUnsafeBufferPointer { weights in
                guard var input = inputs.baseAddress, var weight = weights.baseAddress else { return }
                input += firstInput
                weight += firstWeight
                for _ in 0..<count {
                    sum.add(input.pointee, times: weight.pointee)
                    input += inputStep
                    weight += weightStep
                }
            }
        }
        self = sum
    }
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
