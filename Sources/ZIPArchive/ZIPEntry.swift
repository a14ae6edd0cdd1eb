/// One entry of an archive, both of whose records have been checked.
package struct ZIPEntry: Sendable, Hashable {
    package enum Method: UInt16, Sendable, Hashable {
        case stored = 0
        case deflated = 8
    }

    /// A relative path with `/` between its parts; one of a folder ends with `/`.
    package let name: String
    package let method: Method
    /// Bytes in the archive.
    package let compressedSize: Int
    /// Bytes of the content.
    package let size: Int
    /// CRC-32 of the content.
    package let checksum: UInt32
    /// Where the compressed bytes are in the archive.
    package let dataRange: Range<Int>

    package var isFolder: Bool { name.utf8.last == UInt8(ascii: "/") }
}
