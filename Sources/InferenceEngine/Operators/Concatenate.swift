import ModelCore

/// Inputs one after the other along an axis.
struct ConcatenateStep: Step {
    let axis: Int

    func run(_ inputs: inout [Value], shape: [Int], _ context: RunContext) throws(ModelError) -> Value {
        let output = try context.make(shape)
        let target = output.floats
        let outer = shape[..<axis].reduce(1, *)
        let stride = shape[axis...].reduce(1, *)
        var pieces: [(source: Floats, start: Int, count: Int)] = []
        var start = 0
        for input in inputs {
            let count = input.shape[axis...].reduce(1, *)
            pieces.append((input.floats, start, count))
            start += count
        }
        context.team.split(outer, cost: stride) { [pieces] range in
            for index in range {
                for piece in pieces {
                    (target + (index * stride + piece.start)).update(from: piece.source + index * piece.count, count: piece.count)
                }
            }
        }
        return output
    }
}
