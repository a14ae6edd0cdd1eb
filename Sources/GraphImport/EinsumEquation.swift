/// An equation of `einsum`, as NumPy, PyTorch and TensorFlow write it: `bij,bjk->bik`.
struct EinsumEquation: Hashable {
    /// An axis of an operand or of the result.
    enum Label: Hashable {
        case letter(Character)
        /// One of the axes that an ellipsis stands for, counted from the last.
        case ellipsis(Int)
    }

    /// The labels of each operand's axes.
    let operands: [[Label]]
    let result: [Label]

    /// - Parameter ranks: how many axes each operand has.
    /// - Returns: `nil` for text that is no equation of so many operands with so many axes.
    init?(_ text: String, ranks: [Int]) {
        let sides = text.filter { $0 != " " }.replacing("->", with: ">").split(separator: ">", omittingEmptySubsequences: false)
        let terms = (sides.first ?? "").split(separator: ",", omittingEmptySubsequences: false)
        guard (1...2).contains(sides.count), terms.count == ranks.count else { return nil }
        var operands: [[Label]] = []
        for (term, rank) in zip(terms, ranks) {
            guard let labels = Self.labels(String(term), rank: rank) else { return nil }
            operands.append(labels)
        }
        let dots = operands.map { $0.count(where: \.isEllipsis) }.max() ?? 0
        let ellipsis = (0..<dots).reversed().map(Label.ellipsis)
        self.operands = operands
        guard sides.count == 2 else {
            // Without a right side: what stands once, in the order of the alphabet.
            let letters = operands.flatMap(\.self).filter { !$0.isEllipsis }
            let single = letters.filter { letter in letters.count { $0 == letter } == 1 }
            result = ellipsis + single.sorted { $0.letter < $1.letter }
            return
        }
        let letters = sides[1].filter { $0 != "." }.count
        guard let result = Self.labels(String(sides[1]), rank: letters == sides[1].count ? letters : letters + dots),
            Set(result).count == result.count, Set(result).isSubset(of: operands.flatMap(\.self))
        else { return nil }
        self.result = result
    }

    private static func labels(_ term: String, rank: Int) -> [Label]? {
        let parts = term.replacing("...", with: ".")
        let letters = parts.filter { $0 != "." }
        guard letters.allSatisfy({ $0.isASCII && $0.isLetter }), parts.count - letters.count <= 1, letters.count <= rank else { return nil }
        guard parts.count > letters.count else { return letters.count == rank ? letters.map(Label.letter) : nil }
        return parts.flatMap { part in
            part == "." ? (0..<rank - letters.count).reversed().map(Label.ellipsis) : [.letter(part)]
        }
    }
}

extension EinsumEquation.Label {
    fileprivate var isEllipsis: Bool { if case .ellipsis = self { true } else { false } }
    fileprivate var letter: Character { if case .letter(let letter) = self { letter } else { "." } }
}
