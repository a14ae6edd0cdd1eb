import ModelCore

/// The bytes of an HDF5 file by the addresses that are used inside it.
struct HDF5Bytes: Sendable {
    let file: FileBytes
    /// Where address 0 is.
    let base: Int

    /// - Throws: the codes of `Superblock`.
    init(_ file: FileBytes) throws(ModelError) {
        self.file = file
        base = try Superblock.offset(in: file)
    }

    var byteCount: Int { file.byteCount - base }

    /// The bytes from `address` on; `nil` where the file has fewer.
    func bytes(at address: Int, count: Int) -> [UInt8]? {
        base.adding(address).flatMap { file.bytes(at: $0, count: count) }
    }
}
