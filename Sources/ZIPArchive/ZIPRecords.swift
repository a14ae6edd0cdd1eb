internal import ModelCore

/// The records of archives that are written.
struct ZIPRecords {
    /// Whether zip64 is used where it is not needed.
    let forcesZIP64: Bool

    /// What the directory says of an entry.
    struct Entry {
        let name: String
        let size: Int
        let checksum: UInt32
        let localOffset: Int
    }

    private static let version: UInt16 = 20
    private static let zip64Version: UInt16 = 45
    /// The mode of a regular file, `rw-r--r--`.
    private static let attributes: UInt32 = 0o100644 << 16
    /// 1980-01-01 as the format has it: bits of year since 1980, month, day.
    private static let date: UInt16 = 1 << 5 | 1

    private func needsZIP64(_ value: Int, limit: Int = ZIPFormat.saturated32) -> Bool {
        forcesZIP64 || value >= limit
    }

    /// Flags to date: what both records of an entry have in common.
    private func appendCommon(_ isZIP64: Bool, _ name: String, to record: inout LittleEndianBytes) {
        record.append(isZIP64 ? Self.zip64Version : Self.version)
        record.append(name.utf8.allSatisfy { $0 < 0x80 } ? 0 : ZIPFormat.Flag.utf8)
        record.append(ZIPEntry.Method.stored.rawValue)
        record.append(UInt16(0))
        record.append(Self.date)
    }

    /// The record before an entry's data, so long that the data is aligned; its checksum is 0 and written over later.
    func local(_ name: String, size: Int, at offset: Int) -> [UInt8] {
        let isZIP64 = needsZIP64(size)
        var extra = LittleEndianBytes { extra in
            guard isZIP64 else { return }
            extra.append(ZIPFormat.zip64Field)
            extra.append(UInt16(16))
            extra.append(UInt64(size))
            extra.append(UInt64(size))
        }
        // Android's alignment field: the alignment, then as many zeros as it takes.
        let unpadded = offset + ZIPFormat.localSize + name.utf8.count + extra.bytes.count + 6
        let padding = (ZIPWriter.alignment - unpadded % ZIPWriter.alignment) % ZIPWriter.alignment
        extra.append(ZIPFormat.alignmentField)
        extra.append(UInt16(2 + padding))
        extra.append(UInt16(ZIPWriter.alignment))
        extra.bytes += [UInt8](repeating: 0, count: padding)
        let storedSize = isZIP64 ? UInt32.max : UInt32(truncatingIfNeeded: size)
        return LittleEndianBytes { record in
            record.append(ZIPFormat.localSignature)
            appendCommon(isZIP64, name, to: &record)
            record.append(UInt32(0))
            record.append(storedSize)
            record.append(storedSize)
            record.append(UInt16(truncatingIfNeeded: name.utf8.count))
            record.append(UInt16(truncatingIfNeeded: extra.bytes.count))
            record.bytes += Array(name.utf8) + extra.bytes
        }.bytes
    }

    /// The record of the directory.
    func central(_ entry: Entry) -> [UInt8] {
        let isLarge = needsZIP64(entry.size)
        let isFar = needsZIP64(entry.localOffset)
        let values = (isLarge ? [entry.size, entry.size] : []) + (isFar ? [entry.localOffset] : [])
        let extra = LittleEndianBytes { extra in
            guard !values.isEmpty else { return }
            extra.append(ZIPFormat.zip64Field)
            extra.append(UInt16(8 * values.count))
            for value in values { extra.append(UInt64(value)) }
        }
        let storedSize = isLarge ? UInt32.max : UInt32(truncatingIfNeeded: entry.size)
        return LittleEndianBytes { record in
            record.append(ZIPFormat.centralSignature)
            // Made on Unix: of the systems, the one for which every reader takes names as UTF-8.
            record.append(3 << 8 | Self.zip64Version)
            appendCommon(isLarge || isFar, entry.name, to: &record)
            record.append(entry.checksum)
            record.append(storedSize)
            record.append(storedSize)
            record.append(UInt16(truncatingIfNeeded: entry.name.utf8.count))
            record.append(UInt16(truncatingIfNeeded: extra.bytes.count))
            // Comment length, disk, internal attributes.
            record.bytes += [UInt8](repeating: 0, count: 6)
            record.append(Self.attributes)
            record.append(isFar ? UInt32.max : UInt32(truncatingIfNeeded: entry.localOffset))
            record.bytes += Array(entry.name.utf8) + extra.bytes
        }.bytes
    }

    /// What comes after the directory.
    func end(count: Int, directoryStart start: Int, directoryEnd end: Int) -> [UInt8] {
        let isZIP64 = needsZIP64(end) || needsZIP64(count, limit: ZIPFormat.saturated16)
        return LittleEndianBytes { record in
            if isZIP64 {
                record.append(ZIPFormat.zip64EndSignature)
                record.append(UInt64(ZIPFormat.zip64EndSize - 12))
                record.append(Self.zip64Version)
                record.append(Self.zip64Version)
                record.append(UInt64(0))
                for value in [count, count, end - start, start] { record.append(UInt64(value)) }
                record.append(ZIPFormat.zip64LocatorSignature)
                record.append(UInt32(0))
                record.append(UInt64(end))
                record.append(UInt32(1))
            }
            record.append(ZIPFormat.endSignature)
            record.append(UInt32(0))
            let storedCount = isZIP64 ? UInt16.max : UInt16(truncatingIfNeeded: count)
            record.append(storedCount)
            record.append(storedCount)
            record.append(isZIP64 ? UInt32.max : UInt32(truncatingIfNeeded: end - start))
            record.append(isZIP64 ? UInt32.max : UInt32(truncatingIfNeeded: start))
            record.append(UInt16(0))
        }.bytes
    }
}

/// A record in the making.
struct LittleEndianBytes {
    var bytes: [UInt8] = []

    init(_ fill: (inout LittleEndianBytes) -> Void) {
        fill(&self)
    }

    mutating func append(_ word: some FixedWidthInteger) {
        withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) }
    }
}
