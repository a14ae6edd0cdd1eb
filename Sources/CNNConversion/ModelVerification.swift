import CNNMFormat
package import ModelCore
import ModelGraph
package import Verification

/// `verify`: whether a `.cnnm` is whole, computes what it says, and is the same network as another file.
package enum ModelVerification {
    package struct Options: Sendable {
        /// The file that it was converted from, to compare with.
        package var source: String?
        /// Whether every element is recomputed, not a sample.
        package var checksAll = false
        package var threads = ThreadCount.available

        package init() {}
    }

    /// What was found.
    package struct Result: Sendable {
        package let report: VerificationReport
        /// Every difference from the source, empty where there is none or none was given.
        package let differences: [Problem]

        package var verdict: Verdict { differences.isEmpty ? report.verdict : .different }
    }

    /// - Throws: where a file is damaged or cannot be read. Differences are in the result.
    package static func verify(
        _ path: String, options: Options = Options(), progress: ((Conversion.Progress) -> Void)? = nil
    ) throws(ModelError) -> Result {
        let file = try CNNMFile(path: path)
        do throws(ModelError) { try file.checkIntegrity() } catch { throw error.locating(file: path) }
        var differences: [Problem] = []
        if let source = options.source {
            do throws(ModelError) {
                try WeightComparison.compare(file, with: try LoadedModel(path: source).graph())
            } catch {
                guard error.problems.allSatisfy({ $0.kind == .different }) else { throw error }
                differences = error.locating(file: source).problems
            }
        }
        let report = try GraphVerification.verify(
            file.document.graph, threads: options.threads, sampling: options.checksAll ? .all : .sample(atLeast: 1024)
        ) { done, count in
            progress?(Conversion.Progress(stage: "verifying", fraction: Double(done) / Double(count)))
        }
        return Result(report: report, differences: differences)
    }
}
