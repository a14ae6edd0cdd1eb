import CNNConversion
import Foundation
import InferenceEngine
import ModelCore
import ModelGraph
import ReferenceEngine
import Synchronization
import Verification

/// Plants faults in networks, and counts who finds them.
struct FaultBenchmark: Sendable {
    private let options: EvidenceOptions
    private let folder: String

    init(_ options: EvidenceOptions) {
        self.options = options
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("evidence-\(ProcessInfo.processInfo.processIdentifier)").path
    }

    func run() throws(ModelError) -> FaultReport {
        do { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) } catch {
            throw ModelError(Problem("evidence.folder", "no folder '\(folder)' for files can be made"))
        }
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let subjects = try Subjects.load(fixtures: options.fixtures, folder: folder)
        let numbers = options.only.map { [$0] } ?? Array(0..<options.count)
        let outcomes = try collect(numbers.count) { number throws(ModelError) -> FaultTrial.Outcome? in
            guard let trial = try trial(numbers[number], subjects) else { return nil }
            return try trial.run(in: folder)
        }
        for (number, outcome) in zip(numbers, outcomes) {
            guard let outcome else { continue }
            if !outcome.isCaught || !outcome.isDiagnosed || options.only != nil {
                note(
                    "fault \(number): \(outcome.kind.rawValue) in \(outcome.node) of \(outcome.subject): \(outcome.verdict), diagnosed as \(outcome.diagnosis)"
                )
            }
        }
        if options.only != nil { return FaultReport(subjects: subjects, outcomes: outcomes.compactMap(\.self), soundPairs: []) }
        let pairs = try collect(subjects.count * FaultReport.inputsPerSubject) { number throws(ModelError) -> FaultReport.SoundPair in
            try soundPair(subjects[number / FaultReport.inputsPerSubject], number % FaultReport.inputsPerSubject)
        }
        return FaultReport(subjects: subjects, outcomes: outcomes.compactMap(\.self), soundPairs: pairs)
    }

    private func collect<Element: Sendable>(
        _ count: Int, _ work: @Sendable (Int) throws(ModelError) -> Element
    ) throws(ModelError) -> [Element] {
        let failure = Mutex<ModelError?>(nil)
        let done = Atomic<Int>(0)
        let results = Workers.map(count, threads: options.threads) { number -> Element? in
            do throws(ModelError) {
                let result = try work(number)
                let total = done.wrappingAdd(1, ordering: .relaxed).newValue
                if total % 100 == 0 { note("\(total) of \(count)") }
                return result
            } catch {
                failure.withLock { $0 = error }
                return nil
            }
        }
        if let error = failure.withLock({ $0 }) { throw error }
        return results.compactMap(\.self)
    }

    /// The fault of this number: kinds in turn, in the first of the networks, shuffled, that has a node for it.
    private func trial(_ number: Int, _ subjects: [Subject]) throws(ModelError) -> FaultTrial? {
        let kind = FaultKind.allCases[number % FaultKind.allCases.count]
        var random = RandomStream(seed: options.seed, trial: number)
        for subject in subjects.shuffled(using: &random) {
            for position in subject.graph.nodes.indices.shuffled(using: &random) {
                if let graph = try kind.plant(in: subject, at: position, random: &random) {
                    return FaultTrial(number: number, kind: kind, subject: subject, position: position, graph: graph, seed: random.next())
                }
            }
        }
        return nil
    }

    /// A network without a fault: what comparing the outputs of two engines says of it, and what the verdict is.
    private func soundPair(_ subject: Subject, _ number: Int) throws(ModelError) -> FaultReport.SoundPair {
        let seed = options.seed &+ UInt64(number)
        let found = try subject.outputs(of: subject.graph, seed: seed)
        let run = try Reference.run(subject.graph, inputs: try TrialInput.make(for: subject.graph, seed: seed), threads: 1)
        let expected = subject.graph.outputs.compactMap { run[$0.name] }
        var isDifferent = false
        if number == 0 {
            let path = "\(folder)/sound-\(subject.framework.rawValue)-\(subject.name).cnnm"
            try FaultTrial.write(subject.graph, to: path)
            defer { try? FileManager.default.removeItem(atPath: path) }
            var options = ModelVerification.Options()
            (options.source, options.threads) = (subject.path, 1)
            isDifferent = try ModelVerification.verify(path, options: options).isDifferent
        }
        return FaultReport.SoundPair(
            isDifferent: isDifferent, isRejected: AllClose.tolerances.map { !AllClose.holds(found, expected, tolerance: $0) })
    }
}
