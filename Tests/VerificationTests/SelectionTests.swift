import ModelCore
import ModelGraph
import ReferenceEngine
import Testing

@testable import Verification

/// What is computed of a selection must be, bit for bit, what is computed of the whole.
@Suite struct SelectionTests {
    private static let shape = [2, 5, 6, 3]

    private static func noise(_ seed: UInt64) -> Tensor<Float> {
        var random = RandomStream(seed: seed)
        return Tensor(shape: shape, generating: { _ in random.nextFloat() })
    }

    private static func statistics(_ count: Int) -> [String: ReferenceWeight] {
        var random = RandomStream(seed: 9)
        var weights: [String: ReferenceWeight] = [:]
        for role in ["gamma", "beta", "mean", "variance"] {
            let values = Tensor<Float>(shape: [count], generating: { _ in abs(random.nextFloat()) + 0.1 })
            weights[role] = ReferenceWeight(values: values, layout: .vector)
        }
        return weights
    }

    @Test(arguments: [
        (Activation(.silu).erased, 1, 0), (Merge(.average).erased, 3, 0), (Identity().erased, 1, 0), (Softmax(axes: [3]).erased, 1, 0),
        (Rescaling(scale: [2], offset: [3]).erased, 1, 0), (BatchNormalization(axis: 3, epsilon: 0.1).erased, 1, 3),
        (BatchNormalization(axis: 1, epsilon: 0.1).erased, 1, 5), (BatchNormalization(axis: 0, epsilon: 0.1).erased, 1, 2),
        (RowNormalization(kind: .standard, axes: [3], epsilon: 0.1).erased, 1, 3),
    ]) func elementsAreThoseOfTheWhole(_ operation: Operator, _ inputCount: Int, _ channels: Int) throws {
        let inputs = (0..<inputCount).map { Self.noise(UInt64($0 + 1)) }
        let weights = channels > 0 ? Self.statistics(channels) : [:]
        let positions = [179, 0, 44, 45, 91]
        let selection = try #require(Selection(operation, inputs: inputs.map(\.shape), positions: positions))
        let selected = inputs.map { selection.gather($0) }
        #expect(selected.allSatisfy { $0.shape == selection.shape && $0.scalars.count == selection.count })
        let part = try Reference.evaluate(selection.operation, inputs: selected, weights: selection.gather(weights))
        let whole = try Reference.evaluate(operation, inputs: inputs, weights: weights)
        #expect(part.shape == selection.shape)
        for position in positions { #expect(part.scalars[selection.place(of: position)] == whole.scalars[position]) }
        for place in 0..<selection.count { #expect(selected[0].scalars[place] == inputs[0].scalars[selection.position(of: place)]) }
    }

    @Test func whatSeesMoreThanARowIsNotSelectedFrom() {
        let operations = [
            Softmax(axes: [1]).erased, RowNormalization(kind: .standard, axes: [2, 3], epsilon: 0.1).erased, Flatten().erased,
            Rescaling(scale: [1, 2, 3], offset: [0]).erased,
            Transpose(permutation: [0, 2, 1, 3]).erased,
        ]
        for operation in operations { #expect(Selection(operation, inputs: [Self.shape], positions: [0]) == nil, "\(operation.name)") }
    }

    @Test func inputsOfOtherShapesAndNearlyEverythingAreNotSelectedFrom() {
        #expect(Selection(Merge(.add).erased, inputs: [Self.shape, [2, 1, 1, 3]], positions: [0]) == nil)
        #expect(Selection(Activation(.relu).erased, inputs: [Self.shape], positions: Array(0..<90)) == nil)
        #expect(Selection(Activation(.relu).erased, inputs: [Self.shape], positions: Array(0..<89)) != nil)
    }
}
