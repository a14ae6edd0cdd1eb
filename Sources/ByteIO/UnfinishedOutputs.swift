internal import Synchronization

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

extension AtomicOutput {
    /// Makes SIGINT, SIGTERM and SIGHUP remove all temporary files before they end the process as they do otherwise, and SIGBUS end it
    /// with an error message and exit code 74: a mapped input was cut short. SIGXFSZ is ignored, so that writing beyond a limit
    /// is an error and not the end. A signal that is ignored already (`nohup`) stays ignored.
    ///
    /// For programs, at their start; a library must leave signals alone.
    package static func removeUnfinishedOnSignals() {
        UnfinishedOutputs.removeOnSignals()
    }
}

/// The temporary files of this process, where a signal handler can find them.
enum UnfinishedOutputs {
    static func removeOnSignals() {
        // Whatever is initialised lazily must be ready before a handler asks for it.
        _ = slots
        _ = occupied.load(ordering: .acquiring)
        for number in [SIGINT, SIGTERM, SIGHUP] {
            let previous = signal(number) { number in
                UnfinishedOutputs.removeAll()
                signal(number, SIG_DFL)
                raise(number)
            }
            if isIgnoring(previous) { signal(number, SIG_IGN) }
        }
        signal(SIGBUS) { _ in
            UnfinishedOutputs.removeAll()
            let message: StaticString = "error[file.changed]: an input file was cut short while it was being read\n"
            _ = write(STDERR_FILENO, message.utf8Start, message.utf8CodeUnitCount)
            _exit(74)
        }
        signal(SIGXFSZ, SIG_IGN)
    }

    typealias Registration = Int

    /// Remembers `path` until `unregister`; `nil` where all slots are taken or the path is too long for one.
    static func register(_ path: String) -> Registration? {
        let bytes = Array(path.utf8)
        guard bytes.count < slotSize else { return nil }
        return registering.withLock { _ in
            let taken = occupied.load(ordering: .relaxed)
            let slot = (~taken).trailingZeroBitCount
            guard slot < UInt64.bitWidth else { return nil }
            let memory = UnsafeMutableRawBufferPointer(rebasing: slots[slot * slotSize..<(slot + 1) * slotSize])
            memory.copyBytes(from: bytes)
            memory[bytes.count] = 0
            occupied.bitwiseOr(1 << UInt64(slot), ordering: .releasing)
            return slot
        }
    }

    static func unregister(_ slot: Registration) {
        _ = registering.withLock { _ in occupied.bitwiseAnd(~(1 << UInt64(slot)), ordering: .releasing) }
    }

    /// Removes every registered file; safe inside a signal handler.
    private static func removeAll() {
        var taken = occupied.load(ordering: .acquiring)
        while taken != 0 {
            let slot = taken.trailingZeroBitCount
            if let start = slots.baseAddress { unlink((start + slot * slotSize).assumingMemoryBound(to: CChar.self)) }
            taken &= taken - 1
        }
    }

    private static func isIgnoring(_ handler: sig_t?) -> Bool {
        unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }

    #if !canImport(Darwin)
        private typealias sig_t = @convention(c) (Int32) -> Void
    #endif

    /// A path of the longest kind that the system takes.
    private static let slotSize = 4096
    nonisolated(unsafe) private static let slots = UnsafeMutableRawBufferPointer.allocate(
        byteCount: slotSize * UInt64.bitWidth, alignment: 16)
    /// Bit k says that slot k holds the path of a file.
    private static let occupied = Atomic<UInt64>(0)
    private static let registering = Mutex(())
}
