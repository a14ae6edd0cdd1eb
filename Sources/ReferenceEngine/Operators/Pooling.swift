import ModelCore
import ModelGraph

/// Order of evaluation: window positions in row-major order. A maximum is NaN if an element is; a window with no element inside the input has the
/// maximum -infinity, the norm 0 and the average NaN (0 / 0), unless padding counts.
extension Pooling: ReferenceOperator {
    func elements<Scalar: ReferenceScalar>(_ operands: Operands<Scalar>) throws(ModelError) -> @Sendable (Int) -> Scalar {
        let inputShape = operands.input.shape
        let axes = WindowAxes(windows, padding, layout: layout, input: inputShape, output: operands.outputShape)
        let depth = axes.depth
        let height = axes.height
        let width = axes.width
        let inputSample = ArrayAxis(0, of: inputShape)
        let inputChannel = ArrayAxis(layout.channelAxis, of: inputShape)
        let outputSample = ArrayAxis(0, of: operands.outputShape)
        let outputChannel = ArrayAxis(layout.channelAxis, of: operands.outputShape)
        let input = operands.input.scalars
        let kind = self.kind
        let countIncludesPadding = self.countIncludesPadding

        return { position in
            let start = outputSample.index(of: position) * inputSample.stride + outputChannel.index(of: position) * inputChannel.stride
            let outputDepth = depth.output.index(of: position)
            let outputHeight = height.output.index(of: position)
            let outputWidth = width.output.index(of: position)
            let firstDepth = outputDepth * depth.window.stride - depth.before
            let firstHeight = outputHeight * height.window.stride - height.before
            let firstWidth = outputWidth * width.window.stride - width.before
            var reduction = Reduction<Scalar>(kind)
            for i in depth.tapsInside(output: outputDepth) {
                let slice = start + (firstDepth + i * depth.window.dilation) * depth.input.stride
                for j in height.tapsInside(output: outputHeight) {
                    let row = slice + (firstHeight + j * height.window.dilation) * height.input.stride
                    for k in width.tapsInside(output: outputWidth) {
                        reduction.take(input[row + (firstWidth + k * width.window.dilation) * width.input.stride])
                    }
                }
            }
            if countIncludesPadding {
                // Not a product of integers, which windows of a hostile file could make overflow.
                let area = Scalar(height.tapsInsidePadding(output: outputHeight)) * Scalar(width.tapsInsidePadding(output: outputWidth))
                reduction.divisor = Scalar(depth.tapsInsidePadding(output: outputDepth)) * area
            }
            return reduction.result
        }
    }
}

/// Elements on their way to becoming one.
struct Reduction<Scalar: ReferenceScalar> {
    private let kind: PoolingKind
    private var value: Scalar
    private var count = 0
    /// What an average divides by in place of the number of elements taken.
    var divisor: Scalar?

    init(_ kind: PoolingKind) {
        self.kind = kind
        value = kind == .maximum ? -.infinity : 0
    }

    mutating func take(_ element: Scalar) {
        count += 1
        switch kind {
        case .maximum: value = .greater(value, element)
        case .average: value += element
        case .l2: value += element * element
        }
    }

    var result: Scalar {
        switch kind {
        case .maximum: value
        case .average: value / (divisor ?? Scalar(count))
        case .l2: .sqrt(value)
        }
    }
}
