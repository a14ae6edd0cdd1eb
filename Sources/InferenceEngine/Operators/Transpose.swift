import CKernels
import ModelCore
import ModelGraph

/// Axes in another order.
///
/// Where the last axis stays, its rows are copied. Otherwise the axes that are last in the input and in the output span planes that are
/// transposed one after the other, the other axes saying where each lies.
struct TransposeStep: Step {
    let permutation: [Int]

    func run(_ inputs: inout [Value], shape: [Int], _ context: RunContext) throws(ModelError) -> Value {
        let output = try context.make(shape)
        let (source, target) = (inputs[0].floats, output.floats)
        let plan = TransposePlan(permutation, of: inputs[0].shape)
        let inputSteps = plan.inputSteps
        guard let length = plan.shape.last, let step = inputSteps.last, let inner = inputSteps.lastIndex(of: 1), step != 1 else {
            let length = plan.shape.last ?? 1
            let rows = SteppedRows(sizes: plan.shape.dropLast(), steps: inputSteps.dropLast())
            context.team.split(output.count / length, cost: length) { range in
                for row in range { (target + row * length).update(from: source + rows.start(row), count: length) }
            }
            return output
        }
        let outputSteps = RowMajor.strides(plan.shape)
        let outer = plan.shape.indices.dropLast().filter { $0 != inner }
        let (width, outputStep) = (plan.shape[inner], outputSteps[inner])
        let from = SteppedRows(sizes: outer.map { plan.shape[$0] }, steps: outer.map { inputSteps[$0] })
        let to = SteppedRows(sizes: outer.map { plan.shape[$0] }, steps: outer.map { outputSteps[$0] })
        // Planes are cut into bands of lines of the output, for there may be only one.
        let band = 64
        let bands = (width + band - 1) / band
        context.team.split(output.count / (width * length) * bands, cost: min(band, width) * length) { pieces in
            for piece in pieces {
                let (plane, index) = piece.quotientAndRemainder(dividingBy: bands)
                let columns = index * band..<min((index + 1) * band, width)
                ck_transpose(
                    length, columns.count, source + (from.start(plane) + columns.lowerBound), step,
                    target + (to.start(plane) + columns.lowerBound * outputStep), outputStep)
            }
        }
        return output
    }
}

/// A transposition without the axes that it need not tell apart.
private struct TransposePlan {
    /// The shape of the output, neighbours that stay neighbours being one axis.
    private(set) var shape: [Int] = []
    /// For each of its axes, the step in the input.
    private(set) var inputSteps: [Int] = []

    init(_ permutation: [Int], of input: [Int]) {
        let strides = RowMajor.strides(input)
        for axis in permutation where input[axis] != 1 {
            if let last = inputSteps.last, last == strides[axis] * input[axis] {
                shape[shape.count - 1] *= input[axis]
                inputSteps[inputSteps.count - 1] = strides[axis]
            } else {
                shape.append(input[axis])
                inputSteps.append(strides[axis])
            }
        }
        if shape.isEmpty { (shape, inputSteps) = ([1], [1]) }
    }
}
