import ModelCore
import ModelGraph

extension CumulativeSum: ReferenceOperator {
    func elements<Scalar: ReferenceScalar>(_ operands: Operands<Scalar>) throws(ModelError) -> @Sendable (Int) -> Scalar {
        let input = operands.input.scalars
        let axis = ArrayAxis(axis, of: operands.input.shape)
        let (isExclusive, isReverse) = (isExclusive, isReverse)
        return { position in
            let index = axis.index(of: position)
            // Beginning at the end that is summed from.
            let count = (isReverse ? axis.size - index : index + 1) - (isExclusive ? 1 : 0)
            let first = position + ((isReverse ? axis.size - 1 : 0) - index) * axis.stride
            let step = isReverse ? -axis.stride : axis.stride
            var sum = Scalar.zero
            for term in 0..<count { sum += input[first + term * step] }
            return sum
        }
    }
}
