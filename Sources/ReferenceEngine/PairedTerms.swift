import ModelCore
import ModelGraph

/// Where the terms lie that are summed to an element: products of elements of two inputs, a step apart in each.
struct PairedTerms: Sendable {
    /// The terms of one input.
    struct Side: Sendable {
        /// The place of the first term, from the position of the element.
        let start: Positions
        let step: Int
    }

    let count: Int
    let left: Side
    let right: Side

    /// Sums in ascending order of the terms, each product and each sum rounded to the type.
    func elements<Scalar: ReferenceScalar>(_ a: [Scalar], _ b: [Scalar]) -> @Sendable (Int) -> Scalar {
        { position in
            var (i, j) = (left.start(position), right.start(position))
            var sum = Scalar.zero
            for _ in 0..<count {
                sum += a[i] * b[j]
                i += left.step
                j += right.step
            }
            return sum
        }
    }

    /// All that certifies such a sum.
    func certifiedSums(_ a: [Float], _ b: [Float]) -> @Sendable (Int) -> CertifiedSum {
        { position in
            var sum = CertifiedSum.zero
            sum.add(count, a, from: left.start(position), step: left.step, times: b, from: right.start(position), step: right.step)
            return sum
        }
    }
}

/// An operator whose elements are sums of products of its two inputs.
protocol SumOfPairs: ReferenceOperator {
    func terms(_ left: [Int], _ right: [Int], output: [Int]) -> PairedTerms
}

extension SumOfPairs {
    func elements<Scalar: ReferenceScalar>(_ operands: Operands<Scalar>) throws(ModelError) -> @Sendable (Int) -> Scalar {
        terms(of: operands).elements(operands.inputs[0].scalars, operands.inputs[1].scalars)
    }

    func certifiedSums(_ operands: Operands<Float>) -> @Sendable (Int) -> CertifiedSum {
        terms(of: operands).certifiedSums(operands.inputs[0].scalars, operands.inputs[1].scalars)
    }

    private func terms<Scalar: ReferenceScalar>(of operands: Operands<Scalar>) -> PairedTerms {
        terms(operands.inputs[0].shape, operands.inputs[1].shape, output: operands.outputShape)
    }
}
