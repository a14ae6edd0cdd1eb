package import ByteIO
package import ModelCore

/// Writes an archive of stored entries, each entry's data at a multiple of 64 bytes of the file, so that a reader may map it.
///
/// The same entries always make the same bytes: all times are 1980-01-01 00:00, the earliest that the format has. zip64 is used where a number
/// does not fit without it. The file appears under its name with `commit`.
package struct ZIPWriter: ~Copyable {
    package static let alignment = 64

    private var output: AtomicOutput
    private var written: [ZIPRecords.Entry] = []
    private var current: Current?
    private var names: Set<String> = []
    private let records: ZIPRecords

    private struct Current {
        let name: String
        let size: Int
        let localOffset: Int
        var written = 0
        var checksum: UInt32 = 0
    }

    /// - Parameters:
    ///   - output: a file to which nothing has been written.
    ///   - forcesZIP64: uses zip64 everywhere, for tests.
    package init(_ output: consuming AtomicOutput, forcesZIP64: Bool = false) {
        self.output = output
        records = ZIPRecords(forcesZIP64: forcesZIP64)
    }

    /// Where the archive is until `commit`.
    package var temporaryPath: String { output.temporaryPath }

    /// Adds an entry whose content is at hand.
    ///
    /// - Throws: as `begin` and `append`.
    package mutating func add(_ name: String, _ content: UnsafeRawBufferPointer) throws(ModelError) {
        try begin(name, size: content.count)
        try append(content)
        try end()
    }

    /// The same for content in an array.
    package mutating func add(_ name: String, _ content: [UInt8]) throws(ModelError) {
        try begin(name, size: content.count)
        try append(content)
        try end()
    }

    /// Begins an entry of `size` bytes, which `append` then gives piece by piece before `end`.
    ///
    /// - Throws: `zip.unsafe-name` and `zip.duplicate-name` for a name that `ZIPReader` would refuse (case matters), `output.write-failed`.
    package mutating func begin(_ name: String, size: Int) throws(ModelError) {
        guard current == nil, size >= 0 else { throw Self.misuse("an entry began inside another, or with \(size) bytes", name) }
        if let fault = ZIPName.fault(of: name) {
            throw ZIPFormat.problem("unsafe-name", "the name \(name.excerpt) \(fault) and cannot be that of an entry", kind: .usage)
        }
        guard names.insert(name).inserted else {
            throw ZIPFormat.problem("duplicate-name", "two entries would have the name \(name.excerpt)", entry: name, kind: .usage)
        }
        current = Current(name: name, size: size, localOffset: output.byteCount)
        try output.append(records.local(name, size: size, at: output.byteCount))
    }

    /// Adds bytes to the entry that has begun.
    ///
    /// - Throws: `zip.misuse` for more bytes than were announced, `output.write-failed`.
    package mutating func append(_ bytes: UnsafeRawBufferPointer) throws(ModelError) {
        guard var entry = current, let count = entry.written.adding(bytes.count), count <= entry.size else {
            throw Self.misuse("more bytes than were announced", current?.name)
        }
        entry.written = count
        entry.checksum = crc32(bytes, after: entry.checksum)
        current = entry
        try output.append(bytes)
    }

    /// The same for bytes in an array.
    package mutating func append(_ bytes: [UInt8]) throws(ModelError) {
        try bytes.withUnsafeBufferPointer { buffer throws(ModelError) in try append(UnsafeRawBufferPointer(buffer)) }
    }

    /// Ends the entry that has begun.
    ///
    /// - Throws: `zip.misuse` for fewer bytes than were announced, `output.write-failed`.
    package mutating func end() throws(ModelError) {
        guard let entry = current, entry.written == entry.size else {
            throw Self.misuse("fewer bytes than were announced", current?.name)
        }
        current = nil
        // The checksum is known only now: the fourth field of the local record.
        let checksum = LittleEndianBytes { $0.append(entry.checksum) }.bytes
        try checksum.withUnsafeBufferPointer { buffer throws(ModelError) in
            try output.write(UnsafeRawBufferPointer(buffer), at: entry.localOffset + 14)
        }
        written.append(ZIPRecords.Entry(name: entry.name, size: entry.size, checksum: entry.checksum, localOffset: entry.localOffset))
    }

    /// Writes the directory and gives the archive its name.
    ///
    /// - Throws: `zip.misuse` inside an entry, `output.write-failed`.
    package consuming func commit() throws(ModelError) {
        try finish().commit()
    }

    /// Writes the directory.
    ///
    /// - Returns: the output, complete and not committed.
    /// - Throws: as `commit`.
    package consuming func finish() throws(ModelError) -> AtomicOutput {
        guard current == nil else { throw Self.misuse("an entry has no end", current?.name) }
        let start = output.byteCount
        for entry in written { try output.append(records.central(entry)) }
        try output.append(records.end(count: written.count, directoryStart: start, directoryEnd: output.byteCount))
        return output
    }

    private static func misuse(_ message: String, _ entry: String?) -> ModelError {
        ZIPFormat.problem("misuse", message, entry: entry, kind: .fault)
    }
}
