#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// An `errno` and the text that the system has for it.
package struct SystemError: Error, Sendable, Hashable, CustomStringConvertible {
    package let number: Int32

    package init(_ number: Int32) {
        self.number = number
    }

    /// What the last call on this thread left in `errno`.
    static var last: SystemError { SystemError(errno) }

    package var description: String { String(cString: strerror(number)) }
}

/// What `stat` says of a file, as far as this project asks.
struct FileStatus: Equatable {
    enum Kind {
        case regular, folder, link, other
    }

    let kind: Kind
    let size: Int
    /// Device and inode: equal for two names of one file.
    let identity: Identity
    let permissions: UInt32
    let modification: Modification

    struct Identity: Equatable {
        let device: UInt64
        let inode: UInt64
    }

    struct Modification: Equatable {
        let seconds: Int
        let nanoseconds: Int
    }

    /// - Parameter followsLinks: whether a symbolic link stands for what it points to.
    static func of(path: String, followsLinks: Bool = true) throws(SystemError) -> FileStatus {
        var status = stat()
        guard (followsLinks ? stat(path, &status) : lstat(path, &status)) == 0 else { throw .last }
        return FileStatus(status)
    }

    static func of(descriptor: Int32) throws(SystemError) -> FileStatus {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .last }
        return FileStatus(status)
    }

    private init(_ status: stat) {
        switch status.st_mode & S_IFMT {
        case S_IFREG: kind = .regular
        case S_IFDIR: kind = .folder
        case S_IFLNK: kind = .link
        default: kind = .other
        }
        size = Int(status.st_size)
        identity = Identity(device: UInt64(truncatingIfNeeded: status.st_dev), inode: UInt64(status.st_ino))
        permissions = UInt32(status.st_mode) & 0o777
        #if canImport(Darwin)
            let time = status.st_mtimespec
        #else
            let time = status.st_mtim
        #endif
        modification = Modification(seconds: Int(time.tv_sec), nanoseconds: Int(time.tv_nsec))
    }
}
