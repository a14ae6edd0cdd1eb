import ModelCore

/// Small integers that are drawn from a name and a position, the same ones whenever and in whatever order they are asked for.
enum SmallInteger {
    /// FNV-1a of the name's UTF-8.
    static func seed(_ name: String) -> UInt64 {
        name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    static func hash(_ name: String, _ position: Int) -> UInt64 { hash(seed(name), position) }

    private static func hash(_ seed: UInt64, _ position: Int) -> UInt64 {
        var stream = RandomStream(seed: seed &+ UInt64(truncatingIfNeeded: position) &* 0x2545_F491_4F6C_DD1D)
        return stream.next()
    }

    /// One of -3, -2, -1, 1, 2, 3: never 0, by which one could not divide and which hides what it is multiplied with.
    static func signed(_ seed: UInt64, _ position: Int) -> Float {
        let word = hash(seed, position)
        let magnitude = Float(word >> 32 % 3 + 1)
        return word & 1 == 0 ? magnitude : -magnitude
    }

    /// One of 1, 2, 3.
    static func positive(_ seed: UInt64, _ position: Int) -> Float { abs(signed(seed, position)) }
}

extension WeightSource {
    /// A weight of this one's shape that is made of small integers as it is read.
    static func smallIntegers(like other: WeightSource, name: String, arePositive: Bool) -> WeightSource {
        let seed = SmallInteger.seed(name)
        return WeightSource(dtype: .float32, shape: other.shape, origin: name, readsAnywhere: true) { elements, consumer throws(ModelError) in
            for start in stride(from: elements.lowerBound, to: elements.upperBound, by: 1 << 16) {
                let piece = (start..<min(start + 1 << 16, elements.upperBound)).map { position in
                    arePositive ? SmallInteger.positive(seed, position) : SmallInteger.signed(seed, position)
                }
                var failure: ModelError?
                piece.withUnsafeBytes { bytes in
                    do throws(ModelError) { try consumer(bytes) } catch { failure = error }
                }
                if let failure { throw failure }
            }
        }
    }
}
