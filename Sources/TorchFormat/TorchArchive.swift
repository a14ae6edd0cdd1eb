import ByteIO
package import ModelCore
package import ZIPArchive

/// The ZIP archives that `torch.save` (1.6 and later) and `torch.jit.save` (1.3 and later) write: `data.pkl` and an entry for each storage,
/// all below one folder of any name.
package enum TorchArchive {
    /// What is read as text is this large at most.
    static let textLimit = 256 << 20

    /// Whether an archive is one of these, complete or not.
    package static func recognises(_ archive: ZIPReader) -> Bool {
        archive.entries.contains { $0.name == "data.pkl" || $0.name.hasSuffix("/data.pkl") }
    }

    /// Lists the tensors, none of whose elements are read.
    ///
    /// - Throws: `torch.member` for an archive without `data.pkl` or with several; `torch.byte-order`, `torch.storage-missing`; codes of
    ///   `PickleMachine`, `StorageTable`, `TensorWalk`, `TorchCheckpoint` and `ZIPReader`.
    package static func read(_ archive: ZIPReader) throws(ModelError) -> TorchCheckpoint {
        do throws(ModelError) {
            let root = try root(of: archive)
            let isScript = archive.entry(named: root + "constants.pkl") != nil
            let isBigEndian = try isBigEndian(archive, root)
            var tensors: [TorchTensor] = []
            var objects: [TorchObject] = []
            var refused: [(path: [String], problem: Problem)] = []
            for (pickle, folder, path) in [("data.pkl", "data/", []), ("constants.pkl", "constants/", ["CONSTANTS"])] where pickle == "data.pkl" || isScript {
                let (value, heap) = try run(pickle: root + pickle, of: archive)
                let table = try StorageTable(heap.storages) { storage throws(ModelError) in
                    let name = root + folder + storage.key
                    guard let entry = archive.entry(named: name) else {
                        throw torchProblem("storage-missing", "storage \(storage.key.excerpt) is not in the file", at: name)
                    }
                    return StorageSource(entry, of: archive, isBigEndian: isBigEndian)
                }
                // The code of a script calls its constants c0, c1 and so on.
                let walk = try TensorWalk(value, in: heap)
                tensors += try table.tensors(walk, in: heap, below: path)
                if path.isEmpty { objects += walk.objects }
                refused += walk.refused.map { (path + $0.path, $0.problem) }
            }
            return try TorchCheckpoint(container: isScript ? .script : .zip, tensors: tensors, objects: objects, refused: refused)
        } catch {
            throw error.locating(file: archive.file.path)
        }
    }

    private static func run(pickle name: String, of archive: ZIPReader) throws(ModelError) -> (value: PickleValue, heap: PickleHeap) {
        guard let entry = archive.entry(named: name) else { throw torchProblem("member", "the archive has no entry of this name", at: name) }
        var machine = PickleMachine(references: .storages)
        let value: PickleValue
        do throws(ModelError) {
            value = try archive.content(of: entry, limit: textLimit).withBytes { bytes throws(ModelError) in
                var reader = ByteReader(bytes, format: "torch")
                let value = try machine.run(&reader)
                guard reader.isAtEnd else { throw torchProblem("trailing-bytes", "\(reader.remaining) bytes after the pickle", offset: reader.position) }
                return value
            }
        } catch {
            throw error.locating(path: name)
        }
        return (value, machine.heap)
    }

    /// What comes before `data.pkl`, with a slash.
    private static func root(of archive: ZIPReader) throws(ModelError) -> String {
        let pickles = archive.entries.map(\.name).filter { $0 == "data.pkl" || $0.hasSuffix("/data.pkl") }
        guard let first = pickles.first, pickles.count == 1 else {
            throw torchProblem("member", "the archive has \(pickles.count) entries data.pkl, one was expected")
        }
        return String(first.dropLast("data.pkl".count))
    }

    /// The order of bytes in storages. Files of before PyTorch 2.1 do not say it; they are little-endian unless they were made on other machines.
    ///
    /// - Throws: `torch.byte-order`.
    static func isBigEndian(_ archive: ZIPReader, _ root: String) throws(ModelError) -> Bool {
        guard let entry = archive.entry(named: root + "byteorder") else { return false }
        let order = try archive.content(of: entry, limit: 64).withBytes { String(decoding: $0, as: UTF8.self) }
        guard order == "little" || order == "big" else {
            throw torchProblem("byte-order", "the order of bytes is \(order.excerpt), 'little' or 'big' was expected", at: entry.name)
        }
        return order == "big"
    }
}

extension ModelError {
    /// The same problems, each at this path where it has none.
    func locating(path: String) -> ModelError {
        ModelError(
            problems.map { problem in
                var problem = problem
                if problem.location.path == nil { problem.location.path = path }
                return problem
            }) ?? self
    }
}
