import ModelCore
import ReferenceEngine
import Verification

/// An execution in Float32 that an engine might be: sums in some order, products fused with sums or not, functions of some library.
struct Arithmetic {
    private enum Order: CaseIterable {
        case ascending, descending, shuffled, pairwise, blocked
    }

    var random: RandomStream
    private let order: Order
    /// Of how many products one is fused with a sum; 0 for none.
    private let fusesOneIn: Int
    private let lanes: Int
    /// How far results of library functions are from the exact ones at most, in ulps, when they are not rounded right.
    private let libraryUlps: Int

    init(_ random: RandomStream) {
        self.random = random
        order = self.random.choice(Order.allCases) ?? .ascending
        fusesOneIn = self.random.choice([0, 1, 2]) ?? 0
        lanes = self.random.choice([2, 4, 8]) ?? 4
        libraryUlps = self.random.within(0...3)
    }

    /// `a * b + c`, rounded once or twice.
    mutating func multiplyAdd(_ a: Float, _ b: Float, _ c: Float) -> Float {
        fusesOneIn > 0 && random.chance(fusesOneIn) ? c.addingProduct(a, b) : a * b + c
    }

    /// One of several forms of one formula.
    mutating func form(_ count: Int) -> Int { random.below(count) }

    private mutating func ordered<Element>(_ terms: [Element]) -> [Element] {
        switch order {
        case .descending: terms.reversed()
        case .shuffled, .pairwise, .blocked: terms.shuffled(using: &random)
        case .ascending: terms
        }
    }

    /// The sum of products, and of a bias first or last.
    mutating func sum(_ products: [(Float, Float)], bias: Float? = nil) -> Float {
        let terms = ordered(products)
        let isFirst = random.chance(2)
        let start = isFirst ? bias ?? 0 : 0
        let sum: Float
        switch order {
        case .pairwise: sum = isFirst && bias != nil ? start + pairwise(terms[...]) : pairwise(terms[...])
        case .blocked: sum = blocked(terms, start)
        case .ascending, .descending, .shuffled:
            var chain = start
            for (a, b) in terms { chain = multiplyAdd(a, b, chain) }
            sum = chain
        }
        guard !isFirst, let bias else { return sum }
        return sum + bias
    }

    mutating func sum(_ values: [Float]) -> Float { sum(values.map { ($0, 1) }) }

    private mutating func pairwise(_ terms: ArraySlice<(Float, Float)>) -> Float {
        guard let first = terms.first else { return 0 }
        if terms.count == 1 { return first.0 * first.1 }
        let middle = terms.startIndex + terms.count / 2
        if terms.count == 2 { return multiplyAdd(first.0, first.1, terms[middle].0 * terms[middle].1) }
        return pairwise(terms[..<middle]) + pairwise(terms[middle...])
    }

    private mutating func blocked(_ terms: [(Float, Float)], _ start: Float) -> Float {
        var sums = [Float](repeating: 0, count: lanes)
        sums[0] = start
        for (position, term) in terms.enumerated() { sums[position % lanes] = multiplyAdd(term.0, term.1, sums[position % lanes]) }
        return sums.dropFirst().reduce(sums[0], +)
    }

    /// A mean as a quotient, or as a product with a reciprocal.
    mutating func mean(_ values: [Float], count: Int? = nil) -> Float {
        let count = Float(count ?? values.count)
        return random.chance(2) ? sum(values) / count : sum(values) * (1 / count)
    }
}

extension Arithmetic {
    /// What a library gives for an exact result: up to 4 ulps away, never past a limit, subnormal numbers as zero or not.
    private mutating func rounded(_ exact: Double, _ limits: ClosedRange<Float> = -(.infinity)...(.infinity)) -> Float {
        var result = Float(exact)
        guard result != 0, result.isFinite, libraryUlps > 0 else { return result }
        for _ in 0..<random.within(0...libraryUlps) { result = result.nextUp }
        for _ in 0..<random.within(0...libraryUlps) { result = result.nextDown }
        if result.isSubnormal, random.chance(2) { return 0 }
        return min(max(result, limits.lowerBound), limits.upperBound)
    }

    mutating func exp(_ x: Float) -> Float { rounded(.exp(Double(x)), 0...(.infinity)) }
    mutating func expm1(_ x: Float) -> Float { rounded(.expm1(Double(x)), -1...(.infinity)) }
    mutating func log(_ x: Float) -> Float { rounded(.log(Double(x))) }
    mutating func log1p(_ x: Float) -> Float { rounded(.log1p(Double(x))) }
    mutating func tanh(_ x: Float) -> Float { rounded(.tanh(Double(x)), -1...1) }
    mutating func erf(_ x: Float) -> Float { rounded(.erf(Double(x)), -1...1) }
    mutating func erfc(_ x: Float) -> Float { rounded(.erfc(Double(x)), 0...2) }
    mutating func power(_ x: Float, _ exponent: Float) -> Float { rounded(.power(Double(x), Double(exponent))) }
}
