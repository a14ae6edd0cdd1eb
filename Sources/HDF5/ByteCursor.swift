import ModelCore

/// A position in bytes that may be anything; what does not fit is `nil`.
struct ByteCursor {
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        rest = bytes
    }

    mutating func bytes(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, count <= rest.count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    mutating func skip(_ count: Int) -> Bool {
        bytes(count) != nil
    }

    /// An unsigned little-endian integer of `width` bytes, at most 8; `nil` also where it exceeds `Int`.
    mutating func integer(_ width: Int) -> Int? {
        guard let bytes = bytes(width) else { return nil }
        return Int(exactly: bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }
}
