package import ByteIO
package import ModelCore

/// The tar archives that `torch.save` wrote before 0.1.10: `storages` (their number, then for each a pickle of key, device and type, the
/// number of elements in 8 bytes and the elements; then a pickle of views), `tensors` (their number, then for each a pickle of key, storage
/// and type, and sizes, strides and offset in binary) and `pickle`, which refers to tensors by their keys.
package enum TorchTarFile {
    /// Whether a file seems to be a tar archive, complete or not.
    package static func recognises(_ file: MappedFile) -> Bool {
        file.withBytes { TarReader.recognises($0) }
    }

    /// Lists the tensors, none of whose elements are read.
    ///
    /// - Throws: `torch.tar`, `torch.member`, `torch.storage`, `torch.truncated`, `torch.trailing-bytes`; codes of `PickleMachine`, `TensorWalk` and
    ///   `TorchCheckpoint`.
    package static func read(_ file: MappedFile) throws(ModelError) -> TorchCheckpoint {
        do throws(ModelError) {
            return try file.withBytes { bytes throws(ModelError) in
                let archive = try TarReader(bytes)
                var parts = TorchTarParts(archive: archive, bytes: bytes)
                try parts.readStorages()
                try parts.readTensors()
                let (value, heap) = try parts.readPickle()
                let ranges = parts.ranges
                var result = CheckpointParts()
                try result.add(value, in: heap) { storage throws(ModelError) in
                    guard let range = ranges[storage.key] else {
                        throw torchProblem("storage-missing", "storage \(storage.key.excerpt) is not in the file")
                    }
                    return ByteSource(file, range)
                }
                return try result.checkpoint(.tar)
            }
        } catch {
            throw error.locating(file: file.path)
        }
    }
}

/// The three parts, read in their order.
private struct TorchTarParts {
    let archive: TarReader
    let bytes: UnsafeRawBufferPointer
    /// Where the elements of storages are.
    private(set) var ranges: [String: Range<Int>] = [:]
    private var machine = PickleMachine(references: .none)
    private var objects: [String: PickleValue] = [:]
    private var storages: [String: TorchStorage] = [:]

    init(archive: TarReader, bytes: UnsafeRawBufferPointer) {
        self.archive = archive
        self.bytes = bytes
    }

    private func reader(of name: String) throws(ModelError) -> ByteReader? {
        guard let range = archive.files[name] else { return nil }
        return ByteReader(UnsafeRawBufferPointer(rebasing: bytes[range]), at: range.lowerBound, format: "torch")
    }

    mutating func readStorages() throws(ModelError) {
        guard var reader = try reader(of: "storages") else { throw torchProblem("member", "the archive has no file 'storages'") }
        let count = try number(&reader)
        var read = 0
        while read < count {
            let values = try values(&reader)
            guard values.count == 3, let key = PickleMachine.key(values[0]), let global = machine.heap.global(values[2]),
                case .storage(let type) = global.meaning
            else {
                throw torchProblem("storage", "a storage is not described as PyTorch does, or is of a type that is not read", offset: reader.position)
            }
            let elementCount = try reader.integer(UInt64.self)
            let storage = try TorchStorage(key: key, type: type, width: type.byteCount, count: Int(clamping: elementCount))
            let start = reader.position
            try reader.skip(storage.byteCount)
            try add(storage, at: start)
            ranges[key] = start..<start + storage.byteCount
            read += 1
        }
        // Some writers left the views out.
        guard !reader.isAtEnd else { return }
        for view in try values(&reader) {
            guard let values = machine.heap.sequence(view), values.count == 4, let key = PickleMachine.key(values[0]),
                let root = PickleMachine.key(values[1]).flatMap({ storages[$0] }), case .integer(let start) = values[2],
                case .integer(let count) = values[3]
            else { throw torchProblem("storage", "a view is not described as PyTorch does", offset: reader.position) }
            try add(try root.view(key, start: start, count: count), at: reader.position)
        }
        try requireEnd(reader)
    }

    private mutating func add(_ storage: TorchStorage, at offset: Int) throws(ModelError) {
        guard storages.updateValue(storage, forKey: storage.key) == nil else {
            throw torchProblem("storage", "two storages have the key \(storage.key.excerpt)", offset: offset)
        }
        objects[storage.key] = try machine.heap.add(storage)
    }

    mutating func readTensors() throws(ModelError) {
        guard var reader = try reader(of: "tensors") else { return }
        let count = try number(&reader)
        var read = 0
        while read < count {
            let values = try values(&reader)
            guard values.count == 3, let key = PickleMachine.key(values[0]), let storageKey = PickleMachine.key(values[1]),
                case .object(let object)? = objects[storageKey], case .storage(let number) = machine.heap.kind(object)
            else { throw torchProblem("tensor-shape", "a tensor is not described as PyTorch does", offset: reader.position) }
            let axes = Int(try reader.integer(Int32.self))
            // Once a part of the number.
            try reader.skip(4)
            guard (0...64).contains(axes) else { throw torchProblem("tensor-shape", "a tensor of \(axes) axes", offset: reader.position) }
            var numbers: [Int] = []
            for _ in 0..<2 * axes + 1 { numbers.append(Int(try reader.integer(Int64.self))) }
            let tensor = try machine.heap.add(
                storage: number, nil, shape: Array(numbers[..<axes]), strides: Array(numbers[axes..<2 * axes]), start: numbers[2 * axes])
            guard objects.updateValue(tensor, forKey: key) == nil else {
                throw torchProblem("storage", "two objects have the key \(key.excerpt)", offset: reader.position)
            }
            read += 1
        }
        try requireEnd(reader)
    }

    mutating func readPickle() throws(ModelError) -> (value: PickleValue, heap: PickleHeap) {
        guard var reader = try reader(of: "pickle") else { throw torchProblem("member", "the archive has no file 'pickle'") }
        var last = PickleMachine(references: .objects(objects))
        last.heap = machine.heap
        let value = try last.run(&reader)
        try requireEnd(reader)
        return (value, last.heap)
    }

    private mutating func number(_ reader: inout ByteReader) throws(ModelError) -> Int {
        guard case .integer(let number) = try machine.run(&reader), number >= 0 else {
            throw torchProblem("pickle-value", "a number was expected", offset: reader.position)
        }
        return number
    }

    /// The elements of the tuple or the list in the next pickle, none of something else.
    private mutating func values(_ reader: inout ByteReader) throws(ModelError) -> [PickleValue] {
        let value = try machine.run(&reader)
        return machine.heap.sequence(value) ?? []
    }

    private func requireEnd(_ reader: ByteReader) throws(ModelError) {
        guard reader.isAtEnd else { throw torchProblem("trailing-bytes", "\(reader.remaining) bytes too many", offset: reader.position) }
    }
}
