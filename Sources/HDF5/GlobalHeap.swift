import ModelCore

/// The collections of the global heap that one attribute refers to.
/// Source of the format: HDF5 File Format Specification 3.0, III.E.
struct GlobalHeap {
    private let file: HDF5Bytes
    /// How many bytes of collections may still be read.
    private var remaining: Int
    /// The objects of each collection that was read, by their index.
    private var collections: [Int: [Int: ArraySlice<UInt8>]] = [:]

    init(_ file: HDF5Bytes, greatestByteCount: Int) {
        self.file = file
        remaining = greatestByteCount
    }

    /// The object of a collection; `nil` where it is not there.
    mutating func object(_ index: Int, ofCollectionAt address: Int) -> ArraySlice<UInt8>? {
        if collections[address] == nil { collections[address] = readCollection(at: address) }
        return collections[address]?[index]
    }

    private mutating func readCollection(at address: Int) -> [Int: ArraySlice<UInt8>]? {
        guard let head = file.bytes(at: address, count: 16), head.starts(with: "GCOL".utf8), head[4] == 1 else { return nil }
        var size = ByteCursor(head.dropFirst(8))
        guard let count = size.integer(8), count <= remaining, let bytes = file.bytes(at: address, count: count) else { return nil }
        remaining -= count
        var objects: [Int: ArraySlice<UInt8>] = [:]
        var cursor = ByteCursor(bytes.dropFirst(16))
        // An object of index 0 is the free space at the end; less than the head of an object may be left over.
        while cursor.rest.count >= 16, let index = cursor.integer(2), index > 0 {
            guard cursor.skip(6), let count = cursor.integer(8), let object = cursor.bytes(count),
                objects.updateValue(object, forKey: index) == nil
            else { return nil }
            _ = cursor.skip(Swift.min((8 - count % 8) % 8, cursor.rest.count))
        }
        return objects
    }
}
