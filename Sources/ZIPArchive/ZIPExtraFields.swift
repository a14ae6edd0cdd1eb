internal import ByteIO
internal import ModelCore

/// The extra fields of a record, of which only zip64 means anything here.
struct ZIPExtraFields {
    /// The values of the zip64 field, each 8 bytes; `nil` without that field.
    private let zip64: [UInt64]?
    private let offset: Int

    /// - Throws: `zip.extra-field` for fields that do not fill the space, a second zip64 field, or a field that gives the entry another name.
    init(_ bytes: UnsafeRawBufferPointer, at offset: Int, entry: String) throws(ModelError) {
        var reader = ByteReader(bytes, at: offset, format: "zip")
        var zip64: [UInt64]?
        while !reader.isAtEnd {
            let start = reader.position
            guard reader.remaining >= 4 else {
                throw ZIPFormat.problem("extra-field", "the extra fields do not fill their space", entry: entry, at: start)
            }
            let identifier = try reader.integer(UInt16.self)
            let size = Int(try reader.integer(UInt16.self))
            guard size <= reader.remaining else {
                throw ZIPFormat.problem("extra-field", "the extra fields do not fill their space", entry: entry, at: start)
            }
            var content = ByteReader(try reader.slice(size), at: start + 4, format: "zip")
            if identifier == ZIPFormat.unicodePathField {
                throw ZIPFormat.problem("extra-field", "an extra field gives the entry another name", entry: entry, at: start)
            }
            guard identifier == ZIPFormat.zip64Field else { continue }
            guard zip64 == nil else { throw ZIPFormat.problem("extra-field", "two zip64 fields", entry: entry, at: start) }
            var values: [UInt64] = []
            while content.remaining >= 8 { values.append(try content.integer(UInt64.self)) }
            zip64 = values
        }
        self.zip64 = zip64
        self.offset = offset
    }

    /// The values of `fields`, a saturated one replaced by the next of the zip64 field.
    ///
    /// - Throws: `zip.zip64` where the zip64 field is missing, too short, or has a number beyond 2^63.
    func resolve(_ fields: [UInt32], entry: String) throws(ModelError) -> [Int] {
        var rest = (zip64 ?? [])[...]
        var values: [Int] = []
        for field in fields {
            guard Int(field) == ZIPFormat.saturated32 else {
                values.append(Int(field))
                continue
            }
            guard let value = rest.popFirst() else {
                throw ZIPFormat.problem("zip64", "a size or offset is in a zip64 field that is not there", entry: entry, at: offset)
            }
            guard let value = Int(exactly: value) else {
                throw ZIPFormat.problem("zip64", "the zip64 field has a number beyond 2^63", entry: entry, at: offset)
            }
            values.append(value)
        }
        return values
    }
}
