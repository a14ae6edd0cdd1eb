internal import CHDF5
package import ModelCore

extension HDF5File {
    /// The elements of a dataset of this file, to be read when they are wanted. The file stays open as long as the result is kept.
    package func source(of dataset: HDF5Dataset) -> WeightSource {
        let origin = location(dataset.path).path ?? dataset.path
        return WeightSource(dtype: dataset.dtype, shape: dataset.shape, origin: origin) { elements, consumer throws(ModelError) in
            let reader = try DatasetReader(dataset, in: self)
            var start = 0
            for slab in dataset.storage.slabs {
                let whole = start..<start + slab.sizes.reduce(1, *)
                let wanted = whole.clamped(to: elements)
                if !wanted.isEmpty { try reader.read(slab, wanted.lowerBound - start..<wanted.upperBound - start, consumer) }
                start = whole.upperBound
            }
        }
    }
}

/// A dataset that is open while its elements are read. It lives outside of `locked` bodies, so that no consumer runs inside one.
private struct DatasetReader: ~Copyable {
    /// What a consumer is given at a time.
    private static let pieceByteCount = 4 << 20

    private let id: hid_t
    private let dataset: HDF5Dataset
    private let file: HDF5File
    private let location: Location

    init(_ dataset: HDF5Dataset, in file: HDF5File) throws(ModelError) {
        let location = file.location(dataset.path)
        id = try Library.locked { () throws(ModelError) in
            let object = try file.open(dataset.path)
            guard try file.kind(of: object, at: location) == .dataset, try file.address(of: object, at: location) == dataset.address else {
                throw Library.damaged("changed while it was read", at: location)
            }
            _ = H5Iinc_ref(object.id)
            return object.id
        }
        self.dataset = dataset
        self.file = file
        self.location = location
    }

    deinit { Library.close(id) }

    /// Reads one slab and hands on these of its elements in pieces.
    func read(_ slab: SlabPlan.Slab, _ elements: Range<Int>, _ consumer: WeightSource.Consumer) throws(ModelError) {
        let width = dataset.dtype.byteCount
        let byteCount = slab.sizes.reduce(width, *)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 8)
        defer { buffer.deallocate() }
        try Library.locked { () throws(ModelError) in try fill(buffer, with: slab) }
        file.bytes.file.release()
        var start = elements.lowerBound * width
        while start < elements.upperBound * width {
            let end = min(start + Self.pieceByteCount, elements.upperBound * width)
            try consumer(UnsafeRawBufferPointer(rebasing: buffer[start..<end]))
            start = end
        }
    }

    private func fill(_ buffer: UnsafeMutableRawBufferPointer, with slab: SlabPlan.Slab) throws(ModelError) {
        let type = try Handle(H5Dget_type(id), orThrow: "has no element type", at: location)
        let memoryType = try Handle(H5Tcopy(type.id), orThrow: "has no element type", at: location)
        guard try ElementType.dtype(of: type, blocks: dataset.dtype, at: location) == dataset.dtype,
            ElementType.isOfBlocks(type) || H5Tset_order(memoryType.id, H5T_ORDER_LE) >= 0
        else {
            throw Library.damaged("changed while it was read", at: location)
        }
        let fileSpace = try Handle(H5Dget_space(id), orThrow: "has no dataspace", at: location)
        let memorySpace = try select(slab, in: fileSpace)
        guard H5Sget_select_npoints(fileSpace.id) == H5Sget_simple_extent_npoints(memorySpace.id),
            H5Dread(id, memoryType.id, memorySpace.id, fileSpace.id, Library.defaultID, buffer.baseAddress) >= 0
        else { throw Library.damaged("cannot be read", at: location) }
    }

    /// Selects the slab in the dataset's space. The result is the space of the buffer.
    private func select(_ slab: SlabPlan.Slab, in space: borrowing Handle) throws(ModelError) -> Handle {
        guard !slab.sizes.isEmpty else { return try Handle(H5Screate(H5S_SCALAR), orThrow: "cannot be selected", at: location) }
        let start = slab.start.map { hsize_t($0) }
        let sizes = slab.sizes.map { hsize_t($0) }
        guard H5Sget_simple_extent_ndims(space.id) == Int32(sizes.count),
            H5Sselect_hyperslab(space.id, H5S_SELECT_SET, start, nil, sizes, nil) >= 0
        else { throw Library.damaged("cannot be selected", at: location) }
        return try Handle(H5Screate_simple(Int32(sizes.count), sizes, nil), orThrow: "cannot be selected", at: location)
    }
}
