package import ModelCore

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// The bytes of a regular file, read-only.
///
/// A file of up to `readLimit` bytes is read into memory at once and cannot change any more. A larger one is mapped, and the system
/// ends a program (SIGBUS) that touches a part which another program has cut off meanwhile; `AtomicOutput.removeUnfinishedOnSignals`
/// turns that into an error message. A mapped file that was changed and not cut is noticed by `requireUnchanged`.
package final class MappedFile: Sendable {
    /// Files up to this size are copied: for them a mapping saves nothing worth the risk.
    package static let readLimit = 16 << 20

    /// As the caller named it.
    package let path: String
    /// Valid as long as this object lives, and the last mention of a variable may be the end of its object: use `withBytes`, or hold the
    /// object in a property of something that lives on.
    package var bytes: UnsafeRawBufferPointer { region.bytes }
    package var size: Int { region.bytes.count }

    private let region: ByteRegion
    private let source: Source?

    /// The open file behind a mapping.
    private struct Source: Sendable {
        let descriptor: Int32
        let size: Int
        let modification: FileStatus.Modification
    }

    /// Opens the file at `path`; an empty file is one of no bytes.
    ///
    /// - Throws: `file.not-found`, `file.permission`, `file.folder`, `file.not-regular` (a FIFO, a device, a socket), `file.cannot-open`;
    ///   `file.read-failed`, `file.changed` (it became shorter while it was read).
    package init(path: String) throws(ModelError) {
        self.path = path
        let descriptor = try Self.open(path)
        do throws(ModelError) {
            let status = try Self.regularStatus(descriptor, path)
            if status.size <= Self.readLimit {
                region = try Self.read(descriptor, size: status.size, path)
                source = nil
            } else {
                region = try Self.map(descriptor, size: status.size, path)
                source = Source(descriptor: descriptor, size: status.size, modification: status.modification)
            }
        } catch {
            close(descriptor)
            throw error
        }
        if source == nil { close(descriptor) }
    }

    /// Bytes that are in memory already, under a name for messages.
    package init(bytes: [UInt8], path: String) {
        self.path = path
        region = ByteRegion(bytes)
        source = nil
    }

    /// A file inside another one, under a name for messages.
    package init(_ region: ByteRegion, path: String) {
        self.path = path
        self.region = region
        source = nil
    }

    deinit {
        guard let source else { return }
        munmap(UnsafeMutableRawPointer(mutating: region.bytes.baseAddress), source.size)
        close(source.descriptor)
    }

    /// Calls `body` with the bytes and keeps the file open meanwhile.
    package func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(self) {} }
        return try body(bytes)
    }

    /// Whether what was read so far can be trusted: to be called after the last read of a file that may have been mapped.
    ///
    /// - Throws: `file.changed` where its size or its time of modification is not that of when it was opened.
    package func requireUnchanged() throws(ModelError) {
        guard let source else { return }
        let status = try? FileStatus.of(descriptor: source.descriptor)
        guard status?.size == source.size, status?.modification == source.modification else { throw Self.changed(path) }
    }

    /// Calls `consumer` with a part of the file in consecutive pieces, which are valid during the call only. A mapped file is read for it and
    /// not looked at in place, so that a file of any size takes the memory of one piece.
    ///
    /// - Parameter range: within `0..<size`.
    /// - Throws: `file.read-failed`, `file.changed` (it became shorter), and what `consumer` throws.
    package func stream(
        _ range: Range<Int>, _ consumer: (UnsafeRawBufferPointer) throws(ModelError) -> Void
    ) throws(ModelError) {
        let pieceSize = min(Self.pieceSize, range.count)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: source == nil ? 0 : pieceSize, alignment: 8)
        defer { buffer.deallocate() }
        for start in Swift.stride(from: range.lowerBound, to: range.upperBound, by: max(pieceSize, 1)) {
            let end = min(start + pieceSize, range.upperBound)
            if let source {
                let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[..<(end - start)])
                try Self.read(source.descriptor, at: start, into: piece, path)
                try consumer(UnsafeRawBufferPointer(piece))
            } else {
                try withBytes { bytes throws(ModelError) in try consumer(UnsafeRawBufferPointer(rebasing: bytes[start..<end])) }
            }
        }
    }

    /// The digest of the whole file.
    ///
    /// - Throws: as `stream`.
    package func digest() throws(ModelError) -> Digest256 {
        var hasher = SHA256Hasher()
        try stream(0..<size) { hasher.update($0) }
        return hasher.finalize()
    }

    /// What a consumer is given at a time.
    private static let pieceSize = 1 << 20

    /// A part of the file that keeps the file alive. `range` must be within `0..<size`.
    package func region(_ range: Range<Int>) -> ByteRegion {
        ByteRegion(UnsafeRawBufferPointer(rebasing: bytes[range]), of: self, isMapped: source != nil)
    }

    /// A part of the file that is what it is now, whatever becomes of the file: read, where the file is mapped. `range` must be within `0..<size`.
    ///
    /// - Throws: as `stream`.
    package func copy(_ range: Range<Int>) throws(ModelError) -> ByteRegion {
        guard let source else { return region(range) }
        return try ByteRegion(count: range.count) { memory throws(ModelError) in
            try Self.read(source.descriptor, at: range.lowerBound, into: memory, path)
        }
    }

    private static func open(_ path: String) throws(ModelError) -> Int32 {
        guard !path.utf8.contains(0) else { throw problem("file.not-found", "a file name cannot contain a NUL character", path) }
        // O_NONBLOCK, for otherwise opening a FIFO waits for somebody to write to it.
        #if canImport(Darwin)
            let descriptor = Darwin.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        #elseif canImport(Musl)
            let descriptor = Musl.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        #else
            let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        #endif
        guard descriptor < 0 else { return descriptor }
        let error = SystemError.last
        switch error.number {
        case ENOENT, ENOTDIR: throw problem("file.not-found", "there is no such file", path)
        case EACCES, EPERM: throw problem("file.permission", "this file may not be read", path, hint: "check its permissions")
        // Sockets cannot be opened, nor can devices that are not there.
        case ENXIO, ENODEV: throw problem("file.not-regular", "this is not a regular file", path)
        default: throw problem("file.cannot-open", "this file cannot be opened: \(error)", path)
        }
    }

    private static func regularStatus(_ descriptor: Int32, _ path: String) throws(ModelError) -> FileStatus {
        let status: FileStatus
        do throws(SystemError) {
            status = try FileStatus.of(descriptor: descriptor)
        } catch {
            throw problem("file.cannot-open", "this file cannot be examined: \(error)", path)
        }
        switch status.kind {
        case .regular: return status
        case .folder: throw problem("file.folder", "this is a folder, a file was expected", path)
        case .link, .other:
            throw problem(
                "file.not-regular", "this is a FIFO, a device or a socket, a regular file was expected", path,
                hint: "write it to a file first and give that")
        }
    }

    private static func read(_ descriptor: Int32, size: Int, _ path: String) throws(ModelError) -> ByteRegion {
        try ByteRegion(count: size) { memory throws(ModelError) in try read(descriptor, at: 0, into: memory, path) }
    }

    private static func read(
        _ descriptor: Int32, at offset: Int, into memory: UnsafeMutableRawBufferPointer, _ path: String
    ) throws(ModelError) {
        var filled = 0
        while filled < memory.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: memory[filled...])
            let count = pread(descriptor, rest.baseAddress, rest.count, off_t(offset + filled))
            if count == 0 { throw changed(path) }
            if count < 0 {
                let error = SystemError.last
                if error.number == EINTR { continue }
                throw problem("file.read-failed", "reading failed: \(error)", path, kind: .inputOutput, at: offset + filled)
            }
            filled += count
        }
    }

    private static func map(_ descriptor: Int32, size: Int, _ path: String) throws(ModelError) -> ByteRegion {
        guard let address = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), address != MAP_FAILED else {
            throw problem("file.read-failed", "the file cannot be mapped: \(SystemError.last)", path, kind: .inputOutput)
        }
        return ByteRegion(UnsafeRawBufferPointer(start: address, count: size), of: Mapped.shared, isMapped: true)
    }

    /// Stands for the mapping as the owner of a region; the file itself unmaps it.
    private final class Mapped: Sendable {
        static let shared = Mapped()
    }

    private static func changed(_ path: String) -> ModelError {
        problem(
            "file.changed", "the file was changed while it was being read", path, kind: .inputOutput, hint: "try again when it is complete")
    }

    private static func problem(
        _ code: String, _ message: String, _ path: String, kind: Problem.Kind = .cannotOpen, at offset: Int? = nil, hint: String? = nil
    ) -> ModelError {
        ModelError(Problem(code, message, kind: kind, at: Location(file: path, byteOffset: offset), hint: hint))
    }
}
