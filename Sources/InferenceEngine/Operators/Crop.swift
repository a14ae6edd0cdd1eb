import ModelCore
import ModelGraph

/// The inside of an array, or every so many-th element of it.
struct CropStep: Step {
    let definition: Crop

    func run(_ inputs: inout [Value], shape: [Int], _ context: RunContext) throws(ModelError) -> Value {
        let output = try context.make(shape)
        let (source, target) = (inputs[0].floats, output.floats)
        let strides = RowMajor.strides(inputs[0].shape)
        let start = zip(definition.before, strides).reduce(0) { $0 + $1.0 * $1.1 }
        let stepped = definition.steps.map { zip($0, strides).map { $0 * $1 } } ?? strides
        let (length, step) = (shape.last ?? 1, stepped.last ?? 1)
        let rows = SteppedRows(sizes: shape.dropLast(), steps: stepped.dropLast())
        context.team.split(output.count / length, cost: length) { range in
            for row in range {
                let (from, to) = (source + (start + rows.start(row)), target + row * length)
                if step == 1 {
                    to.update(from: from, count: length)
                } else {
                    for index in 0..<length { to[index] = from[index * step] }
                }
            }
        }
        return output
    }
}
