import ModelCore
import ModelGraph

/// Order of evaluation: the elements of a channel in row-major order, as in `Pooling`.
extension GlobalPooling: ReferenceOperator {
    func elements<Scalar: ReferenceScalar>(_ operands: Operands<Scalar>) throws(ModelError) -> @Sendable (Int) -> Scalar {
        let shape = operands.input.shape
        let channels = shape[layout.channelAxis]
        let sample = ArrayAxis(0, of: shape)
        let channel = ArrayAxis(layout.channelAxis, of: shape)
        // Spatial axes are neighbours in every layout, so together they step like the innermost one.
        let step = layout.spatialAxes.last.map { RowMajor.strides(shape)[$0] } ?? 0
        let count = layout.spatialAxes.reduce(1) { $0 * shape[$1] }
        let input = operands.input.scalars
        let kind = self.kind
        return { position in
            // [N, C] with or without axes of 1 between or after.
            let (n, c) = position.quotientAndRemainder(dividingBy: channels)
            var x = n * sample.stride + c * channel.stride
            var reduction = Reduction<Scalar>(kind)
            for _ in 0..<count {
                reduction.take(input[x])
                x += step
            }
            return reduction.result
        }
    }
}
