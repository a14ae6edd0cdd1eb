import ModelCore
import ModelGraph

/// Products in the order of the kernel's rows (window, channel), bias last.
extension LocallyConnected: SumOfProducts {
    func sums<Sum: ProductSum>(_ operands: Operands<Sum.Input>) throws(ModelError) -> @Sendable (Int) -> Sum {
        let input = operands.input
        let kernel = try operands.weight("kernel").values
        let bias = operands.weights["bias"]?.values.scalars
        let strides = RowMajor.strides(input.shape)
        let outputShape = operands.outputShape
        let channels = input.shape[layout.channelAxis]
        let filters = outputShape[layout.channelAxis]
        let starts = Positions(
            sizes: outputShape, strides: [strides[0]] + zip(layout.spatialAxes, self.strides).map { strides[$0] * $1 } + [0])
        let cells = Positions(sizes: window + [channels], strides: layout.spatialAxes.map { strides[$0] } + [1])
        let rows = kernel.shape[1]
        let perSample = outputShape.dropFirst().reduce(1, *)
        return { position in
            let start = starts(position)
            let place = position % perSample / filters
            let filter = position % filters
            var sum = Sum.zero
            for row in 0..<rows {
                sum.add(input.scalars[start + cells(row)], times: kernel.scalars[(place * rows + row) * filters + filter])
            }
            if let bias { sum.add(bias: bias[position % perSample]) }
            return sum
        }
    }
}
