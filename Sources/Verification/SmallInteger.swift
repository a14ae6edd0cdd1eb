import ModelCore

/// Small integers that are drawn from a name and a position, the same ones whenever and in whatever order they are asked for.
enum SmallInteger {
    /// A word for each position, of which the upper bits are the best.
    static func word(_ seed: UInt64, _ position: Int) -> UInt64 {
        UInt64(truncatingIfNeeded: position) &* 0x9E37_79B9_7F4A_7C15 &+ seed
    }

    /// One of -3, -2, -1, 1, 2, 3: never 0, by which one could not divide and which hides what it is multiplied with.
    ///
    /// - Parameter table: `table`, which who asks for many had better hold.
    static func signed(_ seed: UInt64, _ position: Int, _ table: [Float]) -> Float {
        table[Int(truncatingIfNeeded: word(seed, position) >> 52)]
    }

    static let table: [Float] = {
        var random = RandomStream(seed: 1)
        return (0..<1 << 12).map { _ in
            let word = random.next()
            return Float(word >> 32 % 3 + 1) * (word & 1 == 0 ? 1 : -1)
        }
    }()
}

extension WeightSource {
    /// A weight of this one's shape that is made of small integers as it is read.
    static func smallIntegers(like other: WeightSource, name: String, arePositive: Bool) -> WeightSource {
        let seed = RandomStream.hash(name)
        let table = SmallInteger.table
        return WeightSource(dtype: .float32, shape: other.shape, origin: name, readsAnywhere: true) { elements, consumer throws(ModelError) in
            for start in stride(from: elements.lowerBound, to: elements.upperBound, by: 1 << 16) {
                let count = min(1 << 16, elements.upperBound - start)
                let piece = [Float](unsafeUninitializedCapacity: count) { buffer, initializedCount in
                    for index in 0..<count {
                        let value = SmallInteger.signed(seed, start + index, table)
                        buffer.initializeElement(at: index, to: arePositive ? abs(value) : value)
                    }
                    initializedCount = count
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
