package import ByteIO
package import ModelCore

/// An array as a `.npy` file holds it: elements of some type in some order, converted when they are asked for.
package struct NumpyArray: Sendable {
    /// One size per axis, outermost first; none for a single number.
    package let shape: [Int]
    package let type: NumpyType
    /// Whether the first axis varies fastest among the elements in `data`.
    package let isFortranOrder: Bool
    /// The elements as they are stored.
    package let data: ByteRegion

    /// The number of elements, 1 for no axes.
    package var count: Int { data.bytes.count / type.kind.byteCount }

    /// Reads the `.npy` file at `path`.
    ///
    /// - Throws: `file.*`, `npy.*`.
    package init(path: String) throws(ModelError) {
        let file = try MappedFile(path: path)
        do throws(ModelError) {
            try self.init(npy: file.region(0..<file.size))
        } catch {
            throw error.locating(file: path)
        }
    }

    /// Reads a `.npy` file in memory; the elements are not copied.
    ///
    /// - Throws: `npy.*` of the header; `npy.truncated` and `npy.trailing-bytes` where there are not exactly as many elements as the shape says.
    package init(npy region: ByteRegion) throws(ModelError) {
        var reader = ByteReader(region.bytes, format: "npy")
        defer { withExtendedLifetime(region) {} }
        let header = try NumpyHeader(&reader)
        let start = reader.position
        guard reader.remaining >= header.byteCount else {
            throw npyProblem(
                "truncated", "the shape \(header.shape) needs \(header.byteCount) bytes, \(reader.remaining) remain", at: start,
                hint: "the file may have been cut short")
        }
        guard reader.remaining == header.byteCount else {
            throw npyProblem("trailing-bytes", "\(reader.remaining - header.byteCount) bytes after the array", at: start + header.byteCount)
        }
        shape = header.shape
        type = header.type
        isFortranOrder = header.isFortranOrder
        data = ByteRegion(try reader.slice(header.byteCount), of: region)
    }
}

// MARK: - Writing

extension NumpyArray {
    /// Writes a tensor as the `.npy` file `path`, the same bytes that NumPy 2 writes.
    ///
    /// - Parameter inputs: files that must not be the output under any name.
    /// - Throws: `output.*`.
    package static func write(_ tensor: Tensor<Float>, to path: String, inputs: [String] = []) throws(ModelError) {
        try write(NumpyHeader(shape: tensor.shape, type: NumpyType(.float32)), tensor.scalars, to: path, inputs)
    }

    /// The same for 64-bit floats.
    package static func write(_ tensor: Tensor<Double>, to path: String, inputs: [String] = []) throws(ModelError) {
        try write(NumpyHeader(shape: tensor.shape, type: NumpyType(.float64)), tensor.scalars, to: path, inputs)
    }

    private static func write<Scalar>(
        _ header: NumpyHeader, _ scalars: [Scalar], to path: String, _ inputs: [String]
    ) throws(ModelError) {
        var output = try AtomicOutput(path: path, inputs: inputs)
        try output.append(header.bytes)
        try scalars.withUnsafeBufferPointer { buffer throws(ModelError) in try output.append(UnsafeRawBufferPointer(buffer)) }
        try output.commit()
    }
}
