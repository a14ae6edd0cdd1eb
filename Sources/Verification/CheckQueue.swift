import Dispatch
import ModelCore
import Synchronization

/// Work on nodes that goes on beside the run that gave their values; some at a time, so that few values are kept for it.
final class CheckQueue<Outcome: Sendable>: Sendable {
    private struct Check {
        /// In the order in which outcomes are wanted.
        let position: Int
        let bytes: Int
        let work: @Sendable (_ threads: Int) throws(ModelError) -> Outcome
    }

    private struct State {
        var outcomes: [Int: Outcome] = [:]
        var failures: [Int: ModelError] = [:]
        var waiting: [Check] = []
        /// Of all that has not ended: how many, and the memory that they take.
        var (count, bytes) = (0, 0)
        /// The threads that work.
        var workers = 0
    }

    /// Work that takes more memory is done alone.
    private static var byteLimit: Int { 1 << 26 }

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "cnnconvert.checks", attributes: .concurrent)
    private let group = DispatchGroup()
    /// Signalled whenever work has ended.
    private let ended = DispatchSemaphore(value: 0)
    private let threads: Int

    init(threads: Int) { self.threads = max(threads, 1) }

    /// Begins when there is room, or does at once with all threads what takes much memory.
    /// - Parameters:
    ///   - position: in the order in which outcomes are wanted.
    ///   - bytes: of memory that the work takes, about.
    ///   - work: is told how many threads it may use.
    /// - Throws: what work that has ended threw.
    func add(
        _ position: Int, bytes: Int, _ work: @escaping @Sendable (_ threads: Int) throws(ModelError) -> Outcome
    ) throws(ModelError) {
        let isAlone = threads == 1 || bytes > Self.byteLimit
        // As many wait as are worked on, so that a thread that is done has something to go on with.
        while !state.withLock({ $0.count == 0 || !isAlone && $0.count < 2 * threads && $0.bytes + bytes <= Self.byteLimit }) { ended.wait() }
        if let failure = firstFailure { throw failure }
        if isAlone {
            let outcome = try work(threads)
            state.withLock { $0.outcomes[position] = outcome }
            return
        }
        let needsWorker = state.withLock { state in
            state.waiting.append(Check(position: position, bytes: bytes, work: work))
            state.count += 1
            state.bytes += bytes
            defer { state.workers = min(state.workers + 1, threads) }
            return state.workers < threads
        }
        if needsWorker { queue.async(group: group) { [self] in while workOnNext() {} } }
    }

    /// - Returns: whether there was anything to do.
    private func workOnNext() -> Bool {
        let next = state.withLock { state -> Check? in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            state.workers -= 1
            return nil
        }
        guard let next else { return false }
        let result: Result<Outcome, ModelError>
        do throws(ModelError) { result = .success(try next.work(1)) } catch { result = .failure(error) }
        state.withLock { state in
            switch result {
            case .success(let outcome): state.outcomes[next.position] = outcome
            case .failure(let failure): state.failures[next.position] = failure
            }
            state.count -= 1
            state.bytes -= next.bytes
        }
        ended.signal()
        return true
    }

    /// Waits for all of it.
    /// - Returns: the outcomes in the order of their positions.
    /// - Throws: what the work for the first position threw that failed.
    func finish() throws(ModelError) -> [Outcome] {
        group.wait()
        if let failure = firstFailure { throw failure }
        return state.withLock { state in state.outcomes.sorted { $0.key < $1.key }.map(\.value) }
    }

    /// Waits for all of it, whatever comes of it: before what it reads goes away.
    func abandon() { group.wait() }

    private var firstFailure: ModelError? {
        state.withLock { state in state.failures.min { $0.key < $1.key }?.value }
    }
}
