import ModelCore
import ModelGraph

/// Order of evaluation: inputs first to last; an average is the sum divided by their number.
extension Merge: ReferenceOperator {
    func elements<Scalar: ReferenceScalar>(_ operands: Operands<Scalar>) throws(ModelError) -> @Sendable (Int) -> Scalar {
        let inputs = operands.inputs.map(\.scalars)
        let isWhole = operands.inputs.allSatisfy { $0.shape == operands.outputShape }
        let sources = isWhole ? [] : operands.inputs.map { Self.positions(in: $0.shape, of: operands.outputShape) }
        let count = Scalar(inputs.count)
        let kind = self.kind
        return { position in
            var value = inputs[0][isWhole ? position : sources[0](position)]
            for index in inputs.indices.dropFirst() {
                let next = inputs[index][isWhole ? position : sources[index](position)]
                switch kind {
                case .add, .average: value += next
                case .subtract: value -= next
                case .multiply: value *= next
                case .divide: value /= next
                case .maximum: value = .greater(value, next)
                case .minimum: value = .lesser(value, next)
                }
            }
            return kind == .average ? value / count : value
        }
    }

    /// Where each element of an output of shape `output` finds its element of an input, axes aligned at the last and stretched where of size 1.
    static func positions(in input: [Int], of output: [Int]) -> Positions {
        let missing = output.count - input.count
        let strides = RowMajor.strides(input)
        let steps = output.indices.map { $0 < missing || input[$0 - missing] == 1 ? 0 : strides[$0 - missing] }
        return Positions(sizes: output, strides: steps)
    }
}
