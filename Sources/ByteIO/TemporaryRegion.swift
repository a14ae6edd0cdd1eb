package import ModelCore

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

extension ByteRegion {
    /// New bytes like those of `init(count:fill:)`, which live in a file and not in memory: the system keeps of them what it has room for.
    ///
    /// The file is private, in the folder that `TMPDIR` names or `/tmp`, and has no name any more when this returns. Its room is taken
    /// beforehand, so that a full disk is an error here and no signal later.
    /// - Throws: `file.temporary` where there is no such file or no room for it; what `fill` throws.
    package static func inTemporaryFile(
        count: Int, fill: (UnsafeMutableRawBufferPointer) throws(ModelError) -> Void
    ) throws(ModelError) -> ByteRegion {
        let mapping = try TemporaryMapping(count: count)
        try fill(mapping.memory)
        return ByteRegion(UnsafeRawBufferPointer(mapping.memory), of: mapping, isMapped: true)
    }
}

/// A mapped file without a name.
private final class TemporaryMapping: Sendable {
    nonisolated(unsafe) let memory: UnsafeMutableRawBufferPointer

    init(count: Int) throws(ModelError) {
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? ""
        var name = Array(((folder.isEmpty ? "/tmp" : folder) + "/cnnconvert-XXXXXX").utf8CString)
        let descriptor = mkstemp(&name)
        guard descriptor >= 0 else { throw Self.problem("cannot be created: \(SystemError.last)") }
        defer { close(descriptor) }
        unlink(name)
        #if canImport(Darwin)
            let status = ftruncate(descriptor, off_t(count)) == 0 ? 0 : errno
        #else
            let status = posix_fallocate(descriptor, 0, off_t(count))
        #endif
        guard status == 0 else { throw Self.problem("has no room for \(count) bytes: \(SystemError(status))") }
        guard let address = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), address != MAP_FAILED else {
            throw Self.problem("cannot be mapped: \(SystemError.last)")
        }
        memory = UnsafeMutableRawBufferPointer(start: address, count: count)
    }

    deinit { munmap(memory.baseAddress, memory.count) }

    private static func problem(_ what: String) -> ModelError {
        ModelError(
            Problem("file.temporary", "a temporary file \(what)", kind: .inputOutput, hint: "TMPDIR names the folder for temporary files"))
    }
}
