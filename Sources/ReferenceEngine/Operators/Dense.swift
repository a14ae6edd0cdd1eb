import ModelCore
import ModelGraph

/// Order of summation: features in ascending order; the bias last.
extension Dense: ReferenceOperator {
    func elements<Scalar: ReferenceScalar>(_ operands: Operands<Scalar>) throws(ModelError) -> @Sendable (Int) -> Scalar {
        let weights = try operands.weight("kernel").outputFirst.values.scalars
        let shape = try KernelShape(operands.weightShapes, spatialRank: 0)
        let input = operands.input.scalars
        let bias = operands.vector("bias")
        return { position in
            let (row, channel) = position.quotientAndRemainder(dividingBy: shape.outputChannels)
            let (x, w) = (row * shape.inputChannels, channel * shape.inputChannels)
            var sum = Scalar.zero
            for feature in 0..<shape.inputChannels { sum += input[x + feature] * Scalar(weights[w + feature]) }
            return bias.map { sum + $0[channel] } ?? sum
        }
    }
}
