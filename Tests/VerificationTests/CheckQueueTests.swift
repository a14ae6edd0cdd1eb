import Dispatch
import ModelCore
import Synchronization
import Testing

@testable import Verification

@Suite struct CheckQueueTests {
    /// How much of what is being worked on at a time.
    private final class Meter: Sendable {
        private let state = Mutex((now: 0, most: 0))
        var most: Int { state.withLock { $0.most } }

        func during<Result>(_ amount: Int, _ work: () -> Result) -> Result {
            state.withLock { state in
                state.now += amount
                state.most = max(state.most, state.now)
            }
            defer { state.withLock { $0.now -= amount } }
            // Long enough for whatever may work at the same time to begin.
            _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(2))
            return work()
        }
    }

    @Test(arguments: [1, 2, 5]) func outcomesComeInTheOrderOfTheirPositions(threads: Int) throws {
        let queue = CheckQueue<Int>(threads: threads)
        let meter = Meter()
        for position in (0..<200).reversed() {
            try queue.add(position, bytes: 1) { _ in meter.during(1) { position * position } }
        }
        #expect(try queue.finish() == (0..<200).map { $0 * $0 })
        #expect((1...threads).contains(meter.most))
    }

    @Test func whatTakesMuchMemoryIsDoneAloneByAllThreads() throws {
        let queue = CheckQueue<Int>(threads: 3)
        let meter = Meter()
        for position in 0..<60 {
            let isLarge = position % 10 == 9
            try queue.add(position, bytes: isLarge ? 1 << 27 : 1 << 20) { threads in meter.during(isLarge ? 100 : 1) { threads } }
        }
        #expect(try queue.finish() == (0..<60).map { $0 % 10 == 9 ? 3 : 1 })
        #expect(meter.most == 100)
    }

    @Test func memoryIsNeverMoreThanTheLimit() throws {
        let queue = CheckQueue<Void>(threads: 4)
        let meter = Meter()
        for position in 0..<40 { try queue.add(position, bytes: 30 << 20) { _ in meter.during(30) {} } }
        _ = try queue.finish()
        #expect(meter.most <= 60)
    }

    @Test func theFirstFailureIsThrown() {
        let queue = CheckQueue<Void>(threads: 2)
        @Sendable func failure(_ code: String) -> ModelError { ModelError(Problem(code, "it failed")) }
        do throws(ModelError) {
            // Either is told of by the next that is added, or at the end.
            try queue.add(7, bytes: 1) { _ throws(ModelError) in throw failure("later") }
            try queue.add(3, bytes: 1) { _ throws(ModelError) in throw failure("first") }
            _ = try queue.finish()
            Issue.record("nothing was thrown")
        } catch {
            queue.abandon()
            #expect(["later", "first"].contains(error.problems.first?.code))
        }
        #expect(throws: ModelError.self) { try queue.finish() }
        do throws(ModelError) { _ = try queue.finish() } catch { #expect(["later", "first"].contains(error.problems.first?.code)) }
    }
}
