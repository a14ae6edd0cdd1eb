package import ModelCore

/// The first two axes as one: `[N, T, ...]` becomes `[N * T, ...]`, so that what follows is applied to every step (Keras TimeDistributed).
package struct FoldBatch: OperatorDefinition {
    package static let name = "fold_batch"

    package init() {}
    package init(from attributes: inout AttributeReader) throws(ModelError) {}

    package func outputShape(_ inputs: [Shape], _ weights: WeightShapes) throws(ModelError) -> Shape {
        let input = inputs[0]
        guard input.rank >= 2 else { throw shapeError("input \(input) has fewer than 2 axes") }
        let folded = input[0].flatMap { first in input[1].flatMap { first.multiplied(by: $0) } }
        return Shape([folded] + input.sizes.dropFirst(2))
    }

    package var erased: Operator { .foldBatch(self) }
}

/// The first axis of the first input as the first two of the second: `[N * T, ...]` and `[N, T, ...]` give `[N, T, ...]` with the sizes of the
/// first from the second axis on. Undoes `FoldBatch`.
package struct UnfoldBatch: OperatorDefinition {
    package static let name = "unfold_batch"
    package static let inputCount = 2...2

    package init() {}
    package init(from attributes: inout AttributeReader) throws(ModelError) {}

    package func outputShape(_ inputs: [Shape], _ weights: WeightShapes) throws(ModelError) -> Shape {
        let (input, like) = (inputs[0], inputs[1])
        guard input.rank >= 1, like.rank >= 2 else { throw shapeError("inputs \(input) and \(like) have too few axes") }
        if let count = input[0], let samples = like[0], let steps = like[1], samples.multiplied(by: steps) != count {
            throw shapeError("\(count) samples of the input \(input) are not \(samples) x \(steps)")
        }
        return Shape([like[0], like[1]] + input.sizes.dropFirst())
    }

    package var erased: Operator { .unfoldBatch(self) }
}
