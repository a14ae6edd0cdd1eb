package import ModelCore

/// A cursor over little-endian bytes that never leaves them.
package struct ByteReader {
    package let bytes: UnsafeRawBufferPointer
    /// Where the cursor is, from the start of `bytes`.
    package private(set) var offset = 0
    private let origin: Int
    private let format: String

    /// A cursor at the first of `bytes`.
    ///
    /// - Parameters:
    ///   - origin: where `bytes` begins in its file, for the byte offsets of problems.
    ///   - format: what comes before `.truncated` in the code of a problem.
    package init(_ bytes: UnsafeRawBufferPointer, at origin: Int = 0, format: String) {
        self.bytes = bytes
        self.origin = origin
        self.format = format
    }

    package var remaining: Int { bytes.count - offset }
    package var isAtEnd: Bool { remaining == 0 }
    /// Where the cursor is in the file.
    package var position: Int { origin + offset }

    /// The next little-endian integer.
    ///
    /// - Throws: `FORMAT.truncated` where fewer bytes remain, as every method does.
    package mutating func integer<Word: FixedWidthInteger & BitwiseCopyable>(_: Word.Type) throws(ModelError) -> Word {
        try require(MemoryLayout<Word>.size)
        defer { offset += MemoryLayout<Word>.size }
        return Word(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Word.self))
    }

    /// The next `count` bytes. A negative count is refused like one that is too large.
    package mutating func slice(_ count: Int) throws(ModelError) -> UnsafeRawBufferPointer {
        try require(count)
        defer { offset += count }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
    }

    /// Moves past `count` bytes.
    package mutating func skip(_ count: Int) throws(ModelError) {
        try require(count)
        offset += count
    }

    /// Moves to `offset` from the start, at most the end.
    package mutating func seek(_ offset: Int) throws(ModelError) {
        guard (0...bytes.count).contains(offset) else {
            throw ModelError(
                Problem(
                    "\(format).truncated", "an offset of \(offset) in \(bytes.count) bytes", at: Location(byteOffset: position)))
        }
        self.offset = offset
    }

    private func require(_ count: Int) throws(ModelError) {
        guard count >= 0, count <= remaining else {
            throw ModelError(
                Problem("\(format).truncated", "\(count) bytes were expected, \(remaining) remain", at: Location(byteOffset: position)))
        }
    }
}
