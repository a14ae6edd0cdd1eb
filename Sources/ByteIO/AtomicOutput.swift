package import ModelCore

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// A file that appears under its name only when it is complete.
///
/// It is written beside its final name as `.NAME.PID-RANDOM.tmp` and renamed by `commit`. Whatever happens before, `kill -9` included,
/// a file of that name stays as it was. Without `commit` the temporary file is removed when this value goes out of scope; after `kill -9`
/// it remains. Of two writers of one name the later `commit` wins, and the file is wholly one or the other.
package struct AtomicOutput: ~Copyable {
    /// The final name, as the caller gave it.
    package let path: String
    /// Where the bytes are until `commit`: for a library that writes by name, and for reading back what was written.
    package let temporaryPath: String
    /// The position after the last byte that was written.
    package private(set) var byteCount = 0

    private let destination: OutputDestination
    private let calls: OutputSystemCalls
    private let descriptor: Int32
    private let registration: UnfinishedOutputs.Registration?
    private var isCommitted = false

    /// Creates the temporary file, with the permissions of the file to be replaced or else those that the umask leaves.
    ///
    /// - Parameter inputs: files that must not be the output under any name: hard links and symbolic links are seen through.
    /// - Throws: `output.folder`, `output.no-folder`, `output.not-regular`, `output.is-input`, `output.dangling-link`, `output.permission`,
    ///   `output.name-length`, `output.cannot-create`.
    package init(path: String, inputs: [String] = [], calls: OutputSystemCalls = .real) throws(ModelError) {
        let destination = try OutputDestination(path, inputs: inputs)
        let temporaryPath = destination.temporaryPath()
        // Registered first: a signal between the two would leave the file.
        let registration = UnfinishedOutputs.register(temporaryPath)
        do throws(SystemError) {
            descriptor = try Self.create(temporaryPath, permissions: destination.permissions, calls)
        } catch {
            if let registration { UnfinishedOutputs.unregister(registration) }
            throw OutputDestination.problem(error, path)
        }
        self.path = path
        self.temporaryPath = temporaryPath
        self.destination = destination
        self.calls = calls
        self.registration = registration
    }

    private static func create(_ path: String, permissions: UInt32?, _ calls: OutputSystemCalls) throws(SystemError) -> Int32 {
        let created = calls.create(path)
        guard let descriptor = Int32(exactly: created), descriptor >= 0 else { throw SystemError(negated: created) }
        guard let permissions else { return descriptor }
        let result = calls.setPermissions(descriptor, permissions)
        guard result < 0 else { return descriptor }
        close(descriptor)
        unlink(path)
        throw SystemError(negated: result)
    }

    deinit {
        close(descriptor)
        if !isCommitted { unlink(temporaryPath) }
        if let registration { UnfinishedOutputs.unregister(registration) }
    }

    /// Writes `bytes` after the last byte.
    ///
    /// - Throws: `output.write-failed` where the disk is full, a limit on file size is reached, or the device fails.
    package mutating func append(_ bytes: UnsafeRawBufferPointer) throws(ModelError) {
        try write(bytes, at: byteCount)
    }

    /// The same for bytes in an array.
    package mutating func append(_ bytes: [UInt8]) throws(ModelError) {
        let offset = byteCount
        try bytes.withUnsafeBufferPointer { buffer throws(ModelError) in try write(UnsafeRawBufferPointer(buffer), at: offset) }
    }

    /// Appends zeros up to a multiple of `alignment`, at most 4096.
    package mutating func pad(toMultipleOf alignment: Int) throws(ModelError) {
        guard let end = byteCount.roundedUp(toMultipleOf: alignment) else { throw failure(SystemError(EFBIG)) }
        try append([UInt8](repeating: 0, count: end - byteCount))
    }

    /// Writes `bytes` at `offset`, over what is there or past it; what lies between is zeros.
    ///
    /// - Throws: `output.write-failed`.
    package mutating func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(ModelError) {
        guard offset >= 0, let end = offset.adding(bytes.count) else { throw failure(SystemError(EFBIG)) }
        var rest = bytes
        while !rest.isEmpty {
            let result = calls.write(descriptor, rest, end - rest.count)
            if result == -Int(EINTR) { continue }
            // A write of nothing without an error would go on for ever.
            guard result > 0 else { throw failure(result == 0 ? SystemError(ENOSPC) : SystemError(negated: result)) }
            rest = UnsafeRawBufferPointer(rebasing: rest[result...])
        }
        byteCount = max(byteCount, end)
    }

    /// Cuts off what lies past the first `count` bytes, of which there must be as many.
    ///
    /// - Throws: `output.write-failed`.
    package mutating func truncate(to count: Int) throws(ModelError) {
        guard (0...byteCount).contains(count) else { throw failure(SystemError(EINVAL)) }
        guard count < byteCount else { return }
        var result = calls.truncate(descriptor, count)
        while result == -Int(EINTR) { result = calls.truncate(descriptor, count) }
        guard result >= 0 else { throw failure(SystemError(negated: result)) }
        byteCount = count
    }

    /// Puts the file on disk and gives it its final name.
    ///
    /// Only power loss right after can bring the old file back, where the system does not let a folder be synchronised.
    ///
    /// - Throws: `output.write-failed`; the old file is as it was then.
    package consuming func commit() throws(ModelError) {
        let synchronized = calls.synchronize(descriptor)
        // EINVAL: a file system that has no such operation.
        guard synchronized >= 0 || synchronized == -Int(EINVAL) else { throw failure(SystemError(negated: synchronized)) }
        let renamed = calls.rename(temporaryPath, destination.path)
        guard renamed >= 0 else { throw failure(SystemError(negated: renamed)) }
        isCommitted = true
        let folder = open(destination.folder, O_RDONLY | O_CLOEXEC)
        if folder >= 0 {
            _ = calls.synchronize(folder)
            close(folder)
        }
    }

    private borrowing func failure(_ error: SystemError) -> ModelError {
        let hint = [ENOSPC, EDQUOT].contains(error.number) ? "free some space on the disk" : nil
        return ModelError(
            Problem(
                "output.write-failed", "writing the output failed: \(error)", kind: .inputOutput,
                at: Location(file: path, byteOffset: byteCount), hint: hint))
    }
}
