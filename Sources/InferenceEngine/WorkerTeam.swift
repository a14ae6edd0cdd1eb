import Dispatch
import Synchronization

/// Threads that share out numbered pieces of work.
struct WorkerTeam: Sendable {
    /// How many threads work at most.
    let count: Int

    /// Calls `body` once for each piece and returns when all are done. Workers are numbered from 0 to below `count`; each does one piece
    /// at a time, so that memory can belong to a worker.
    func share(pieces: Int, _ body: @Sendable (_ worker: Int, _ piece: Int) -> Void) {
        let workers = min(count, pieces)
        guard workers > 1 else {
            for piece in 0..<max(pieces, 0) { body(0, piece) }
            return
        }
        let next = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: workers) { worker in
            while true {
                let piece = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard piece < pieces else { return }
                body(worker, piece)
            }
        }
    }

    /// Calls `body` with ranges that together are `0..<total`. Each is worth waking a thread for when `cost` says how many numbers an element moves.
    func split(_ total: Int, cost: Int = 1, _ body: @Sendable (Range<Int>) -> Void) {
        share(runs: total, cost: cost) { _, range in body(range) }
    }

    /// The same, with the number of the worker.
    func share(runs total: Int, cost: Int, _ body: @Sendable (_ worker: Int, Range<Int>) -> Void) {
        let least = max(Self.numbersPerPiece / max(cost, 1), 1)
        let length = max((total + 4 * count - 1) / (4 * count), least)
        share(pieces: (total + length - 1) / length) { worker, piece in
            body(worker, piece * length..<min((piece + 1) * length, total))
        }
    }

    /// Fewer would cost less to handle than to hand over.
    private static let numbersPerPiece = 1 << 14
}
