internal import ByteIO
internal import CZlib
internal import ModelCore

/// The most bytes that one call of zlib is given: its counters have 32 bits.
private let pieceLimit = 1 << 30

/// The CRC-32 of `bytes`.
func crc32(_ bytes: UnsafeRawBufferPointer, after checksum: UInt32 = 0) -> UInt32 {
    var checksum = UInt(checksum)
    var rest = bytes
    while !rest.isEmpty {
        let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(pieceLimit))
        checksum = CZlib.crc32(checksum, piece.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt32(piece.count))
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(piece.count))
    }
    return UInt32(truncatingIfNeeded: checksum)
}

/// What the deflated `bytes` of `entry` inflate to, exactly `entry.size` bytes.
///
/// - Throws: `zip.deflate` for damaged data and bytes after its end, `zip.inflated-size` for more or fewer bytes than declared.
func inflate(_ bytes: UnsafeRawBufferPointer, of entry: ZIPEntry) throws(ModelError) -> ByteRegion {
    try memory(of: entry) { memory throws(ModelError) in
        var stream = z_stream()
        // Negative: without the header and the trailer of zlib.
        let status = inflateInit2_(&stream, -MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else {
            throw ZIPFormat.problem("deflate", "zlib cannot start: \(status)", entry: entry.name, kind: .fault)
        }
        defer { inflateEnd(&stream) }
        try run(&stream, from: bytes, into: memory, entry)
    }
}

/// Entries beyond this are inflated into a temporary file, so that a large archive costs no memory that cannot be given back.
private let memoryLimit = 64 << 20

private func memory(
    of entry: ZIPEntry, fill: (UnsafeMutableRawBufferPointer) throws(ModelError) -> Void
) throws(ModelError) -> ByteRegion {
    entry.size > memoryLimit ? try .inTemporaryFile(count: entry.size, fill: fill) : try ByteRegion(count: entry.size, fill: fill)
}

private func run(
    _ stream: inout z_stream, from bytes: UnsafeRawBufferPointer, into memory: UnsafeMutableRawBufferPointer, _ entry: ZIPEntry
) throws(ModelError) {
    var read = 0
    var written = 0
    // Where output goes when the declared bytes are all there: one byte is enough to see that more come.
    var excess: UInt8 = 0
    while true {
        let input = UnsafeRawBufferPointer(rebasing: bytes[read...].prefix(pieceLimit))
        let output = UnsafeMutableRawBufferPointer(rebasing: memory[written...].prefix(pieceLimit))
        stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.avail_in = UInt32(input.count)
        let status: Int32
        if output.isEmpty {
            status = withUnsafeMutablePointer(to: &excess) { pointer in
                stream.next_out = pointer
                stream.avail_out = 1
                return CZlib.inflate(&stream, Z_NO_FLUSH)
            }
            guard stream.avail_out == 1 else { throw wrongSize("more than", entry) }
        } else {
            stream.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
            stream.avail_out = UInt32(output.count)
            status = CZlib.inflate(&stream, Z_NO_FLUSH)
            written += output.count - Int(stream.avail_out)
        }
        read += input.count - Int(stream.avail_in)
        switch status {
        case Z_STREAM_END:
            guard written == memory.count else { throw wrongSize("\(written) and not", entry) }
            guard read == bytes.count else {
                throw ZIPFormat.problem(
                    "deflate", "\(bytes.count - read) bytes after the end of the deflated data", entry: entry.name,
                    at: entry.dataRange.lowerBound + read)
            }
            return
        case Z_OK: continue
        default:
            let text = stream.msg.map { String(cString: $0) } ?? "the data ends too early"
            throw ZIPFormat.problem(
                "deflate", "the deflated data is damaged: \(text)", entry: entry.name, at: entry.dataRange.lowerBound + read)
        }
    }
}

private func wrongSize(_ count: String, _ entry: ZIPEntry) -> ModelError {
    ZIPFormat.problem(
        "inflated-size", "the entry inflates to \(count) the declared \(entry.size) bytes", entry: entry.name,
        at: entry.dataRange.lowerBound)
}
