import CHDF5
import ModelCore

/// The bytes that a dataset occupies in its file, checked to be all there and in proportion to what they stand for.
struct Storage: Sendable {
    /// The elements in memory.
    let byteCount: Int
    /// The elements in the file.
    let storedByteCount: Int
    /// How to read them.
    let slabs: SlabPlan

    /// Deflate makes at most 1032 bytes of one.
    private static let greatestExpansion = 1100
    /// How often a chunk may have to be decompressed.
    private static let greatestRereading = 16

    /// - Parameter shape: sizes whose product times eight, with 1 for 0, fits `Int`.
    /// - Throws: `hdf5.incomplete`, `hdf5.too-large`, `hdf5.chunk-size`, `hdf5.chunk-shape`, `hdf5.damaged`.
    init(
        of dataset: borrowing Handle, layout: StorageLayout, shape: [Int], width: Int, in file: HDF5File, at location: Location
    ) throws(ModelError) {
        byteCount = shape.reduce(width, *)
        guard let stored = Int(exactly: H5Dget_storage_size(dataset.id)) else { throw Library.damaged("has no size", at: location) }
        storedByteCount = stored
        slabs = SlabPlan(shape: shape, width: width, chunk: layout.chunk)
        guard byteCount > 0 else { return }
        guard let chunk = layout.chunk else {
            try checkPlain(dataset, in: file, at: location)
            return
        }
        try checkChunks(dataset, chunk: chunk, isDeflated: layout.isDeflated, shape: shape, width: width, at: location)
    }

    private func checkPlain(_ dataset: borrowing Handle, in file: HDF5File, at location: Location) throws(ModelError) {
        guard storedByteCount == byteCount else {
            throw ModelError(Problem("hdf5.incomplete", "has \(storedByteCount) bytes, its shape needs \(byteCount)", at: location))
        }
        // Undefined for a compact dataset, whose elements are in its header.
        let offset = H5Dget_offset(dataset.id)
        guard offset != cnn_h5_no_address() else { return }
        guard let end = Int(exactly: offset)?.adding(byteCount), end <= file.byteCount else {
            throw ModelError(Problem("hdf5.damaged", "lies past the end of the file", at: location))
        }
    }

    private func checkChunks(
        _ dataset: borrowing Handle, chunk: [Int], isDeflated: Bool, shape: [Int], width: Int, at location: Location
    ) throws(ModelError) {
        guard chunk.count == shape.count else { throw Library.damaged("has chunks of another rank", at: location) }
        guard let chunkByteCount = chunk.checkedProduct?.multiplied(by: width), chunkByteCount <= StorageLayout.greatestChunkByteCount
        else {
            throw ModelError(Problem("hdf5.chunk-size", "has chunks of shape \(chunk), which are too large", at: location))
        }
        let space = try Handle(H5Dget_space(dataset.id), orThrow: "has no dataspace", at: location)
        var found: hsize_t = 0
        guard H5Dget_num_chunks(dataset.id, space.id, &found) >= 0 else {
            throw Library.damaged("its chunks cannot be counted", at: location)
        }
        let grid = zip(shape, chunk).map { size, step in (size - 1) / step + 1 }
        guard let expected = grid.checkedProduct, found == hsize_t(expected) else {
            throw ModelError(Problem("hdf5.incomplete", "has \(found) of its \(grid) chunks", at: location))
        }
        // Chunks at the edges are stored whole.
        guard let inflated = expected.multiplied(by: chunkByteCount),
            inflated <= (storedByteCount.multiplied(by: isDeflated ? Self.greatestExpansion : 1) ?? .max)
        else {
            throw ModelError(
                Problem(
                    "hdf5.too-large", "has \(storedByteCount) bytes in the file for the \(byteCount) bytes that it declares", at: location))
        }
        guard slabs.readingsPerChunk <= Self.greatestRereading else {
            throw ModelError(
                Problem("hdf5.chunk-shape", "has chunks of shape \(chunk), with which it cannot be read in order", at: location))
        }
    }
}
