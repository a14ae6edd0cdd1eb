internal import ByteIO
internal import ModelCore

/// The places of tensors one after the other: each begins where the specification says, or shares an earlier one's bytes.
struct TensorPlaces {
    /// The end of everything so far.
    private(set) var end: Int
    private var hasTensors = false
    private var digests: [Range<Int>: Digest256] = [:]
    private(set) var gaps: [Range<Int>] = []

    /// - Parameter headerEnd: the first byte after the header.
    init(headerEnd: Int) {
        end = headerEnd
    }

    /// Where the next tensor begins; `nil` past all that `Int` can count.
    var next: Int? {
        end.roundedUp(toMultipleOf: hasTensors ? FormatLimits.tensorAlignment : FormatLimits.pageAlignment)
    }

    /// Takes the place of an entry of a file of `fileLength` bytes.
    ///
    /// - Returns: what is wrong with it: `cnnm.tensor-range`, `cnnm.alignment`, `cnnm.overlap`, `cnnm.hole` or `cnnm.shared-digest`.
    mutating func take(_ entry: TensorEntry, fileLength: Int) -> (code: String, message: String)? {
        guard entry.offset >= 0, entry.length > 0, let entryEnd = entry.offset.adding(entry.length), entryEnd <= fileLength, let next else {
            return ("cnnm.tensor-range", "has \(entry.length) bytes from \(entry.offset) on, the file has \(fileLength)")
        }
        if let digest = digests[entry.range] {
            guard digest != entry.digest else { return nil }
            return ("cnnm.shared-digest", "shares the bytes of an earlier tensor and has another digest")
        }
        guard entry.offset % FormatLimits.tensorAlignment == 0, hasTensors || entry.offset % FormatLimits.pageAlignment == 0 else {
            let alignment = hasTensors ? FormatLimits.tensorAlignment : FormatLimits.pageAlignment
            return ("cnnm.alignment", "begins at byte \(entry.offset), which is no multiple of \(alignment)")
        }
        guard entry.offset >= end else {
            return ("cnnm.overlap", "begins at byte \(entry.offset), bytes up to \(end) are taken")
        }
        guard entry.offset == next else {
            return ("cnnm.hole", "begins at byte \(entry.offset), its place is \(next)")
        }
        gaps.append(end..<entry.offset)
        hasTensors = true
        end = entryEnd
        digests[entry.range] = entry.digest
        return nil
    }
}

extension TensorPlaces {
    /// The places of all entries of a file.
    ///
    /// - Throws: the first problem, since all that follow would follow from it: those of `take`, and `cnnm.trailing`.
    static func check(_ entries: [TensorEntry], headerEnd: Int, fileLength: Int) throws(ModelError) -> TensorPlaces {
        var places = TensorPlaces(headerEnd: headerEnd)
        for (index, entry) in entries.enumerated() {
            guard let fault = places.take(entry, fileLength: fileLength) else { continue }
            throw ModelError(
                Problem(
                    fault.code, "the tensor '\(entry.name)' \(fault.message)",
                    at: Location(path: "/tensors/\(index)", byteOffset: entry.offset), hint: wrongHeaderHint))
        }
        guard places.end == fileLength else {
            throw ModelError(
                Problem(
                    "cnnm.trailing", "the file has \(fileLength) bytes, its last tensor ends after \(places.end)",
                    at: Location(byteOffset: places.end), hint: wrongHeaderHint))
        }
        return places
    }
}
