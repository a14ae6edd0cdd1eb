#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// Bytes in memory that neither move nor change while this object lives: memory of their own, or a part of somebody else's.
///
/// `bytes` is valid only as long as the object is, and the last mention of a variable may be the end of its object: use `withBytes`, or
/// hold the object in a property of something that lives on.
package final class ByteRegion: Sendable {
    nonisolated(unsafe) package let bytes: UnsafeRawBufferPointer
    private let owner: (any AnyObject & Sendable)?
    private let isMapped: Bool

    /// A part of the memory of `owner`, which lives at least as long as this object.
    ///
    /// - Parameter isMapped: whether the memory is a file's, and shows no change that is not in the file.
    package init(_ bytes: UnsafeRawBufferPointer, of owner: any AnyObject & Sendable, isMapped: Bool = false) {
        self.bytes = bytes
        self.owner = owner
        self.isMapped = isMapped
    }

    /// New memory of `count` bytes, aligned to 64 and filled by `fill`, which must set every byte.
    package init<Failure: Error>(count: Int, fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void) throws(Failure) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 64)
        do throws(Failure) {
            try fill(memory)
        } catch {
            memory.deallocate()
            throw error
        }
        bytes = UnsafeRawBufferPointer(memory)
        owner = nil
        isMapped = false
    }

    /// A copy of `array`.
    package convenience init(_ array: [UInt8]) {
        self.init(count: array.count) { $0.copyBytes(from: array) }
    }

    /// Calls `body` with the bytes and keeps them alive meanwhile.
    package func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(self) {} }
        return try body(bytes)
    }

    /// Gives memory back that was taken for looking at a mapped file. Nothing changes for those who look again, but that the system reads again.
    package func release() {
        guard isMapped, let start = bytes.baseAddress else { return }
        let page = UnsafeRawPointer(bitPattern: UInt(bitPattern: start) / Self.pageSize * Self.pageSize) ?? start
        madvise(UnsafeMutableRawPointer(mutating: page), start - page + bytes.count, MADV_DONTNEED)
    }

    private static let pageSize = UInt(sysconf(Int32(_SC_PAGESIZE)))

    deinit {
        if owner == nil { bytes.deallocate() }
    }
}
