package import ByteIO
package import ModelCore

/// The files that `torch.save` wrote from 0.1.10 to 1.5, and writes with `_use_new_zipfile_serialization=False`: five pickles one after another
/// (a magic number, a version, facts about the machine, what was saved, the keys of the storages) and then the storages, each the
/// number of its elements in 8 bytes and the elements. Storages are little-endian whatever the machine was.
package enum TorchLegacyFile {
    /// 0x1950A86A20F9469CFC6C as pickles have it.
    private static let magic: [UInt8] = [0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E]
    private static let version = 1001

    /// Whether a file that begins with these bytes is one of these.
    package static func recognises(prefix: some Collection<UInt8>) -> Bool {
        magicEnd(Array(prefix.prefix(32))) != nil
    }

    /// Where the first pickle ends. Protocols 4 and 5 put a frame around the number.
    private static func magicEnd(_ prefix: [UInt8]) -> Int? {
        guard prefix.count >= 2, prefix[0] == PickleOpcode.proto.rawValue, prefix[1] <= 5 else { return nil }
        let start = prefix.dropFirst(2).first == PickleOpcode.frame.rawValue ? 11 : 2
        return prefix.dropFirst(start).starts(with: magic) ? start + magic.count : nil
    }

    /// Lists the tensors, none of whose elements are read.
    ///
    /// - Throws: `torch.version`, every `torch.storage-missing`, `torch.storage-size`, `torch.truncated`, `torch.trailing-bytes`; codes of `PickleMachine`,
    ///   `TensorWalk` and `TorchCheckpoint`.
    package static func read(_ file: MappedFile) throws(ModelError) -> TorchCheckpoint {
        do throws(ModelError) {
            return try file.withBytes { bytes throws(ModelError) in try read(file, bytes) }
        } catch {
            throw error.locating(file: file.path)
        }
    }

    private static func read(_ file: MappedFile, _ bytes: UnsafeRawBufferPointer) throws(ModelError) -> TorchCheckpoint {
        var reader = ByteReader(bytes, format: "torch")
        try reader.seek(magicEnd(Array(bytes.prefix(32))) ?? 0)
        var head = PickleMachine(references: .none)
        guard case .integer(version) = try head.run(&reader) else {
            throw torchProblem("version", "the file is not of version \(version) of its format", offset: reader.position)
        }
        // What the machine was like: of no matter.
        _ = try head.run(&reader)
        var machine = PickleMachine(references: .storages)
        let value = try machine.run(&reader)
        let keys = try head.run(&reader)
        var ranges: [String: Range<Int>] = [:]
        let declared = Dictionary(machine.heap.storages.map { ($0.key, $0) }) { first, _ in first }
        for key in head.heap.sequence(keys) ?? [] {
            guard let key = PickleMachine.key(key), let storage = declared[key], storage.view == nil, ranges[key] == nil else {
                throw torchProblem("storage", "a storage is listed that no tensor has, or twice", offset: reader.position)
            }
            let count = try reader.integer(UInt64.self)
            guard count == UInt64(storage.count) else {
                throw torchProblem(
                    "storage-size", "storage \(key.excerpt) has \(count) elements, the pickle says \(storage.description)", offset: reader.position)
            }
            let start = reader.offset
            try reader.skip(storage.byteCount)
            ranges[key] = start..<start + storage.byteCount
        }
        guard reader.isAtEnd else {
            throw torchProblem("trailing-bytes", "\(reader.remaining) bytes after the last storage", offset: reader.position)
        }
        var parts = CheckpointParts()
        try parts.add(value, in: machine.heap) { storage throws(ModelError) in
            guard let range = ranges[storage.key] else {
                throw torchProblem("storage-missing", "storage \(storage.key.excerpt) is not in the file")
            }
            return ByteSource(file, range)
        }
        return try parts.checkpoint(.legacy)
    }
}
