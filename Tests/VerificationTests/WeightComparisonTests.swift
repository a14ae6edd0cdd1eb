import ModelCore
import Testing

@testable import Verification

@Suite struct WeightComparisonTests {
    private static func numbers(_ count: Int) -> [Float] {
        var random = RandomStream(seed: 1)
        return (0..<count).map { _ in random.nextFloat() }
    }

    private static func source(_ values: [Float]) throws -> WeightSource {
        WeightSource(try #require(Tensor(shape: [values.count], scalars: values)))
    }

    /// Around the end of what is looked at first, and at both ends.
    @Test(arguments: [0, 1, 1023, 1024, 1025, 2999]) func oneBitMakesADifference(_ position: Int) throws {
        let values = Self.numbers(3000)
        var other = values
        other[position] = Float(bitPattern: values[position].bitPattern ^ 1)
        #expect(try Self.source(values).hasBits(of: Self.source(values)))
        #expect(try !Self.source(values).hasBits(of: Self.source(other)))
        #expect(try !Self.source(values).mayBeRearrangement(of: Self.source(other)))
    }

    @Test(arguments: [0, 1, 1024]) func weightsOfOtherLengthsDiffer(_ count: Int) throws {
        let values = Self.numbers(count)
        #expect(try Self.source(values).hasBits(of: Self.source(values)))
        #expect(try !Self.source(values).hasBits(of: Self.source(values + [0])))
        #expect(try !Self.source(values + [0]).hasBits(of: Self.source(values)))
    }

    @Test func theSameElementsInAnotherOrderMayBeARearrangement() throws {
        let values = Self.numbers(3000)
        let reversed = try Self.source(values.reversed())
        #expect(try reversed.mayBeRearrangement(of: Self.source(values)))
        #expect(try !reversed.hasBits(of: Self.source(values)))
        // Zeros of both signs are two elements.
        #expect(try !Self.source([0, 1]).mayBeRearrangement(of: Self.source([-0.0, 1])))
    }
}
