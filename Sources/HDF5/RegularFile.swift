internal import ModelCore

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A regular file that is open for reading, apart from the library.
final class RegularFile: Sendable {
    let path: String
    let byteCount: Int
    private let descriptor: Int32

    /// Opens a file; never waits for the other end of a pipe.
    ///
    /// - Throws: `file.not-found`, `file.folder`, `file.not-regular`, `file.permission`, `file.open`.
    init(path: String) throws(ModelError) {
        self.path = path
        let location = Location(file: path)
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw ModelError(Problem("file.not-found", "there is no file of this name", kind: .cannotOpen, at: location))
        }
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.unopened(errno, at: location) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let error = Self.unopened(errno, at: location)
            close(descriptor)
            throw error
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw status.st_mode & S_IFMT == S_IFDIR
                ? ModelError(Problem("file.folder", "is a folder", kind: .cannotOpen, at: location))
                : ModelError(Problem("file.not-regular", "is not a regular file", kind: .cannotOpen, at: location))
        }
        self.descriptor = descriptor
        byteCount = Int(status.st_size)
    }

    deinit { close(descriptor) }

    /// The `count` bytes from `offset` on; `nil` where the file has fewer.
    func bytes(at offset: Int, count: Int) -> [UInt8]? {
        guard offset >= 0, count >= 0, let end = offset.adding(count), end <= byteCount else { return nil }
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let read = bytes.withUnsafeMutableBytes { buffer in
                pread(descriptor, buffer.baseAddress.map { $0 + filled }, count - filled, off_t(offset + filled))
            }
            if read < 0 && errno == EINTR { continue }
            guard read > 0 else { return nil }
            filled += read
        }
        return bytes
    }

    private static func unopened(_ code: Int32, at location: Location) -> ModelError {
        let problem =
            switch code {
            case ENOENT, ENOTDIR: Problem("file.not-found", "there is no file of this name", kind: .cannotOpen, at: location)
            case EACCES, EPERM: Problem("file.permission", "may not be read", kind: .cannotOpen, at: location)
            case ENXIO, EOPNOTSUPP: Problem("file.not-regular", "is not a regular file", kind: .cannotOpen, at: location)
            default: Problem("file.open", "cannot be opened", kind: .cannotOpen, at: location, causes: [String(cString: strerror(code))])
            }
        return ModelError(problem)
    }
}
