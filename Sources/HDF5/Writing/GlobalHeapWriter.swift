internal import ByteIO
internal import ModelCore

/// Where strings of variable length are kept: collections of 4 KiB, or one of its own for a string that is larger.
/// Source of the format: HDF5 File Format Specification 3.0, III.E.
struct GlobalHeapWriter {
    /// Where a string is.
    struct Reference {
        let byteCount: Int
        /// The address of the collection; 0 for an empty string.
        let collection: Int
        let index: Int
    }

    private static let leastByteCount = 4096
    private static let headCount = 16

    /// The collection that is being filled, for which the file has room already.
    private var open: (address: Int, capacity: Int, bytes: [UInt8], objects: Int)?

    /// Keeps a string.
    mutating func add(_ string: String, to output: inout AtomicOutput) throws(ModelError) -> Reference {
        let characters = Array(string.utf8)
        guard !characters.isEmpty else { return Reference(byteCount: 0, collection: 0, index: 0) }
        let needed = Self.headCount + (characters.count + 7) / 8 * 8
        if let open, open.bytes.count + needed > open.capacity { try close(&output) }
        if open == nil { open = try begin(room: needed, &output) }
        guard var collection = open else { return Reference(byteCount: 0, collection: 0, index: 0) }
        collection.objects += 1
        collection.bytes.append(littleEndian: UInt16(truncatingIfNeeded: collection.objects))
        collection.bytes.append(zeros: 6)
        collection.bytes.append(offset: characters.count)
        collection.bytes += characters
        collection.bytes.pad()
        open = collection
        return Reference(byteCount: characters.count, collection: collection.address, index: collection.objects)
    }

    /// Writes what has not been written.
    mutating func close(_ output: inout AtomicOutput) throws(ModelError) {
        guard var collection = open else { return }
        let rest = collection.capacity - collection.bytes.count
        if rest >= Self.headCount {
            // Object 0 is the room that is left, its own head included.
            collection.bytes.append(zeros: 8)
            collection.bytes.append(offset: rest)
        }
        try output.write(collection.bytes, at: collection.address)
        open = nil
    }

    private func begin(
        room: Int, _ output: inout AtomicOutput
    ) throws(ModelError) -> (address: Int, capacity: Int, bytes: [UInt8], objects: Int) {
        let capacity = max(Self.leastByteCount, Self.headCount + room)
        let address = output.byteCount
        try output.append([UInt8](repeating: 0, count: capacity))
        var bytes = Array("GCOL".utf8) + [1, 0, 0, 0]
        bytes.append(offset: capacity)
        return (address, capacity, bytes, 0)
    }
}

extension AtomicOutput {
    mutating func write(_ bytes: [UInt8], at offset: Int) throws(ModelError) {
        try bytes.withUnsafeBufferPointer { buffer throws(ModelError) in try write(UnsafeRawBufferPointer(buffer), at: offset) }
    }
}
