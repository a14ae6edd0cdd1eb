import ModelCore
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A place for numbers that a kernel reads or writes, for closures that run on several threads.
struct Floats: @unchecked Sendable {
    // Unchecked: threads write disjoint parts, and whoever lends the memory waits for them.
    let base: UnsafeMutablePointer<Float>

    static func + (floats: Floats, offset: Int) -> UnsafeMutablePointer<Float> { floats.base + offset }
}

/// Memory for numbers, aligned to a cache line, that goes back to its pool when nobody holds it any more.
///
/// It is written by the one step that asked for it and constant once another can see it.
final class Storage: Sendable {
    let memory: Memory
    private let pool: StoragePool?

    var floats: Floats { Floats(base: memory.base) }

    fileprivate init(memory: Memory, pool: StoragePool?) {
        self.memory = memory
        self.pool = pool
    }

    /// Memory of no pool, for what lives as long as a plan.
    convenience init(count: Int) throws(ModelError) {
        self.init(memory: try Memory(count: count), pool: nil)
    }

    deinit {
        if let pool { pool.give(memory) } else { memory.free() }
    }
}

/// Memory that somebody has to free.
struct Memory: @unchecked Sendable {
    // Unchecked: it has one owner at a time, a storage or a pool.
    let base: UnsafeMutablePointer<Float>
    let capacity: Int

    /// From this size on memory comes from the system and goes back to it at once: allocators keep holes of aligned blocks that they cannot use.
    private static let leastMapped = 1 << 20

    /// - Throws: `run.too-large` where the system has no more memory.
    fileprivate init(count: Int) throws(ModelError) {
        capacity = max(count, 1)
        guard let bytes = capacity.multiplied(by: MemoryLayout<Float>.stride), let pointer = Self.allocate(bytes) else {
            throw ModelError(Problem("run.too-large", "there is no memory for \(count) numbers"))
        }
        base = pointer.bindMemory(to: Float.self, capacity: capacity)
    }

    private static func allocate(_ bytes: Int) -> UnsafeMutableRawPointer? {
        if bytes >= leastMapped {
            let pointer = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0)
            return pointer == MAP_FAILED ? nil : pointer
        }
        var pointer: UnsafeMutableRawPointer?
        return posix_memalign(&pointer, 64, bytes) == 0 ? pointer : nil
    }

    fileprivate func free() {
        let bytes = capacity * MemoryLayout<Float>.stride
        if bytes >= Self.leastMapped {
            munmap(base, bytes)
            return
        }
        #if canImport(Darwin)
            Darwin.free(base)
        #elseif canImport(Glibc)
            Glibc.free(base)
        #elseif canImport(Musl)
            Musl.free(base)
        #endif
    }
}

/// Memory that runs gave back, for later values of about the same size: fresh pages cost more than most layers.
final class StoragePool: Sendable {
    private let free = Mutex<[Memory]>([])

    /// Memory for this many numbers, of any content.
    func take(_ count: Int) throws(ModelError) -> Storage {
        let found = free.withLock { free in
            let fitting = free.indices.filter { free[$0].capacity >= count && free[$0].capacity / 2 <= count }
            return fitting.min { free[$0].capacity < free[$1].capacity }.map { free.remove(at: $0) }
        }
        if let found { return Storage(memory: found, pool: self) }
        return Storage(memory: try Memory(count: count), pool: self)
    }

    fileprivate func give(_ memory: Memory) {
        free.withLock { $0.append(memory) }
    }

    /// Frees what nobody uses now.
    func clear() {
        let unused = free.withLock { free in
            defer { free = [] }
            return free
        }
        for memory in unused { memory.free() }
    }

    deinit { clear() }
}
