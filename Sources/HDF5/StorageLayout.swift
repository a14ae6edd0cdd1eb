import CHDF5
import ModelCore

/// How a dataset is stored, as its creation properties say.
struct StorageLayout {
    /// A chunk is read and decompressed as a whole.
    static let greatestChunkByteCount = 64 << 20

    /// The shape of a chunk; `nil` where the elements are stored in one piece.
    let chunk: [Int]?
    let isDeflated: Bool

    /// - Throws: `hdf5.virtual-dataset`, `hdf5.external-storage`, `hdf5.filter`, `hdf5.chunk-size`, `hdf5.damaged`.
    init(of dataset: borrowing Handle, at location: Location) throws(ModelError) {
        let properties = try Handle(H5Dget_create_plist(dataset.id), orThrow: "has no creation properties", at: location)
        guard H5Pget_external_count(properties.id) == 0 else {
            throw ModelError(Problem("hdf5.external-storage", "keeps its elements in another file, which is not opened", at: location))
        }
        isDeflated = try Self.checkFilters(properties, at: location)
        switch H5Pget_layout(properties.id) {
        case H5D_COMPACT, H5D_CONTIGUOUS: chunk = nil
        case H5D_CHUNKED: chunk = try Self.chunk(properties, at: location)
        case H5D_VIRTUAL:
            throw ModelError(Problem("hdf5.virtual-dataset", "is put together from other datasets, which are not opened", at: location))
        default: throw Library.damaged("has no known layout", at: location)
        }
    }

    /// Whether one of the filters is deflate.
    private static func checkFilters(_ properties: borrowing Handle, at location: Location) throws(ModelError) -> Bool {
        let count = H5Pget_nfilters(properties.id)
        guard (0...32).contains(count) else { throw Library.damaged("has no list of filters", at: location) }
        var isDeflated = false
        for index in 0..<UInt32(count) {
            var flags: UInt32 = 0, settings = 0, configuration: UInt32 = 0
            let filter = H5Pget_filter2(properties.id, index, &flags, &settings, nil, 0, nil, &configuration)
            switch filter {
            case H5Z_FILTER_DEFLATE: isDeflated = true
            case H5Z_FILTER_SHUFFLE, H5Z_FILTER_FLETCHER32: break
            case ..<0: throw Library.damaged("has an unreadable filter", at: location)
            default:
                throw ModelError(
                    Problem(
                        "hdf5.filter", "is stored with filter \(filter), only deflate, shuffle and fletcher32 are known", at: location,
                        hint: "save it with gzip or without compression"))
            }
        }
        return isDeflated
    }

    private static func chunk(_ properties: borrowing Handle, at location: Location) throws(ModelError) -> [Int] {
        var sizes = [hsize_t](repeating: 0, count: 32)
        let rank = H5Pget_chunk(properties.id, 32, &sizes)
        guard (1...32).contains(rank) else { throw Library.damaged("has no chunk shape", at: location) }
        let chunk = sizes.prefix(Int(rank)).map { Int(clamping: $0) }
        guard chunk.allSatisfy({ $0 > 0 }), let count = chunk.checkedProduct, count <= greatestChunkByteCount else {
            throw ModelError(Problem("hdf5.chunk-size", "has chunks of shape \(chunk), which are too large", at: location))
        }
        return chunk
    }
}
