package import ByteIO
package import ModelCore

/// What the header says of one tensor.
package struct TensorEntry: Sendable, Hashable {
    package var name: String
    package var dtype: DType
    package var shape: [Int]
    package var layout: KernelLayout
    /// The first byte, counted from the beginning of the file.
    package var offset: Int
    /// Bytes.
    package var length: Int
    package var digest: Digest256

    /// The bytes in the file. `offset + length` must be within `Int`, which `TensorPlaces` checks.
    package var range: Range<Int> { offset..<offset + length }
}

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
