import Testing

@testable import Verification

@Suite struct UnitsInLastPlaceTests {
    static let differences: [(got: Float, exact: Double, steps: Double)] = [
        (1, 1, 0), (Float(1).nextUp, 1, 1),
        // Below a power of two the steps are half as long, and the exact result decides.
        (Float(1).nextDown, 1, 0.5), (1, 1 + 0x1p-24, 0.5), (-3, 3, 6 * 0x1p22), (0, 0x1p-149, 1), (0x1p-126, 0, 0x1p23), (0x1p-149, 0, 1),
        (-0.0, 0, 0),
    ]

    @Test(arguments: differences) func countsStepsOfTheNearestNumber(_ difference: (got: Float, exact: Double, steps: Double)) {
        #expect(UnitsInLastPlace.between(difference.got, difference.exact) == difference.steps)
    }

    @Test func infinityAndNaN() {
        #expect(UnitsInLastPlace.between(.nan, .nan) == 0)
        #expect(UnitsInLastPlace.between(.infinity, .infinity) == 0)
        #expect(UnitsInLastPlace.between(.infinity, 1e39) == 0)
        #expect(UnitsInLastPlace.between(.nan, 1) == .infinity)
        #expect(UnitsInLastPlace.between(1, .nan) == .infinity)
        #expect(UnitsInLastPlace.between(.infinity, 1) == .infinity)
        #expect(UnitsInLastPlace.between(1, 1e39) == .infinity)
        #expect(UnitsInLastPlace.between(-.infinity, .infinity) == .infinity)
    }
}
