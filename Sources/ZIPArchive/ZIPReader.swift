package import ByteIO
package import ModelCore

/// An archive whose every byte is accounted for: entries lie one after another from the first byte, then the directory, then the end.
///
/// Opening it checks all records against each other and reads no content. Nothing is ever extracted to a file, and names that would be
/// dangerous there are refused nevertheless (see `ZIPName`). Read are methods stored and deflated; zip64; streamed entries (as `torch.save`
/// writes them), if directory and descriptor agree. Not read are comments of an archive.
package struct ZIPReader: Sendable {
    /// In the order of the directory.
    package let entries: [ZIPEntry]
    package let file: MappedFile
    private let positions: [String: Int]

    /// Checks the archive in `file`.
    ///
    /// - Parameter caseMatters: accepts names that differ only in case, where names are never names of files.
    /// - Throws: `zip.*` of the records; `zip.leading-bytes`, `zip.overlap`, `zip.gap`, `zip.descriptor`, `zip.count`, `zip.duplicate-name`,
    ///   `zip.case-duplicate-name`; the path of a location is the entry's name.
    package init(_ file: MappedFile, caseMatters: Bool = false) throws(ModelError) {
        self.file = file
        do throws(ModelError) {
            let records = try file.withBytes { bytes throws(ModelError) in try Self.records(bytes) }
            entries = records
            positions = try Self.index(records, caseMatters: caseMatters)
        } catch {
            throw error.locating(file: file.path)
        }
    }

    /// Whether these first bytes of a file are those of an archive.
    package static func isArchive(_ start: UnsafeRawBufferPointer) -> Bool {
        let signature = start.signature(at: 0)
        return signature == ZIPFormat.localSignature || signature == ZIPFormat.endSignature
    }

    /// The entry of this name, which is looked up as it is.
    package func entry(named name: String) -> ZIPEntry? {
        positions[name].map { entries[$0] }
    }

    /// The content of an entry: a part of the file if stored, else memory of its own, or a temporary file for more than 64 MiB.
    ///
    /// - Parameter limit: the most bytes that the caller is ready to hold.
    /// - Throws: `zip.entry-size` beyond the limit, `zip.deflate`, `zip.inflated-size`, `zip.checksum`, `file.temporary`, and what
    ///   `MappedFile.stream` throws.
    package func content(of entry: ZIPEntry, limit: Int = .max) throws(ModelError) -> ByteRegion {
        do throws(ModelError) {
            guard entry.size <= limit else {
                throw ZIPFormat.problem("entry-size", "an entry of \(entry.size) bytes, the limit is \(limit)", entry: entry.name)
            }
            let content: ByteRegion
            var checksum: UInt32 = 0
            switch entry.method {
            case .stored:
                content = file.region(entry.dataRange)
                try file.stream(entry.dataRange) { checksum = crc32($0, after: checksum) }
            case .deflated:
                content = try file.region(entry.dataRange).withBytes { bytes throws(ModelError) in try inflate(bytes, of: entry) }
                checksum = content.withBytes { crc32($0) }
                content.release()
            }
            guard checksum == entry.checksum else {
                throw ZIPFormat.problem(
                    "checksum", "the checksum of the content is wrong", entry: entry.name, at: entry.dataRange.lowerBound,
                    hint: "the file is damaged: get it again")
            }
            return content
        } catch {
            throw error.locating(file: file.path)
        }
    }

    private static func records(_ bytes: UnsafeRawBufferPointer) throws(ModelError) -> [ZIPEntry] {
        let end = try ZIPEndRecord(bytes)
        let directory = UnsafeRawBufferPointer(rebasing: bytes[end.directory])
        var reader = ByteReader(directory, at: end.directory.lowerBound, format: "zip")
        guard end.entryCount <= directory.count / ZIPFormat.centralSize else {
            throw ZIPFormat.problem("count", "\(end.entryCount) entries in a directory of \(directory.count) bytes", at: reader.position)
        }
        var records: [ZIPCentralRecord] = []
        records.reserveCapacity(end.entryCount)
        for _ in 0..<end.entryCount { records.append(try ZIPCentralRecord(&reader)) }
        guard reader.isAtEnd else {
            throw ZIPFormat.problem("count", "the directory goes on after \(end.entryCount) entries", at: reader.position)
        }
        return try entries(of: records, bytes, directoryStart: end.directory.lowerBound)
    }

    private static func entries(
        of records: [ZIPCentralRecord], _ bytes: UnsafeRawBufferPointer, directoryStart: Int
    ) throws(ModelError) -> [ZIPEntry] {
        var starts: [Int] = []
        for record in records { starts.append(try ZIPLocalRecord.dataStart(bytes, of: record, directoryStart: directoryStart)) }
        // From here on every offset is known to be that of a record.
        let order = records.indices.sorted { records[$0].localOffset < records[$1].localOffset }
        let nexts = order.dropFirst().map { records[$0].localOffset } + [directoryStart]
        let first = order.first.map { records[$0].localOffset } ?? directoryStart
        guard first == 0 else { throw ZIPFormat.problem("leading-bytes", "\(first) bytes before the first entry", at: 0) }
        for (index, next) in zip(order, nexts) {
            try ZIPLocalRecord.checkEnd(bytes, of: records[index], dataStart: starts[index], next: next)
        }
        return zip(records, starts).map { record, start in
            ZIPEntry(
                name: record.name, method: record.method, compressedSize: record.compressedSize, size: record.size,
                checksum: record.checksum, dataRange: start..<start + record.compressedSize)
        }
    }

    private static func index(_ entries: [ZIPEntry], caseMatters: Bool) throws(ModelError) -> [String: Int] {
        var positions: [String: Int] = [:]
        var folded: [String: Int] = [:]
        for (position, entry) in entries.enumerated() {
            guard positions.updateValue(position, forKey: entry.name) == nil else {
                throw ZIPFormat.problem("duplicate-name", "two entries of this name", entry: entry.name)
            }
            if !caseMatters, let other = folded.updateValue(position, forKey: entry.name.lowercased()) {
                throw ZIPFormat.problem(
                    "case-duplicate-name", "the name differs from \(entries[other].name.excerpt) only in case", entry: entry.name)
            }
        }
        return positions
    }
}
