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
        archive.entries.contains { isPickle($0.name) }
    }

    private static func isPickle(_ name: String) -> Bool { name == "data.pkl" || name.hasSuffix("/data.pkl") }

    /// Lists the tensors, none of whose elements are read. Constants of a script are below `CONSTANTS`, under the numbers that its code has for them.
    ///
    /// - Throws: `torch.member` for an archive without `data.pkl` or with several; `torch.byte-order`; every `torch.storage-missing` and
    ///   `torch.storage-size`; codes of `PickleMachine`, `TensorWalk`, `TorchCheckpoint` and `ZIPReader`.
    package static func read(_ archive: ZIPReader) throws(ModelError) -> TorchCheckpoint {
        do throws(ModelError) {
            return try contents(of: archive).checkpoint
        } catch {
            throw error.locating(file: archive.file.path)
        }
    }

    /// The tensors, and what `data.pkl` made besides.
    static func contents(
        of archive: ZIPReader
    ) throws(ModelError) -> (checkpoint: TorchCheckpoint, root: String, value: PickleValue, heap: PickleHeap) {
        let root = try root(of: archive)
        try requireLittleEndian(archive, root)
        var parts = CheckpointParts()
        let (value, heap) = try add("data", of: archive, root, to: &parts, below: [])
        let isScript = archive.entry(named: root + "constants.pkl") != nil
        if isScript { try add("constants", of: archive, root, to: &parts, below: ["CONSTANTS"]) }
        return (try parts.checkpoint(isScript ? .script : .zip), root, value, heap)
    }

    /// Adds what is in the pickle `name`, whose storages are in the folder of the same name.
    @discardableResult private static func add(
        _ name: String, of archive: ZIPReader, _ root: String, to parts: inout CheckpointParts, below path: [String]
    ) throws(ModelError) -> (value: PickleValue, heap: PickleHeap) {
        let (value, heap) = try run(pickle: "\(root)\(name).pkl", of: archive)
        try parts.add(value, in: heap, below: path) { storage throws(ModelError) in
            let member = "\(root)\(name)/\(storage.key)"
            guard let entry = archive.entry(named: member) else {
                throw torchProblem("storage-missing", "storage \(storage.key.excerpt) is not in the file", at: member)
            }
            return archive.source(of: entry)
        }
        return (value, heap)
    }

    static func run(pickle name: String, of archive: ZIPReader) throws(ModelError) -> (value: PickleValue, heap: PickleHeap) {
        guard let entry = archive.entry(named: name) else { throw torchProblem("member", "the archive has no entry of this name", at: name) }
        var machine = PickleMachine(references: .storages)
        let value: PickleValue
        do throws(ModelError) {
            value = try archive.content(of: entry, limit: textLimit).withBytes { bytes throws(ModelError) in
                var reader = ByteReader(bytes, format: "torch")
                let value = try machine.run(&reader)
                guard reader.isAtEnd else {
                    throw torchProblem("trailing-bytes", "\(reader.remaining) bytes after the pickle", offset: reader.position)
                }
                return value
            }
        } catch {
            throw error.locating(path: name)
        }
        return (value, machine.heap)
    }

    /// What comes before `data.pkl`, with a slash.
    private static func root(of archive: ZIPReader) throws(ModelError) -> String {
        let pickles = archive.entries.map(\.name).filter(isPickle)
        guard let first = pickles.first, pickles.count == 1 else {
            throw torchProblem("member", "the archive has \(pickles.count) entries data.pkl, one was expected")
        }
        return String(first.dropLast("data.pkl".count))
    }

    /// Files of before PyTorch 2.1 do not say the order of bytes in storages; they are little-endian unless they were made on other machines.
    ///
    /// - Throws: `torch.byte-order`.
    static func requireLittleEndian(_ archive: ZIPReader, _ root: String) throws(ModelError) {
        guard let entry = archive.entry(named: root + "byteorder") else { return }
        let order = try archive.content(of: entry, limit: 64).withBytes { String(decoding: $0, as: UTF8.self) }
        guard order == "little" else {
            throw torchProblem(
                "byte-order", "the order of bytes is \(order.excerpt), 'little' was expected", at: entry.name,
                hint: "load and save it in Python on a little-endian computer, which nearly all are")
        }
    }
}
