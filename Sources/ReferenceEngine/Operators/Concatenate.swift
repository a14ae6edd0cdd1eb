import ModelCore
import ModelGraph

extension Concatenate: ReferenceOperator {
    func elements<Scalar: ReferenceScalar>(_ operands: Operands<Scalar>) throws(ModelError) -> @Sendable (Int) -> Scalar {
        let inputs = operands.inputs.map(\.scalars)
        // What one step of the axes before `axis` covers, in each input and in the output.
        let blocks = operands.inputs.map { $0.shape[axis...].reduce(1, *) }
        var starts: [Int] = []
        var outputBlock = 0
        for block in blocks {
            starts.append(outputBlock)
            outputBlock += block
        }
        return { [starts, outputBlock] position in
            let (block, offset) = position.quotientAndRemainder(dividingBy: outputBlock)
            // The last input that starts at or before the offset.
            var low = 0
            var high = starts.count
            while high - low > 1 {
                let middle = (low + high) / 2
                if starts[middle] <= offset { low = middle } else { high = middle }
            }
            return inputs[low][block * blocks[low] + offset - starts[low]]
        }
    }
}
