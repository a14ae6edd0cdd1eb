internal import ByteIO
internal import ModelCore

/// The record before an entry's data, which must agree with the directory.
enum ZIPLocalRecord {
    /// Where the entry's data begins.
    ///
    /// - Throws: `zip.local-record`, `zip.truncated`, `zip.mismatch`, and what extra fields throw.
    static func dataStart(_ bytes: UnsafeRawBufferPointer, of central: ZIPCentralRecord, directoryStart: Int) throws(ModelError) -> Int {
        let offset = central.localOffset
        guard offset <= directoryStart - ZIPFormat.localSize, bytes.signature(at: offset) == ZIPFormat.localSignature else {
            throw ZIPFormat.problem("local-record", "no local record at \(offset)", entry: central.name, at: central.offset)
        }
        let area = UnsafeRawBufferPointer(rebasing: bytes[offset..<directoryStart])
        var reader = ByteReader(area, at: offset, format: "zip")
        // Signature and version needed.
        try reader.skip(6)
        let flags = try reader.integer(UInt16.self)
        let method = try reader.integer(UInt16.self)
        try reader.skip(4)
        let checksum = try reader.integer(UInt32.self)
        let compressedSize = try reader.integer(UInt32.self)
        let size = try reader.integer(UInt32.self)
        let nameLength = Int(try reader.integer(UInt16.self))
        let extraLength = Int(try reader.integer(UInt16.self))
        let name = try reader.slice(nameLength)
        let extraOffset = reader.position
        let extra = try ZIPExtraFields(try reader.slice(extraLength), at: extraOffset, entry: central.name)

        func require(_ condition: Bool, _ what: String) throws(ModelError) {
            guard condition else {
                throw ZIPFormat.problem(
                    "mismatch", "the local record and the directory differ in the \(what)", entry: central.name, at: offset)
            }
        }
        try require(name.elementsEqual(central.nameBytes), "name")
        try require(flags == central.flags, "flags")
        try require(method == central.method.rawValue, "method")
        if central.isStreaming {
            // Written before they were known: zero, or saturated for a zip64 descriptor.
            let saturated = UInt32(ZIPFormat.saturated32)
            try require(checksum == 0 || checksum == central.checksum, "checksum")
            try require([0, saturated].contains(compressedSize) || Int(compressedSize) == central.compressedSize, "compressed size")
            try require([0, saturated].contains(size) || Int(size) == central.size, "size")
        } else {
            let sizes = try extra.resolve([size, compressedSize], entry: central.name)
            try require(checksum == central.checksum, "checksum")
            try require(sizes[1] == central.compressedSize, "compressed size")
            try require(sizes[0] == central.size, "size")
        }
        return reader.position
    }

    /// Checks what stands between the end of an entry's data and the next record: nothing, or the descriptor of an entry that was streamed.
    ///
    /// - Throws: `zip.overlap`, `zip.gap`, `zip.descriptor`.
    static func checkEnd(
        _ bytes: UnsafeRawBufferPointer, of central: ZIPCentralRecord, dataStart: Int, next: Int
    ) throws(ModelError) {
        guard let end = dataStart.adding(central.compressedSize), end <= next else {
            throw ZIPFormat.problem(
                "overlap", "the entry of \(central.compressedSize) bytes reaches over the record at \(next)", entry: central.name,
                at: dataStart)
        }
        guard central.isStreaming else {
            guard end == next else {
                throw ZIPFormat.problem("gap", "\(next - end) bytes that belong to no entry", entry: central.name, at: end)
            }
            return
        }
        // With or without a signature, sizes of 4 or 8 bytes: the distance tells which.
        var reader = ByteReader(UnsafeRawBufferPointer(rebasing: bytes[end..<next]), at: end, format: "zip")
        guard [12, 16, 20, 24].contains(reader.remaining) else {
            throw ZIPFormat.problem(
                "descriptor", "\(reader.remaining) bytes after a streamed entry, its descriptor has 12 to 24", entry: central.name, at: end)
        }
        let hasSignature = [16, 24].contains(reader.remaining)
        let isWide = reader.remaining >= 20
        var agrees = true
        if hasSignature { agrees = try reader.integer(UInt32.self) == ZIPFormat.descriptorSignature }
        agrees = try reader.integer(UInt32.self) == central.checksum && agrees
        for size in [central.compressedSize, central.size] {
            let stored = isWide ? try reader.integer(UInt64.self) : UInt64(try reader.integer(UInt32.self))
            agrees = stored == UInt64(size) && agrees
        }
        guard agrees else {
            throw ZIPFormat.problem(
                "descriptor", "the descriptor after a streamed entry and the directory differ", entry: central.name, at: end)
        }
    }
}
