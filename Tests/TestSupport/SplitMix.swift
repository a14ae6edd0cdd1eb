/// Random numbers that are the same each time: Steele, Lea and Flood 2014.
package struct SplitMix: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    /// Damages bytes as files are damaged: some are others, all ones or zeros, copied from elsewhere, or gone.
    package mutating func damage(_ bytes: inout [UInt8]) {
        for _ in 0..<Int.random(in: 1...4, using: &self) where !bytes.isEmpty {
            let start = Int.random(in: 0..<bytes.count, using: &self)
            switch Int.random(in: 0..<6, using: &self) {
            case 0, 1: bytes[start] = UInt8.random(in: 0...255, using: &self)
            case 2: for place in start..<min(start + 8, bytes.count) { bytes[place] = 0xFF }
            case 3: for place in start..<min(start + 4, bytes.count) { bytes[place] = 0 }
            case 4:
                let other = Int.random(in: 0..<bytes.count, using: &self)
                let piece = Array(bytes[other..<min(other + 16, bytes.count)])
                bytes.replaceSubrange(start..<min(start + piece.count, bytes.count), with: piece)
            default: bytes.removeSubrange(start..<min(start + Int.random(in: 1...16, using: &self), bytes.count))
            }
        }
    }
}
