import ModelCore
import ModelGraph

/// Order of summation: features in ascending order; the bias last.
extension Dense: ReferenceOperator {
    func elements<Scalar: ReferenceScalar>(_ operands: Operands<Scalar>) throws(ModelError) -> @Sendable (Int) -> Scalar {
        let kernel = try operands.weight("kernel")
        let shape = try KernelShape(operands.weightShapes, spatialRank: 0)
        let kernelInput = ArrayAxis(kernel.layout.axis("i"), of: kernel.values.shape)
        let kernelOutput = ArrayAxis(kernel.layout.axis("o"), of: kernel.values.shape)
        let input = operands.input.scalars
        let weights = kernel.values.scalars
        let bias = operands.vector("bias")
        return { position in
            let (row, channel) = position.quotientAndRemainder(dividingBy: shape.outputChannels)
            var x = row * shape.inputChannels
            var w = channel * kernelOutput.stride
            var sum = Scalar.zero
            for _ in 0..<shape.inputChannels {
                sum += input[x] * weights[w]
                x += 1
                w += kernelInput.stride
            }
            return bias.map { sum + $0[channel] } ?? sum
        }
    }
}
