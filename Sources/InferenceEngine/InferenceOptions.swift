import CKernels
import Foundation

/// How a plan runs.
package struct InferenceOptions: Sendable {
    /// Threads that one run uses: 1 to 256, other numbers become the nearest of these.
    package var threads: Int {
        didSet { threads = Self.clamped(threads) }
    }

    /// Bytes that weights, and all values alive at one time, may take together; beyond it a plan or a run is refused with `run.too-large`.
    package var memoryLimit: Int

    /// Whether a plan keeps the weights in memory. One that does not reads each node's for each run, a part at a time, from sources that must stay
    /// readable: for a single run of a network whose weights are large.
    package var keepsWeights = true

    /// The instruction set of the kernels.
    var kernels: Kernels = .best

    /// - Parameters:
    ///   - threads: the number of active processors unless given.
    ///   - memoryLimit: the memory of this machine unless given.
    package init(
        threads: Int = ProcessInfo.processInfo.activeProcessorCount, memoryLimit: Int = Int(clamping: ProcessInfo.processInfo.physicalMemory)
    ) {
        self.threads = Self.clamped(threads)
        self.memoryLimit = memoryLimit
    }

    private static func clamped(_ threads: Int) -> Int { min(max(threads, 1), 256) }
}

/// The C functions of one instruction set.
@dynamicMemberLookup
struct Kernels: @unchecked Sendable {
    // Unchecked: the table behind the pointer is a constant of the program.
    private let table: UnsafePointer<ck_kernels>

    /// Those of the best instruction set that this processor has.
    static let best = Kernels(table: ck_kernels_best())

    /// Those of every instruction set that this processor has.
    static let all: [Kernels] = [CK_BASELINE, CK_AVX2, CK_AVX512].compactMap { ck_kernels_for($0).map(Kernels.init) }

    private init(table: UnsafePointer<ck_kernels>) { self.table = table }

    subscript<Member>(dynamicMember member: KeyPath<ck_kernels, Member>) -> Member { table.pointee[keyPath: member] }
}
