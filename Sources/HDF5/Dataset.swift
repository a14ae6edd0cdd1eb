internal import CHDF5
package import ModelCore
import Synchronization

/// What the header of a dataset says, checked against what the file holds. No element has been read.
package struct HDF5Dataset: Sendable {
    package let path: String
    package let dtype: DType
    package let shape: [Int]
    /// Equal for two paths that lead to one dataset.
    package let address: HDF5Address
    let storage: Storage

    /// How many bytes the elements take up in memory.
    package var byteCount: Int { storage.byteCount }
}

extension HDF5File {
    /// The dataset at `path`, with every check that its header allows.
    ///
    /// - Throws: `hdf5.missing`, `hdf5.not-dataset`, `hdf5.element-type`, `hdf5.null-dataspace`, `hdf5.too-large`, the codes of links,
    ///   `hdf5.too-deep`, those of `Storage`, `hdf5.overlap`, `hdf5.damaged`.
    package func dataset(at path: String) throws(ModelError) -> HDF5Dataset {
        let blocks = try blockType(at: path)
        return try Library.locked { () throws(ModelError) in
            let location = location(path)
            let object = try open(path)
            guard try kind(of: object, at: location) == .dataset else {
                throw ModelError(Problem("hdf5.not-dataset", "is not a dataset", at: location))
            }
            // Before the dataspace: to ask a virtual dataset for it opens other files.
            let layout = try StorageLayout(of: object, at: location)
            let type = try Handle(H5Dget_type(object.id), orThrow: "has no element type", at: location)
            let dtype = try ElementType.dtype(of: type, blocks: blocks, at: location)
            let shape = try shape(of: object, at: location)
            let storage = try Storage(of: object, layout: layout, shape: shape, width: dtype.byteCount, in: self, at: location)
            let address = try address(of: object, at: location)
            try claim(storage.storedByteCount, for: address, at: location)
            return HDF5Dataset(path: path, dtype: dtype, shape: shape, address: address, storage: storage)
        }
    }

    /// What a dataset of blocks of bytes holds by its attribute `dtype`: Keras 3 writes numbers so for which NumPy has no type.
    private func blockType(at path: String) throws(ModelError) -> DType? {
        let isOfBlocks = try Library.locked { () throws(ModelError) in
            let object = try open(path)
            guard try kind(of: object, at: location(path)) == .dataset else { return false }
            return try ElementType.isOfBlocks(Handle(H5Dget_type(object.id), orThrow: "has no element type", at: location(path)))
        }
        return isOfBlocks ? try strings(ofAttribute: "dtype", of: path)?.first.flatMap(DType.init) : nil
    }

    private func shape(of dataset: borrowing Handle, at location: Location) throws(ModelError) -> [Int] {
        let space = try Handle(H5Dget_space(dataset.id), orThrow: "has no dataspace", at: location)
        switch H5Sget_simple_extent_type(space.id) {
        case H5S_SCALAR: return []
        case H5S_NULL: throw ModelError(Problem("hdf5.null-dataspace", "has no elements and no shape", at: location))
        case H5S_SIMPLE: break
        default: throw Library.damaged("has a dataspace of no known kind", at: location)
        }
        let rank = H5Sget_simple_extent_ndims(space.id)
        guard (1...32).contains(rank) else { throw Library.damaged("has \(rank) axes", at: location) }
        var sizes = [hsize_t](repeating: 0, count: Int(rank))
        guard H5Sget_simple_extent_dims(space.id, &sizes, nil) == rank else { throw Library.damaged("has no shape", at: location) }
        let shape = sizes.compactMap { Int(exactly: $0) }
        guard shape.count == sizes.count, shape.map({ max($0, 1) }).checkedProduct?.multiplied(by: 8) != nil else {
            throw ModelError(Problem("hdf5.too-large", "has more elements than can be counted: \(sizes)", at: location))
        }
        return shape
    }

    /// The bytes of different datasets do not overlap, so together they fit into the file.
    private func claim(_ count: Int, for address: HDF5Address, at location: Location) throws(ModelError) {
        let total = claims.withLock { claims in
            if claims.addresses.insert(address).inserted { claims.total = claims.total.adding(count) ?? .max }
            return claims.total
        }
        guard total <= byteCount else {
            throw ModelError(Problem("hdf5.overlap", "and the datasets before it take up more bytes than the file has", at: location))
        }
    }
}
