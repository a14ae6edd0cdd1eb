import ByteIO
import CNNMFormat
import InferenceEngine
package import ModelCore
import Verification

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// `benchmark`: how long a `.cnnm` takes to load and to run.
package struct SpeedMeasurement: Sendable {
    /// From the name of the file to a plan that can run.
    package let loadMilliseconds: Double
    package let medianMilliseconds: Double
    package let minimumMilliseconds: Double
    package let threads: Int
    package let runs: Int
    /// The most memory that the process ever held.
    package let peakBytes: Int

    /// Loads the file, runs it on noise to warm up, and times `runs` runs.
    /// - Throws: what loading and running throw.
    package init(path: String, threads: Int, runs: Int) throws(ModelError) {
        let clock = ContinuousClock()
        let start = clock.now
        let file = try CNNMFile(path: path)
        let plan = try InferencePlan(file.document.graph, options: InferenceOptions(threads: threads))
        loadMilliseconds = (clock.now - start).milliseconds
        let inputs = try TrialInput.make(for: file.document.graph, seed: 1, sizes: FingerprintCheck.trial(file)?.sizes)
        for _ in 0..<2 { _ = try plan.run(inputs) }
        var times: [Double] = []
        for _ in 0..<runs {
            let start = clock.now
            _ = try plan.run(inputs)
            times.append((clock.now - start).milliseconds)
        }
        times.sort()
        medianMilliseconds = times[times.count / 2]
        minimumMilliseconds = times[0]
        self.threads = plan.threads
        self.runs = runs
        peakBytes = Self.peakResidentBytes
    }

    /// The object that `benchmark --json` prints.
    package func json() throws(ModelError) -> String {
        try JSON.text([
            "load_ms": .finite(loadMilliseconds), "median_ms": .finite(medianMilliseconds), "min_ms": .finite(minimumMilliseconds),
            "threads": .integer(threads), "runs": .integer(runs), "peak_bytes": .integer(peakBytes),
        ])
    }

    private static var peakResidentBytes: Int {
        var usage = rusage()
        #if canImport(Darwin)
            getrusage(RUSAGE_SELF, &usage)
            return usage.ru_maxrss
        #else
            getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
            return usage.ru_maxrss * 1024
        #endif
    }
}

extension Duration {
    fileprivate var milliseconds: Double {
        Double(components.seconds) * 1e3 + Double(components.attoseconds) * 1e-15
    }
}
