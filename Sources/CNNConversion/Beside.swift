import Dispatch
import ModelCore
import Synchronization

/// Two pieces of work at the same time.
enum Beside {
    /// Does `work` on this thread and `other` on another; with one thread to use, one after the other.
    /// - Throws: what `other` throws, else what `work` throws.
    static func run<Other: Sendable, Work>(
        threads: Int, _ other: @escaping @Sendable () throws(ModelError) -> Other, _ work: () throws(ModelError) -> Work
    ) throws(ModelError) -> (other: Other, work: Work) {
        guard threads > 1 else { return (try other(), try work()) }
        let outcome = Outcome<Other>()
        let group = DispatchGroup()
        DispatchQueue.global().async(group: group) {
            do throws(ModelError) { outcome.set(.success(try other())) } catch { outcome.set(.failure(error)) }
        }
        let mine: Result<Work, ModelError>
        do throws(ModelError) { mine = .success(try work()) } catch { mine = .failure(error) }
        group.wait()
        guard let theirs = outcome.value else { throw ModelError(Problem("run.thread", "a thread ended without a result", kind: .fault)) }
        return (try theirs.get(), try mine.get())
    }

    /// Where a thread leaves what it found.
    private final class Outcome<Value: Sendable>: Sendable {
        private let result = Mutex<Result<Value, ModelError>?>(nil)

        func set(_ value: Result<Value, ModelError>) { result.withLock { $0 = value } }
        var value: Result<Value, ModelError>? { result.withLock { $0 } }
    }
}
