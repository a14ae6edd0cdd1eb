import Testing

@testable import GraphImport

@Suite struct EinsumEquationTests {
    typealias Label = EinsumEquation.Label

    private func letters(_ text: String) -> [Label] { text.map(Label.letter) }

    @Test func operandsAndResult() throws {
        let equation = try #require(EinsumEquation("bij, bjk -> bik", ranks: [3, 3]))
        #expect(equation.operands == [letters("bij"), letters("bjk")])
        #expect(equation.result == letters("bik"))
        #expect(try #require(EinsumEquation("ab->", ranks: [2])).result == [])
    }

    /// Without a result, it has the labels that stand once, in the order of the alphabet.
    @Test func aResultThatIsNotGiven() throws {
        #expect(try #require(EinsumEquation("cb,ba", ranks: [2, 2])).result == letters("ac"))
        #expect(try #require(EinsumEquation("...ji", ranks: [3])).result == [.ellipsis(0)] + letters("ij"))
    }

    /// An ellipsis stands for the axes that have no letter, lined up at the last.
    @Test func ellipses() throws {
        let equation = try #require(EinsumEquation("...ij,j...->...i", ranks: [4, 2]))
        #expect(equation.operands == [[.ellipsis(1), .ellipsis(0)] + letters("ij"), letters("j") + [.ellipsis(0)]])
        #expect(equation.result == [.ellipsis(1), .ellipsis(0)] + letters("i"))
        #expect(try #require(EinsumEquation("...i->i", ranks: [3])).result == letters("i"))
    }

    @Test(arguments: ["ij", "ij,jk->ik,", "ij->ii", "ij->k", "i1->i", "i..j->ij", "......->i", "ij->i->j", "ijk->ij", ""])
    func textThatIsNoEquationOfAMatrix(_ text: String) {
        let isEquation = text == "ij"
        #expect((EinsumEquation(text, ranks: [2]) != nil) == isEquation)
    }
}
