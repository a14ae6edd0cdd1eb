internal import ByteIO
internal import ModelCore

/// What the end of an archive says about its directory.
struct ZIPEndRecord {
    let entryCount: Int
    let directory: Range<Int>

    /// Archives of more entries are refused.
    static let entryLimit = 100_000

    /// Reads the end record and the zip64 end record before it, if there is one.
    ///
    /// - Throws: `zip.no-end-record`, `zip.comment`, `zip.trailing-bytes`, `zip.multiple-disks`, `zip.count`, `zip.too-many-entries`,
    ///   `zip.zip64`, `zip.two-end-records`, `zip.directory`.
    init(_ bytes: UnsafeRawBufferPointer) throws(ModelError) {
        let end = try Self.position(bytes)
        var record = try Fields(bytes, at: end)
        var directoryEnd = end
        if let zip64 = try Self.zip64(bytes, before: end) {
            try record.merge(zip64.fields, at: end)
            directoryEnd = zip64.position
        }
        guard record.entryCount <= Self.entryLimit else {
            throw ZIPFormat.problem("too-many-entries", "\(record.entryCount) entries, the limit is \(Self.entryLimit)", at: end)
        }
        let recordEnd = record.directoryOffset.adding(record.directorySize)
        guard recordEnd == directoryEnd else {
            if let recordEnd, recordEnd < end, bytes.signature(at: recordEnd) == ZIPFormat.endSignature {
                throw ZIPFormat.problem("two-end-records", "two end records, only one is allowed", at: recordEnd)
            }
            throw ZIPFormat.problem(
                "directory",
                "the directory is said to be at \(record.directoryOffset) with \(record.directorySize) bytes, but must end at \(directoryEnd)",
                at: end)
        }
        entryCount = record.entryCount
        directory = record.directoryOffset..<directoryEnd
    }

    /// Where the end record is: right at the end, for archive comments are refused.
    private static func position(_ bytes: UnsafeRawBufferPointer) throws(ModelError) -> Int {
        let last = bytes.count - ZIPFormat.endSize
        guard last >= 0 else {
            throw ZIPFormat.problem("no-end-record", "\(bytes.count) bytes are too few for an archive", at: 0)
        }
        if bytes.signature(at: last) == ZIPFormat.endSignature, bytes.integer(UInt16.self, at: last + 20) == 0 { return last }
        for position in stride(from: last, through: Swift.max(0, last - 0xFFFF), by: -1)
        where bytes.signature(at: position) == ZIPFormat.endSignature {
            let commentLength = Int(bytes.integer(UInt16.self, at: position + 20))
            if position + ZIPFormat.endSize + commentLength == bytes.count {
                throw ZIPFormat.problem(
                    "comment", "the archive has a comment, which is not supported", at: position + ZIPFormat.endSize,
                    hint: "zip -z removes it")
            }
            throw ZIPFormat.problem("trailing-bytes", "bytes after the end of the archive", at: position + ZIPFormat.endSize)
        }
        throw ZIPFormat.problem(
            "no-end-record", "the end record of the archive is missing", at: bytes.count, hint: "the file may have been cut short")
    }

    private static func zip64(
        _ bytes: UnsafeRawBufferPointer, before end: Int
    ) throws(ModelError) -> (fields: Fields, position: Int)? {
        let locator = end - ZIPFormat.zip64LocatorSize
        guard locator >= 0, bytes.signature(at: locator) == ZIPFormat.zip64LocatorSignature else { return nil }
        let position = locator - ZIPFormat.zip64EndSize
        guard position >= 0, bytes.integer(UInt64.self, at: locator + 8) == UInt64(position),
            bytes.signature(at: position) == ZIPFormat.zip64EndSignature
        else { throw ZIPFormat.problem("zip64", "the zip64 end record is not right before its locator", at: locator) }
        guard bytes.integer(UInt32.self, at: locator + 4) == 0, bytes.integer(UInt32.self, at: locator + 16) == 1 else {
            throw ZIPFormat.problem("multiple-disks", "the archive is one part of several", at: locator)
        }
        guard bytes.integer(UInt64.self, at: position + 4) == UInt64(ZIPFormat.zip64EndSize - 12) else {
            throw ZIPFormat.problem("zip64", "the zip64 end record has another size than \(ZIPFormat.zip64EndSize)", at: position)
        }
        return (try Fields(zip64: bytes, at: position), position)
    }
}

/// The fields that end record and zip64 end record share.
private struct Fields {
    var entryCount: Int
    var directorySize: Int
    var directoryOffset: Int

    init(_ bytes: UnsafeRawBufferPointer, at end: Int) throws(ModelError) {
        let disk = bytes.integer(UInt16.self, at: end + 4)
        let directoryDisk = bytes.integer(UInt16.self, at: end + 6)
        let here = bytes.integer(UInt16.self, at: end + 8)
        entryCount = Int(bytes.integer(UInt16.self, at: end + 10))
        directorySize = Int(bytes.integer(UInt32.self, at: end + 12))
        directoryOffset = Int(bytes.integer(UInt32.self, at: end + 16))
        guard disk == 0, directoryDisk == 0, Int(here) == entryCount else {
            throw ZIPFormat.problem("multiple-disks", "the archive is one part of several", at: end)
        }
    }

    init(zip64 bytes: UnsafeRawBufferPointer, at position: Int) throws(ModelError) {
        let here = bytes.integer(UInt64.self, at: position + 24)
        let all = bytes.integer(UInt64.self, at: position + 32)
        guard bytes.integer(UInt64.self, at: position + 16) == 0, here == all else {
            throw ZIPFormat.problem("multiple-disks", "the archive is one part of several", at: position)
        }
        let size = bytes.integer(UInt64.self, at: position + 40)
        let offset = bytes.integer(UInt64.self, at: position + 48)
        guard let all = Int(exactly: all), let size = Int(exactly: size), let offset = Int(exactly: offset) else {
            throw ZIPFormat.problem("zip64", "the zip64 end record has a number beyond 2^63", at: position)
        }
        entryCount = all
        directorySize = size
        directoryOffset = offset
    }

    /// Takes the values of the zip64 record, with which a field that is not saturated must agree.
    mutating func merge(_ zip64: Fields, at end: Int) throws(ModelError) {
        guard [zip64.entryCount, ZIPFormat.saturated16].contains(entryCount),
            [zip64.directorySize, ZIPFormat.saturated32].contains(directorySize),
            [zip64.directoryOffset, ZIPFormat.saturated32].contains(directoryOffset)
        else { throw ZIPFormat.problem("zip64", "the end record and the zip64 end record differ", at: end) }
        self = zip64
    }
}

extension UnsafeRawBufferPointer {
    /// The little-endian integer at `offset`, which must be within the bytes.
    func integer<Word: FixedWidthInteger & BitwiseCopyable>(_: Word.Type, at offset: Int) -> Word {
        Word(littleEndian: loadUnaligned(fromByteOffset: offset, as: Word.self))
    }

    /// The four bytes at `offset` as a number, `nil` where the bytes end before.
    func signature(at offset: Int) -> UInt32? {
        offset >= 0 && offset <= count - 4 ? integer(UInt32.self, at: offset) : nil
    }
}
