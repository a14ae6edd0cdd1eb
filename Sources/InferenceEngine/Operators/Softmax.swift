import CKernels
import ModelCore
import ModelGraph
import ReferenceEngine

/// A distribution over the last axes.
struct SoftmaxStep: Step {
    private let axes: Int
    private let isLogarithm: Bool

    /// `nil` for other axes and kinds.
    init?(_ definition: Softmax, _ request: StepRequest) {
        let rank = request.rankOfInput
        guard definition.kind != .sparsemaxKeras, definition.axes == Array(rank - definition.axes.count..<rank) else { return nil }
        axes = definition.axes.count
        isLogarithm = definition.kind == .logSoftmax
    }

    func run(_ inputs: inout [Value], shape: [Int], _ context: RunContext) throws(ModelError) -> Value {
        let output = try isLogarithm ? context.make(shape) : context.makeOver(&inputs)
        let (source, target, kernels) = (inputs[0].floats, output.floats, context.kernels)
        let length = shape.suffix(axes).reduce(1, *)
        context.team.split(output.count / length, cost: 4 * length) { rows in
            for row in rows {
                let (x, y) = (source + row * length, target + row * length)
                let greatest = kernels.greatest(length, x)
                let sum = kernels.exponentials(length, x, greatest, y)
                if isLogarithm {
                    kernels.normalize_run(length, x, greatest, 1, -Float.log(sum), y)
                } else {
                    kernels.divide_by(length, y, sum, y)
                }
            }
        }
        return output
    }
}
