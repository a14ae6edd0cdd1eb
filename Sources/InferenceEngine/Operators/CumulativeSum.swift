import ModelCore
import ModelGraph

/// Sums along an axis of all elements up to each.
struct CumulativeSumStep: Step {
    private let operation: CumulativeSum

    init(_ operation: CumulativeSum) { self.operation = operation }

    func run(_ inputs: inout [Value], shape: [Int], _ context: RunContext) throws(ModelError) -> Value {
        let output = try context.make(shape)
        let (source, target) = (inputs[0].floats, output.floats)
        let (size, stride) = (shape[operation.axis], shape[(operation.axis + 1)...].reduce(1, *))
        let (isExclusive, isReverse) = (operation.isExclusive, operation.isReverse)
        context.team.split(output.count / size, cost: size) { rows in
            for row in rows {
                let first = row / stride * size * stride + row % stride
                var sum: Float = 0
                for index in 0..<size {
                    let place = first + (isReverse ? size - 1 - index : index) * stride
                    if isExclusive { target.base[place] = sum }
                    sum += source.base[place]
                    if !isExclusive { target.base[place] = sum }
                }
            }
        }
        return output
    }
}
