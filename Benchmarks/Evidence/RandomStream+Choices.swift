import Verification

extension RandomStream {
    /// The stream of one trial, whatever the others draw.
    init(seed: UInt64, trial: Int) {
        var mixer = RandomStream(seed: seed)
        self.init(seed: mixer.next() ^ (UInt64(trial) &* 0xD134_2543_DE82_EF95))
    }

    mutating func below(_ count: Int) -> Int { Int(next() % UInt64(max(count, 1))) }

    mutating func within(_ range: ClosedRange<Int>) -> Int { range.lowerBound + below(range.count) }

    mutating func chance(_ oneIn: Int) -> Bool { below(oneIn) == 0 }

    mutating func choice<Element>(_ elements: [Element]) -> Element? {
        elements.isEmpty ? nil : elements[below(elements.count)]
    }
}
