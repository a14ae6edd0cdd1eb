import ModelCore
import ModelGraph

/// Order of summation: features in ascending order; the bias last.
extension Dense: SumOfProducts {
    func sums<Sum: ProductSum>(_ operands: Operands<Sum.Input>) throws(ModelError) -> @Sendable (Int) -> Sum {
        let weights = try operands.weight("kernel").outputFirst.values.scalars
        let shape = try KernelShape(operands.weightShapes, spatialRank: 0)
        let input = operands.input.scalars
        let bias = operands.weights["bias"]?.values.scalars
        return { position in
            let (row, channel) = position.quotientAndRemainder(dividingBy: shape.outputChannels)
            let (x, w) = (row * shape.inputChannels, channel * shape.inputChannels)
            var sum = Sum.zero
            sum.add(shape.inputChannels, input, from: x, step: 1, times: weights, from: w, step: 1)
            if let bias { sum.add(bias: bias[channel]) }
            return sum
        }
    }
}
