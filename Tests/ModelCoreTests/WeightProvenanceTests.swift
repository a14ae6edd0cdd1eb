import Testing

@testable import ModelCore

/// A weight knows, whatever was done to its axes, how the tensor that it was comes out of it.
@Suite struct WeightProvenanceTests {
    private static func tensor(_ shape: [Int]) -> WeightSource {
        WeightSource(Tensor(shape: shape) { Float($0) }).named("w")
    }

    private func restored(_ weight: WeightSource) throws -> [Float] {
        let provenance = try #require(weight.provenance)
        #expect(provenance.tensor == "w")
        let (split, permutation) = provenance.inverse
        return try weight.reshaped(split).permuted(by: permutation).tensor().scalars
    }

    static let chains: [@Sendable (WeightSource) -> WeightSource] = [
        { $0 }, { $0.permuted(by: [2, 3, 1, 0]) }, { $0.permuted(by: [1, 0, 3, 2]).permuted(by: [3, 0, 2, 1]) },
        { $0.reshaped([4, 30]).permuted(by: [1, 0]) },
        { $0.reshaped([4, 30]).reshaped([4, 3, 5, 2]).permuted(by: [2, 3, 1, 0]).reshaped([30, 4]) },
        { $0.reshaped([120]) }, { $0.reshaped([2, 2, 1, 15, 2]).permuted(by: [1, 3, 2, 4, 0]).reshaped([60, 2]) },
        { $0.permuted(by: [0, 2, 3, 1]).reshaped([4, 30]).permuted(by: [1, 0]).reshaped([10, 3, 4]).permuted(by: [2, 0, 1]) },
    ]

    @Test(arguments: chains.indices)
    func everyRearrangementIsUndone(_ number: Int) throws {
        let tensor = Self.tensor([4, 3, 5, 2])
        #expect(try restored(Self.chains[number](tensor)) == tensor.tensor().scalars)
    }

    @Test func aPartIsNotTheTensor() {
        let tensor = Self.tensor([4, 6])
        #expect(tensor.sliced(axis: 0, 1..<3).provenance == nil)
        #expect(tensor.flipped(axes: [1]).provenance == nil)
        #expect(tensor.sliced(axis: 0, 0..<4).provenance?.inverse.split == [24])
        #expect(WeightSource(Tensor<Float>(repeating: 0, shape: [2])).provenance == nil)
    }

    /// Axes that cut a step in two that is no multiple of them: nothing is claimed.
    @Test func whatDoesNotFallOnStepsIsNotKnown() {
        let mixed = Self.tensor([4, 6]).permuted(by: [1, 0])
        #expect(mixed.reshaped([3, 8]).permuted(by: [1, 0]).provenance?.inverse.split == [2, 12])
        #expect(mixed.reshaped([8, 3]).permuted(by: [1, 0]).provenance == nil)
    }

    @Test func tensorsWithoutElementsOrAxes() {
        let empty = WeightSource(Tensor<Float>(repeating: 0, shape: [0, 3])).named("w")
        #expect(empty.reshaped([3, 0]).permuted(by: [1, 0]).provenance == nil)
        #expect(WeightSource(Tensor<Float>(repeating: 0, shape: [])).named("w").provenance?.inverse.permutation == [0])
    }
}
