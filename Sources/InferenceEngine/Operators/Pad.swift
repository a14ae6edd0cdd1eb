import ModelCore
import ModelGraph

/// Padding with a constant.
struct PadStep: Step {
    private let before: [Int]
    private let value: Float

    /// `nil` for other modes.
    init?(_ definition: Pad) {
        guard definition.mode == .constant else { return nil }
        before = definition.before
        value = Float(definition.value)
    }

    func run(_ inputs: inout [Value], shape: [Int], _ context: RunContext) throws(ModelError) -> Value {
        let input = inputs[0]
        let output = try context.make(shape)
        let (source, target, value, before) = (input.floats, output.floats, value, before)
        context.team.split(output.count) { range in
            (target + range.lowerBound).update(repeating: value, count: range.count)
        }
        guard let length = input.shape.last, let shift = before.last else {
            target.base.update(from: source.base, count: 1)
            return output
        }
        let strides = RowMajor.strides(shape)
        context.team.split(input.count / length, cost: length) { rows in
            for row in rows {
                var rest = row
                var position = shift
                for axis in input.shape.indices.dropLast().reversed() {
                    let (quotient, index) = rest.quotientAndRemainder(dividingBy: input.shape[axis])
                    position += (before[axis] + index) * strides[axis]
                    rest = quotient
                }
                (target + position).update(from: source + row * length, count: length)
            }
        }
        return output
    }
}
