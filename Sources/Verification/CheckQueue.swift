import Dispatch
import ModelCore
import Synchronization

/// Work on nodes that goes on beside the run that gave their values; some at a time, so that few values are kept for it.
final class CheckQueue<Outcome: Sendable>: Sendable {
    private struct State {
        var outcomes: [Int: Outcome] = [:]
        var failures: [Int: ModelError] = [:]
    }

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "cnnconvert.checks", attributes: .concurrent)
    private let group = DispatchGroup()
    private let slots: DispatchSemaphore

    init(threads: Int) { slots = DispatchSemaphore(value: max(threads, 1)) }

    /// Waits until there is room, and begins.
    /// - Parameter position: in the order in which outcomes are wanted.
    /// - Throws: what work that has ended threw.
    func add(_ position: Int, _ work: @escaping @Sendable () throws(ModelError) -> Outcome) throws(ModelError) {
        slots.wait()
        if let failure = firstFailure {
            slots.signal()
            throw failure
        }
        queue.async(group: group) { [self] in
            do throws(ModelError) { keep(try work(), position) } catch { state.withLock { $0.failures[position] = error } }
            slots.signal()
        }
    }

    /// Does work that takes much memory: when all other work has ended, and before this returns.
    func addAlone(_ position: Int, _ work: () throws(ModelError) -> Outcome) throws(ModelError) {
        group.wait()
        if let failure = firstFailure { throw failure }
        keep(try work(), position)
    }

    private func keep(_ outcome: Outcome, _ position: Int) { state.withLock { $0.outcomes[position] = outcome } }

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
