#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// The system calls that can fail while an output is written, so that tests can make the k-th one fail.
///
/// Each returns what the call returns, or the `errno` with its sign changed.
package struct OutputSystemCalls: Sendable {
    /// `open` of a file that must not exist yet, for reading and writing, with the permissions that the umask leaves.
    package var create: @Sendable (_ path: String) -> Int
    /// `fchmod`.
    package var setPermissions: @Sendable (_ descriptor: Int32, _ permissions: UInt32) -> Int
    /// `pwrite`.
    package var write: @Sendable (_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, _ offset: Int) -> Int
    /// `ftruncate`.
    package var truncate: @Sendable (_ descriptor: Int32, _ size: Int) -> Int
    /// `fsync`.
    package var synchronize: @Sendable (_ descriptor: Int32) -> Int
    /// `rename`.
    package var rename: @Sendable (_ old: String, _ new: String) -> Int

    package static let real = OutputSystemCalls(
        create: { result(Int(open($0, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o666))) },
        setPermissions: { result(Int(fchmod($0, mode_t($1)))) },
        write: { result(pwrite($0, $1.baseAddress, $1.count, off_t($2))) },
        truncate: { result(Int(ftruncate($0, off_t($1)))) },
        synchronize: { result(Int(fsync($0))) },
        rename: { old, new in
            #if canImport(Darwin)
                result(Int(Darwin.rename(old, new)))
            #elseif canImport(Musl)
                result(Int(Musl.rename(old, new)))
            #else
                result(Int(Glibc.rename(old, new)))
            #endif
        })

    private static func result(_ value: Int) -> Int {
        value < 0 ? -Int(errno) : value
    }
}

extension SystemError {
    /// The error behind a negative result of one of these calls.
    init(negated result: Int) {
        self.init(Int32(truncatingIfNeeded: -result))
    }
}
