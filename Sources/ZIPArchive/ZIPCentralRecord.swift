internal import ByteIO
internal import ModelCore

/// What the directory says of one entry.
struct ZIPCentralRecord {
    let name: String
    let nameBytes: [UInt8]
    let flags: UInt16
    let method: ZIPEntry.Method
    let checksum: UInt32
    let compressedSize: Int
    let size: Int
    /// Where the local record is.
    let localOffset: Int
    /// Where this record is.
    let offset: Int

    var isStreaming: Bool { flags & ZIPFormat.Flag.streaming != 0 }

    /// Reads the record at the cursor.
    ///
    /// - Throws: `zip.directory`, `zip.truncated`, `zip.encrypted`, `zip.flags`, `zip.method`, `zip.multiple-disks`, `zip.not-a-file`,
    ///   `zip.stored-size`, `zip.inflated-size`, and what names and extra fields throw.
    init(_ reader: inout ByteReader) throws(ModelError) {
        offset = reader.position
        guard try reader.integer(UInt32.self) == ZIPFormat.centralSignature else {
            throw ZIPFormat.problem("directory", "no directory record where one was expected", at: offset)
        }
        // Versions made by and needed: what an entry needs shows in its flags and its method.
        try reader.skip(4)
        flags = try reader.integer(UInt16.self)
        let methodNumber = try reader.integer(UInt16.self)
        // The time of modification.
        try reader.skip(4)
        checksum = try reader.integer(UInt32.self)
        let sizes = [try reader.integer(UInt32.self), try reader.integer(UInt32.self)]
        let nameLength = Int(try reader.integer(UInt16.self))
        let extraLength = Int(try reader.integer(UInt16.self))
        let commentLength = Int(try reader.integer(UInt16.self))
        let disk = try reader.integer(UInt16.self)
        // Internal attributes.
        try reader.skip(2)
        let attributes = try reader.integer(UInt32.self)
        let localOffset32 = try reader.integer(UInt32.self)

        let rawName = try reader.slice(nameLength)
        nameBytes = Array(rawName)
        name = try ZIPName.read(rawName, isUTF8: flags & ZIPFormat.Flag.utf8 != 0, at: offset)
        let extraOffset = reader.position
        let extra = try ZIPExtraFields(try reader.slice(extraLength), at: extraOffset, entry: name)
        try reader.skip(commentLength)

        guard flags & ZIPFormat.Flag.anyEncryption == 0 else {
            throw ZIPFormat.problem("encrypted", "the entry is encrypted", entry: name, at: offset)
        }
        guard flags & ~ZIPFormat.Flag.accepted == 0 else {
            throw ZIPFormat.problem(
                "flags", "the entry has flags 0x\(String(flags, radix: 16)), not all supported", entry: name, at: offset)
        }
        guard let method = ZIPEntry.Method(rawValue: methodNumber) else {
            throw ZIPFormat.problem(
                "method", "the entry has compression method \(methodNumber), supported are 0 (stored) and 8 (deflated)", entry: name,
                at: offset)
        }
        self.method = method
        guard disk == 0 else { throw ZIPFormat.problem("multiple-disks", "the entry is in another part", entry: name, at: offset) }
        // In the order of the zip64 field.
        let values = try extra.resolve([sizes[1], sizes[0], localOffset32], entry: name)
        size = values[0]
        compressedSize = values[1]
        localOffset = values[2]
        try checkKind(attributes)
        try checkSizes()
    }

    /// The upper half of the attributes is the mode of a file on Unix, or 0.
    private func checkKind(_ attributes: UInt32) throws(ModelError) {
        let isFolder = name.utf8.last == UInt8(ascii: "/")
        switch (attributes >> 28, isFolder) {
        case (0, _), (0x8, false), (0x4, true): break
        case (0xA, _): throw ZIPFormat.problem("not-a-file", "the entry is a symbolic link", entry: name, at: offset)
        default: throw ZIPFormat.problem("not-a-file", "the entry is neither a file nor a folder", entry: name, at: offset)
        }
        if isFolder, size != 0 { throw ZIPFormat.problem("not-a-file", "a folder with \(size) bytes", entry: name, at: offset) }
    }

    private func checkSizes() throws(ModelError) {
        switch method {
        case .stored:
            guard compressedSize == size else {
                throw ZIPFormat.problem(
                    "stored-size", "a stored entry of \(compressedSize) bytes is said to have \(size)", entry: name, at: offset)
            }
        case .deflated:
            // Deflate makes at most 258 bytes of 2 bits, so that a larger claim cannot be true and needs no memory to refute.
            guard size / 1032 <= compressedSize else {
                throw ZIPFormat.problem(
                    "inflated-size", "\(size) bytes cannot come out of \(compressedSize) deflated ones", entry: name, at: offset)
            }
        }
    }
}
