package import ByteIO
package import ModelCore
internal import ZIPArchive

/// The named arrays of a `.npz` file, read when they are asked for.
package struct NumpyArchive: Sendable {
    /// In the order of the file. Case matters.
    package let names: [String]
    private let reader: ZIPReader

    /// The most memory that one compressed array may ask for; arrays that are not compressed need none.
    package static let inflatedLimit = 1 << 31

    /// Opens the archive at `path`.
    ///
    /// - Throws: `file.*`, `zip.*`; `npz.entry` for an entry that is no array.
    package init(path: String) throws(ModelError) {
        try self.init(MappedFile(path: path))
    }

    /// Opens the archive in `file`.
    package init(_ file: MappedFile) throws(ModelError) {
        reader = try ZIPReader(file, caseMatters: true)
        var names: [String] = []
        for entry in reader.entries {
            guard entry.name.hasSuffix(Self.suffix) else {
                throw ModelError(
                    Problem(
                        "npz.entry", "the entry is not an array: its name does not end with \(Self.suffix)",
                        at: Location(file: file.path, path: entry.name)))
            }
            names.append(String(entry.name.dropLast(Self.suffix.count)))
        }
        self.names = names
    }

    /// The array of this name, `nil` if there is none.
    ///
    /// - Throws: `zip.checksum` and its like, `npy.*`.
    package func array(named name: String) throws(ModelError) -> NumpyArray? {
        guard let entry = reader.entry(named: name + Self.suffix) else { return nil }
        let content = try reader.content(of: entry, limit: entry.method == .stored ? .max : Self.inflatedLimit)
        do throws(ModelError) {
            return try NumpyArray(npy: content)
        } catch {
            throw error.locating(file: reader.file.path, path: entry.name)
        }
    }

    fileprivate static let suffix = ".npy"
}

/// Writes a `.npz` file, array by array, not compressed; `numpy.load` maps and reads it.
package struct NumpyArchiveWriter: ~Copyable {
    private var writer: ZIPWriter

    /// Creates the file at `path`, where it appears with `commit`.
    ///
    /// - Parameter inputs: files that must not be the output under any name.
    /// - Throws: `output.*`.
    package init(path: String, inputs: [String] = []) throws(ModelError) {
        writer = ZIPWriter(try AtomicOutput(path: path, inputs: inputs))
    }

    /// Adds an array.
    ///
    /// - Throws: `zip.unsafe-name`, `zip.duplicate-name`, `output.write-failed`.
    package mutating func add(_ name: String, _ tensor: Tensor<Float>) throws(ModelError) {
        try add(name, NumpyHeader(shape: tensor.shape, type: NumpyType(.float32)), tensor.scalars)
    }

    /// The same for 64-bit floats.
    package mutating func add(_ name: String, _ tensor: Tensor<Double>) throws(ModelError) {
        try add(name, NumpyHeader(shape: tensor.shape, type: NumpyType(.float64)), tensor.scalars)
    }

    private mutating func add<Scalar>(_ name: String, _ header: NumpyHeader, _ scalars: [Scalar]) throws(ModelError) {
        let start = header.bytes
        try writer.begin(name + NumpyArchive.suffix, size: start.count + header.byteCount)
        try writer.append(start)
        try scalars.withUnsafeBufferPointer { buffer throws(ModelError) in try writer.append(UnsafeRawBufferPointer(buffer)) }
        try writer.end()
    }

    /// Completes the file and gives it its name.
    ///
    /// - Throws: `output.write-failed`.
    package consuming func commit() throws(ModelError) {
        try writer.commit()
    }
}

extension ModelError {
    /// The same problems in `path` of `file`.
    fileprivate func locating(file: String, path: String) -> ModelError {
        let located = problems.map { problem in
            var location = problem.location
            location.file = file
            location.path = path
            return Problem(problem.code, problem.message, kind: problem.kind, at: location, hint: problem.hint, causes: problem.causes)
        }
        return ModelError(located) ?? self
    }
}
