/// Reproducible pseudo-random numbers: SplitMix64 (Steele, Lea and Flood 2014).
package struct RandomStream: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    /// FNV-1a (Fowler, Noll and Vo, 64 bits) of a name's UTF-8: a seed of its own for each name.
    static func hash(_ name: String) -> UInt64 {
        name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }

    private static let step: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// What the call of `next` after `index` calls gives.
    func word(at index: Int) -> UInt64 {
        var stream = dropping(index)
        return stream.next()
    }

    /// The stream without its next `count` words.
    func dropping(_ count: Int) -> RandomStream { RandomStream(seed: state &+ UInt64(count) &* Self.step) }

    package mutating func next() -> UInt64 {
        state &+= Self.step
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }

    /// A multiple of 2^-23 in -1..<1.
    package mutating func nextFloat() -> Float {
        Float(Int32(truncatingIfNeeded: next() >> 40) - (1 << 23)) * 0x1p-23
    }
}
