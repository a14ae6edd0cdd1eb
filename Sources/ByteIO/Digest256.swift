internal import Crypto

/// A SHA-256 digest (FIPS 180-4).
package struct Digest256: Sendable, Hashable, CustomStringConvertible {
    /// The 32 bytes as four big-endian words.
    private let words: SIMD4<UInt64>

    /// A digest of exactly 32 bytes, else `nil`.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        var words = SIMD4<UInt64>()
        for (position, byte) in bytes.enumerated() { words[position / 8] = words[position / 8] << 8 | UInt64(byte) }
        self.words = words
    }

    /// A digest of exactly 64 lower-case hexadecimal digits, else `nil`.
    package init?(hexadecimal text: String) {
        let digits = Array(text.utf8)
        guard digits.count == 64, digits.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }) else { return nil }
        var words = SIMD4<UInt64>()
        for (position, digit) in digits.enumerated() {
            words[position / 16] = words[position / 16] << 4 | UInt64(digit < 0x61 ? digit - 0x30 : digit - 0x61 + 10)
        }
        self.words = words
    }

    /// The digest of `bytes`.
    package init(hashing bytes: UnsafeRawBufferPointer) {
        var hasher = SHA256Hasher()
        hasher.update(bytes)
        self = hasher.finalize()
    }

    /// The same for bytes in an array.
    package init(hashing bytes: [UInt8]) {
        self = bytes.withUnsafeBytes { Digest256(hashing: $0) }
    }

    fileprivate init(_ digest: SHA256.Digest) {
        var words = SIMD4<UInt64>()
        for (position, byte) in digest.enumerated() { words[position / 8] = words[position / 8] << 8 | UInt64(byte) }
        self.words = words
    }

    /// The 32 bytes in order.
    package var bytes: [UInt8] {
        (0..<32).map { UInt8(truncatingIfNeeded: words[$0 / 8] >> (56 - 8 * ($0 % 8))) }
    }

    /// 64 lower-case hexadecimal digits.
    package var hexadecimal: String { bytes.map(\.hexadecimal).joined() }
    package var description: String { hexadecimal }
}

/// SHA-256 of bytes that come in pieces.
package struct SHA256Hasher {
    private var state = SHA256()

    package init() {}

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        state.update(bufferPointer: bytes)
    }

    /// The same for bytes in an array.
    package mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { state.update(bufferPointer: $0) }
    }

    /// The digest of everything so far; more may follow.
    package func finalize() -> Digest256 {
        Digest256(state.finalize())
    }
}
