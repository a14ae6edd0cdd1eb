import ByteIO
import ModelCore

/// What the pickles of one file hold: tensors with their bytes, what else is there, and everything that is wrong with it.
struct CheckpointParts {
    private var tensors: [TorchTensor] = []
    private var objects: [TorchObject] = []
    private var refused: [TorchRefusal] = []
    private var stated: [StatedArchitecture] = []
    private var damage: [Problem] = []

    /// Adds what a pickle made.
    ///
    /// - Parameters:
    ///   - path: the keys that lead to it.
    ///   - find: gives the bytes of a storage that is no view.
    /// - Throws: codes of `TensorWalk`.
    mutating func add(
        _ value: PickleValue, in heap: PickleHeap, below path: [String] = [], find: (TorchStorage) throws(ModelError) -> ByteSource
    ) throws(ModelError) {
        let storages = storages(heap.storages, find: find)
        let walk = try TensorWalk(value, in: heap, below: path)
        for (path, tensor) in walk.tensors {
            // One that is not there has been noted.
            guard let bytes = storages[heap.storages[tensor.storage].key] else { continue }
            let source = tensor.elements.weight(origin: path.joined(separator: "."), in: bytes)
            tensors.append(TorchTensor(path: path, type: tensor.elements.type, source: source))
        }
        for (path, refusal) in walk.refused {
            let problem = refusal.problem(at: path)
            if refusal.isDamage { damage.append(problem) } else { refused.append(TorchRefusal(path: path, problem: problem)) }
        }
        objects += walk.objects
        stated += walk.stated.outermost + walk.stated.arguments
    }

    /// The bytes of storages by their keys. What is missing or of another size than the pickle says is noted.
    private mutating func storages(
        _ storages: [TorchStorage], find: (TorchStorage) throws(ModelError) -> ByteSource
    ) -> [String: ByteSource] {
        var sources: [String: ByteSource] = [:]
        for storage in storages where storage.view == nil {
            do throws(ModelError) {
                let source = try find(storage)
                guard source.count / storage.width == storage.count else {
                    throw torchProblem(
                        "storage-size", "storage \(storage.key.excerpt) has \(source.count) bytes, the pickle says \(storage.description)")
                }
                sources[storage.key] = source
            } catch {
                damage += error.problems
            }
        }
        for storage in storages {
            guard let view = storage.view, let root = sources[view.root] else { continue }
            // A view was held against the root's count, which is that of its bytes.
            let start = view.start * storage.width
            sources[storage.key] = root.part(start..<start + storage.byteCount)
        }
        return sources
    }

    /// - Throws: everything that is damaged; codes of `TorchCheckpoint`.
    func checkpoint(_ container: TorchCheckpoint.Container) throws(ModelError) -> TorchCheckpoint {
        if let error = ModelError(damage) { throw error }
        return try TorchCheckpoint(container: container, tensors: tensors, objects: objects, refused: refused, stated: stated)
    }
}
