import CKernels
import ModelCore

/// The first half of an axis times the sigmoid of the second.
struct GatedLinearUnitStep: Step {
    let axis: Int

    func run(_ inputs: inout [Value], shape: [Int], _ context: RunContext) throws(ModelError) -> Value {
        let output = try context.make(shape)
        let (source, target, kernels) = (inputs[0].floats, output.floats, context.kernels)
        // Along the axis, a half is a run of neighbours, and so are the two halves together.
        let half = shape[axis...].reduce(1, *)
        let constants = [Float](repeating: 0, count: 4)
        context.team.split(output.count / half, cost: 4 * half) { rows in
            for row in rows {
                let (first, gate) = (source + 2 * row * half, target + row * half)
                kernels.activate(CK_SIGMOID, constants, half, first + half, gate)
                kernels.multiply_elements(half, first, gate, gate)
            }
        }
        return output
    }
}
