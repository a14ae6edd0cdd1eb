import CKernels
import ModelCore

/// `x` where it is positive, else `x` times a slope that is learned.
struct PReLUStep: Step {
    private let slopes: LoadedWeight

    init?(_ request: StepRequest) {
        guard let slopes = request.weights["alpha"] else { return nil }
        self.slopes = slopes
    }

    func run(_ inputs: inout [Value], shape: [Int], _ context: RunContext) throws(ModelError) -> Value {
        let output = try context.makeOver(&inputs)
        let (source, target, kernels) = (inputs[0].floats, output.floats, context.kernels)
        let strides = RowMajor.strides(slopes.shape)
        let steps = [0] + slopes.shape.indices.map { slopes.shape[$0] == 1 ? 0 : strides[$0] }
        let length = shape.last ?? 1
        let rows = SteppedRows(sizes: shape.dropLast(), steps: steps.dropLast())
        let isShared = (slopes.shape.last ?? 1) == 1
        context.team.split(output.count / length, cost: length) { range in
            var line = [Float](repeating: 0, count: isShared ? length : 0)
            for row in range {
                let slope = slopes.floats + rows.start(row)
                let (x, y) = (source + row * length, target + row * length)
                guard isShared else {
                    kernels.prelu(length, x, slope, y)
                    continue
                }
                for index in line.indices { line[index] = slope.pointee }
                kernels.prelu(length, x, line, y)
            }
        }
        return output
    }
}
