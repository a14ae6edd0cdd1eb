import ModelCore
import ModelGraph

/// Order of evaluation: the elements of a window in row-major order, as in `Pooling`.
extension AdaptivePooling: ReferenceOperator {
    func elements<Scalar: ReferenceScalar>(_ operands: Operands<Scalar>) throws(ModelError) -> @Sendable (Int) -> Scalar {
        let inputShape = operands.input.shape
        let inputSample = ArrayAxis(0, of: inputShape)
        let inputChannel = ArrayAxis(layout.channelAxis, of: inputShape)
        let outputSample = ArrayAxis(0, of: operands.outputShape)
        let outputChannel = ArrayAxis(layout.channelAxis, of: operands.outputShape)
        // Axes that the layout lacks come first and have one element.
        let axes = [Int?](repeating: nil, count: 3 - layout.spatialRank) + Array(layout.spatialAxes)
        let inputs = axes.map { ArrayAxis($0, of: inputShape) }
        let outputs = axes.map { ArrayAxis($0, of: operands.outputShape) }
        let input = operands.input.scalars
        let kind = self.kind
        return { position in
            let start = outputSample.index(of: position) * inputSample.stride + outputChannel.index(of: position) * inputChannel.stride
            func window(_ axis: Int) -> Range<Int> {
                AdaptivePooling.window(outputs[axis].index(of: position), of: inputs[axis].size, count: outputs[axis].size)
            }
            let (depth, height, width) = (window(0), window(1), window(2))
            var reduction = Reduction<Scalar>(kind)
            for i in depth {
                for j in height {
                    let row = start + i * inputs[0].stride + j * inputs[1].stride
                    for k in width { reduction.take(input[row + k * inputs[2].stride]) }
                }
            }
            return reduction.result
        }
    }
}
