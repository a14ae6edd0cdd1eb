import ModelCore

/// The inside of an array.
struct CropStep: Step {
    let before: [Int]

    func run(_ inputs: inout [Value], shape: [Int], _ context: RunContext) throws(ModelError) -> Value {
        let output = try context.make(shape)
        let (source, target) = (inputs[0].floats, output.floats)
        let strides = RowMajor.strides(inputs[0].shape)
        let start = zip(before, strides).reduce(0) { $0 + $1.0 * $1.1 }
        let length = shape.last ?? 1
        let rows = SteppedRows(sizes: shape.dropLast(), steps: strides.dropLast())
        context.team.split(output.count / length, cost: length) { range in
            for row in range { (target + row * length).update(from: source + (start + rows.start(row)), count: length) }
        }
        return output
    }
}
