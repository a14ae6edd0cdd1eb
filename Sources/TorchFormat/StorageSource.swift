import ByteIO
import ModelCore
import Synchronization
import ZIPArchive

/// The bytes of one storage, read when they are asked for.
struct StorageSource: Sendable {
    let byteCount: Int
    let isBigEndian: Bool
    let region: @Sendable () throws(ModelError) -> ByteRegion

    /// A part of a file.
    init(_ file: MappedFile, _ range: Range<Int>) {
        byteCount = range.count
        isBigEndian = false
        region = { () throws(ModelError) in file.region(range) }
    }

    /// The content of an entry, whose checksum is looked at once.
    init(_ entry: ZIPEntry, of archive: ZIPReader, isBigEndian: Bool) {
        byteCount = entry.size
        self.isBigEndian = isBigEndian
        let check = Check()
        region = { () throws(ModelError) in
            if entry.method == .stored, check.isDone.withLock({ $0 }) { return archive.file.region(entry.dataRange) }
            let content = try archive.content(of: entry)
            check.isDone.withLock { $0 = true }
            return content
        }
    }

    private final class Check: Sendable {
        let isDone = Mutex(false)
    }

    private init(_ part: Range<Int>, of whole: StorageSource) {
        byteCount = part.count
        isBigEndian = whole.isBigEndian
        region = { () throws(ModelError) in
            let region = try whole.region()
            return ByteRegion(UnsafeRawBufferPointer(rebasing: region.bytes[part]), of: region)
        }
    }

    /// - Parameter part: within `0..<byteCount`.
    func part(_ part: Range<Int>) -> StorageSource { StorageSource(part, of: self) }

    /// The tensor of these elements.
    ///
    /// - Throws: `torch.tensor-shape`, `torch.tensor-bounds`, `torch.tensor-size`.
    func tensor(_ path: [String], _ type: StoredType, shape: [Int], strides: [Int], start: Int) throws(ModelError) -> TorchTensor {
        let elements: StridedElements
        do throws(StridedElements.Fault) {
            elements = try StridedElements(
                type, shape: shape, strides: strides, start: start, available: byteCount / type.byteCount, isBigEndian: isBigEndian)
        } catch {
            throw tensorProblem(error, shape: shape, strides: strides, start: start, available: byteCount / type.byteCount)
        }
        return TorchTensor(path: path, type: type, source: elements.weight(origin: path.joined(separator: "."), bytes: region))
    }
}

/// All storages of one file by their keys.
struct StorageTable {
    private let sources: [String: StorageSource]

    /// - Parameter find: the bytes of a storage that is no view.
    /// - Throws: `torch.storage-size` for a storage of another size than the pickle says, and what `find` throws.
    init(_ storages: [TorchStorage], find: (TorchStorage) throws(ModelError) -> StorageSource) throws(ModelError) {
        var sources: [String: StorageSource] = [:]
        for storage in storages where storage.view == nil {
            let source = try find(storage)
            guard source.byteCount / storage.width == storage.count else {
                throw torchProblem(
                    "storage-size", "storage \(storage.key.excerpt) has \(source.byteCount) bytes, the pickle says \(storage.description)")
            }
            sources[storage.key] = source
        }
        for storage in storages {
            guard let view = storage.view, let root = sources[view.root], let byteCount = storage.byteCount else { continue }
            // A view was held against the root's count, which is that of its bytes.
            let start = view.start * storage.width
            sources[storage.key] = root.part(start..<start + byteCount)
        }
        self.sources = sources
    }

    /// The tensors that a walk has found.
    func tensors(_ walk: TensorWalk, in heap: PickleHeap, below path: [String] = []) throws(ModelError) -> [TorchTensor] {
        var tensors: [TorchTensor] = []
        tensors.reserveCapacity(walk.tensors.count)
        for (keys, value) in walk.tensors {
            guard let source = sources[heap.storages[value.storage].key] else {
                throw torchProblem("storage-missing", "storage \(heap.storages[value.storage].key.excerpt) is not in the file")
            }
            tensors.append(try source.tensor(path + keys, value.type, shape: value.shape, strides: value.strides, start: value.start))
        }
        return tensors
    }
}
