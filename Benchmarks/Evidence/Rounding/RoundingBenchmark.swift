import ModelCore
import ModelGraph
import Synchronization
import Verification

/// Executions that differ by rounding alone, held against the bounds of the verifier.
struct RoundingBenchmark: Sendable {
    private let options: EvidenceOptions

    init(_ options: EvidenceOptions) { self.options = options }

    /// Trials that are made together by one thread.
    private static let batch = 2000

    func run() throws(ModelError) -> RoundingReport {
        if let only = options.only {
            var report = RoundingReport()
            try Self.trial(seed: options.seed, number: only, into: &report)
            return report
        }
        let failure = Mutex<ModelError?>(nil)
        let parts = Workers.map((options.trials + Self.batch - 1) / Self.batch, threads: options.threads) { part -> RoundingReport in
            var report = RoundingReport()
            for number in part * Self.batch..<min((part + 1) * Self.batch, options.trials) {
                do throws(ModelError) {
                    try Self.trial(seed: options.seed, number: number, into: &report)
                } catch {
                    failure.withLock { $0 = error }
                }
            }
            if part % 50 == 49 { note("\(((part + 1) * Self.batch).grouped) trials") }
            return report
        }
        if let error = failure.withLock({ $0 }) { throw error }
        var whole = RoundingReport()
        for part in parts { whole.add(part) }
        return whole
    }

    private static func trial(seed: UInt64, number: Int, into report: inout RoundingReport) throws(ModelError) {
        var trial = RoundingTrial(seed: seed, number: number)
        // Attributes that do not fit together are drawn again.
        while true {
            guard let execution = trial.execution(number) else { continue }
            let node = try execution.report()
            report.add(node, execution, number: number)
            return
        }
    }
}

extension RoundingTrial {
    fileprivate mutating func execution(_ number: Int) -> Execution? {
        switch number % 20 {
        case 0, 1: convolution()
        case 2: transposedConvolution()
        case 3: dense()
        case 4: batchNormalization()
        case 5: pooling()
        case 6: wholePooling()
        case 7: merge()
        case 8: rescaling()
        case 9: locallyConnected()
        case 10: number % 40 == 10 ? dot() : matMul()
        case 11: standardization()
        case 12: rowNormalization()
        case 13: groupNormalization()
        case 14: reduce()
        case 15: number % 40 == 15 ? prelu() : gatedLinearUnit()
        case 16, 17: activation()
        case 18: softmax()
        default: resize()
        }
    }
}
