import ModelCore

/// Where the HDF5 data of a file begin.
enum Superblock {
    /// The first eight bytes of a superblock, which is at byte 0, 512, 1024, 2048 and so on.
    static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

    /// The position of the superblock, from which the addresses in the file count.
    ///
    /// - Throws: `hdf5.damaged` where there is none, `hdf5.version` for other versions than 0 to 3 and for addresses not of 8 bytes.
    static func offset(in file: FileBytes) throws(ModelError) -> Int {
        var offset = 0
        while let head = file.bytes(at: offset, count: 16) {
            if head.starts(with: signature) {
                try check(head, at: Location(file: file.path, byteOffset: offset))
                return offset
            }
            guard let next = offset == 0 ? 512 : offset.multiplied(by: 2) else { break }
            offset = next
        }
        throw ModelError(Problem("hdf5.damaged", "has no HDF5 signature", at: Location(file: file.path)))
    }

    private static func check(_ head: [UInt8], at location: Location) throws(ModelError) {
        let version = head[8]
        guard version <= 3 else {
            throw ModelError(Problem("hdf5.version", "has a superblock of version \(version), versions 0 to 3 are known", at: location))
        }
        let widths = version < 2 ? (head[13], head[14]) : (head[9], head[10])
        guard widths == (8, 8) else {
            throw ModelError(
                Problem("hdf5.version", "has addresses of \(widths.0) bytes and lengths of \(widths.1), 8 are known", at: location))
        }
    }
}
