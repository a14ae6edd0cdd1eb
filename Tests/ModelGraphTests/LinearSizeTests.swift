import ModelGraph
import Testing

@Suite struct LinearSizeTests {
    private typealias Size = SizeExpression<String>

    private func combined(_ operation: SizeOperation, _ left: Size, _ right: Size) throws -> Size {
        try #require(Size.combined(operation, left, right))
    }

    /// `h + (H - h) // 2 + ((H - h) - (H - h) // 2)` is H.
    @Test func whatIsAddedAndTakenAwayAgainDoesNotCount() throws {
        let (h, H) = (Size.size("h"), Size.size("H"))
        let more = try combined(.subtract, H, h)
        let half = try combined(.divide, more, 2)
        let sum = try combined(.add, try combined(.add, h, half), try combined(.subtract, more, half))
        #expect(LinearSize(sum) == LinearSize(H))
        #expect(LinearSize(sum)?.multiple?.source == "H")
    }

    @Test func multiplesOfOneSize() throws {
        let h = Size.size("h")
        let six = try combined(.multiply, 2, try combined(.add, h, try combined(.multiply, h, 2)))
        #expect(LinearSize(six)?.multiple?.factor == 6)
        for other in [try combined(.add, h, 1), try combined(.divide, h, 2), try combined(.subtract, 0, h), 7, try combined(.add, h, .size("w"))] {
            #expect(LinearSize(other)?.multiple == nil)
        }
        #expect(LinearSize(try combined(.multiply, try combined(.add, h, .constant(.max)), 2)) == nil)
        // There is no opposite of the least integer.
        let least = try combined(.multiply, try combined(.multiply, try combined(.subtract, h, .size("w")), .constant(1 << 62)), -2)
        #expect(LinearSize(least) == nil)
    }
}
