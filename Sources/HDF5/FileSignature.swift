internal import ModelCore

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What can be known about a file before the library touches it.
enum FileSignature {
    /// The first eight bytes of a superblock, which starts at byte 0, 512, 1024, 2048 and so on.
    static let bytes: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

    /// Checks that `path` is a regular file that holds a superblock of version 0 to 3. Never waits for the other end of a pipe.
    ///
    /// - Throws: `file.not-found`, `file.folder`, `file.not-regular`, `file.permission`, `file.open`, `hdf5.damaged`, `hdf5.version`.
    static func check(path: String) throws(ModelError) {
        let location = Location(file: path)
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw ModelError(Problem("file.not-found", "there is no file of this name", kind: .cannotOpen, at: location))
        }
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw ModelError(unopened(errno, at: location)) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw ModelError(unopened(errno, at: location)) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw ModelError(Problem("file.folder", "is a folder", kind: .cannotOpen, at: location))
        default: throw ModelError(Problem("file.not-regular", "is not a regular file", kind: .cannotOpen, at: location))
        }
        try checkSuperblock(of: descriptor, byteCount: Int(status.st_size), at: location)
    }

    private static func checkSuperblock(of descriptor: Int32, byteCount: Int, at location: Location) throws(ModelError) {
        var offset = 0
        while offset.adding(bytes.count + 1).map({ $0 <= byteCount }) ?? false {
            var head = [UInt8](repeating: 0, count: bytes.count + 1)
            guard pread(descriptor, &head, head.count, off_t(offset)) == head.count else { break }
            if head.starts(with: bytes) {
                guard head[bytes.count] <= 3 else {
                    throw ModelError(
                        Problem(
                            "hdf5.version", "has a superblock of version \(head[bytes.count]), versions 0 to 3 are known",
                            at: Location(file: location.file, byteOffset: offset + bytes.count)))
                }
                return
            }
            offset = offset == 0 ? 512 : offset * 2
        }
        throw ModelError(Problem("hdf5.damaged", "has no HDF5 signature", at: location))
    }

    private static func unopened(_ code: Int32, at location: Location) -> Problem {
        switch code {
        case ENOENT, ENOTDIR: Problem("file.not-found", "there is no file of this name", kind: .cannotOpen, at: location)
        case EACCES, EPERM: Problem("file.permission", "may not be read", kind: .cannotOpen, at: location)
        case ENXIO, EOPNOTSUPP: Problem("file.not-regular", "is not a regular file", kind: .cannotOpen, at: location)
        default: Problem("file.open", "cannot be opened", kind: .cannotOpen, at: location, causes: [String(cString: strerror(code))])
        }
    }
}
