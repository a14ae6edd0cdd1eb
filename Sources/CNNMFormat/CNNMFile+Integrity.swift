internal import ByteIO
package import ModelCore

extension CNNMFile {
    /// Reads every byte that opening did not: together they leave no bit of the file unchecked.
    ///
    /// - Parameter progress: called now and then with the number of bytes of tensors that were read so far.
    /// - Throws: all of `cnnm.tensor-digest` and `cnnm.gap`, and what `MappedFile.stream` and `MappedFile.requireUnchanged` throw.
    package func checkIntegrity(progress: ((Int) -> Void)? = nil) throws(ModelError) {
        var problems: [Problem] = []
        var checked: Set<Range<Int>> = []
        var count = 0
        for (index, entry) in tensors.enumerated() where problems.count < FormatLimits.problems && checked.insert(entry.range).inserted {
            var hasher = SHA256Hasher()
            try file.stream(entry.range) { piece in
                hasher.update(piece)
                count += piece.count
                progress?(count)
            }
            if hasher.finalize() == entry.digest { continue }
            problems.append(
                Problem(
                    "cnnm.tensor-digest", "the bytes of the tensor '\(entry.name)' have not the SHA-256 that the header gives for them",
                    at: Location(file: file.path, path: "/tensors/\(index)", byteOffset: entry.offset), hint: damageHint))
        }
        for gap in gaps where problems.count < FormatLimits.problems {
            do throws(ModelError) { try Self.checkZeros(file, gap) } catch { problems += error.locating(file: file.path).problems }
        }
        if let error = ModelError(problems) { throw error }
        try file.requireUnchanged()
    }

    /// - Throws: `file.changed` where what was read so far may be of two versions of the file.
    package func requireUnchanged() throws(ModelError) { try file.requireUnchanged() }

    /// - Throws: `cnnm.gap`, and what `MappedFile.stream` throws.
    static func checkZeros(_ file: MappedFile, _ range: Range<Int>) throws(ModelError) {
        var (offset, start): (Int?, Int) = (nil, range.lowerBound)
        try file.stream(range) { piece in
            if offset == nil { offset = piece.firstIndex { $0 != 0 }.map { start + $0 } }
            start += piece.count
        }
        guard let offset else { return }
        throw ModelError(
            Problem(
                "cnnm.gap", "byte \(offset) lies between two parts of the file and is not zero", at: Location(byteOffset: offset), hint: damageHint))
    }
}
