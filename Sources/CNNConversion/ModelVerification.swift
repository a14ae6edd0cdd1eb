import CNNMFormat
package import ModelCore
import ModelGraph
import Verification

/// `verify`: whether a `.cnnm` is whole, computes what it says, and is the same network as another file.
package enum ModelVerification {
    package struct Options: Sendable {
        /// The file that it was converted from, to compare with.
        package var source: String?
        /// The file that has the source's architecture, where the source has weights only.
        package var config: String?
        /// The name of the source's network in the catalogue, where the source has weights only.
        package var architecture: String?
        /// Where the source's network is, in a checkpoint that holds several.
        package var entry: String?
        /// Sizes for what the source leaves open.
        package var inputShapes: [InputShape] = []
        /// A framework's own run of the network, an `.npz`.
        package var golden: String?
        /// Whether every element is recomputed, not a sample.
        package var checksAll = false
        /// Whether what both models make of the first layer that differs is computed, to be shown.
        package var comparesActivations = false
        package var threads = ThreadCount.available

        package init() {}
    }

    /// What was done wrong to the network, and where.
    package struct Diagnosis: Sendable, Hashable {
        package let node: String
        /// One of the names of `Mistake`, such as `flatten-order`.
        package let mistake: String
        package let finding: String
        package let evidence: String

        package init(node: String, mistake: String, finding: String, evidence: String) {
            self.node = node
            self.mistake = mistake
            self.finding = finding
            self.evidence = evidence
        }

        init(_ diagnosis: Verification.Diagnosis) {
            self.init(node: diagnosis.node, mistake: diagnosis.mistake.rawValue, finding: diagnosis.finding, evidence: diagnosis.evidence)
        }
    }

    /// - Throws: where a file is damaged or cannot be read. Differences are in the result.
    package static func verify(
        _ path: String, options: Options = Options(), progress: ((Conversion.Progress) -> Void)? = nil
    ) throws(ModelError) -> Result {
        let file = try CNNMFile(path: path)
        var differences: [Problem] = []
        var diagnosis: Diagnosis?
        var differing: DifferingLayer?
        var assumption = AssumedArchitecture(metadata: file.document.metadata)
        if let source = options.source {
            let architecture = try ArchitectureSource(file: options.config, name: options.architecture)
            let model = try LoadedModel(path: source, architecture: architecture, entry: options.entry, inputShapes: options.inputShapes)
            assumption = model.assumption ?? assumption
            let reading = try model.reading()
            let comparison = try ModelComparison(of: file.document.graph, with: reading.graph) { fraction in
                progress?(Conversion.Progress(stage: "comparing", fraction: fraction))
            }
            differences =
                comparison.problems + (try KeptTensors.problems(file.document, against: reading.stateDict))
                + (try reading.layoutProblems(threads: options.threads))
            diagnosis = comparison.diagnosis.map(Diagnosis.init)
            if options.comparesActivations { differing = try comparison.firstDifference(threads: options.threads) }
        }
        let threads = options.threads
        let trial = try FingerprintCheck.trial(file)
        let (_, report) = try Beside.run(threads: threads) { () throws(ModelError) in
            do throws(ModelError) { try file.checkIntegrity() } catch { throw error.locating(file: path) }
        } _: { () throws(ModelError) in
            try GraphVerification.verify(
                file.document.graph, threads: threads, sampling: options.checksAll ? .all : .sample(atLeast: 1024), fingerprints: trial
            ) { done, count in
                progress?(Conversion.Progress(stage: "verifying", fraction: Double(done) / Double(count)))
            }
        }
        differences += FingerprintCheck.differences(file, trial, report.fingerprints)
        let recorded = try options.golden.map { path throws(ModelError) in try GoldenTrace(path: path).certify(file.document, threads: threads) }
        var verdict = (recorded?.reports ?? []).reduce(report.verdict) { $0.joined(with: $1.verdict) }
        if !differences.isEmpty { verdict = .different }
        return Result(
            verdict: verdict.rawValue, subject: Subject(path, options, inputs: report.inputs), graph: file.document.graph,
            layers: report.nodes.map(Layer.init), recorded: (recorded?.reports ?? []).map(Layer.init), differences: differences,
            diagnosis: diagnosis ?? recorded?.diagnosis.map(Diagnosis.init), differing: recorded?.firstDifferent ?? differing,
            remarks: file.document.graph.remarks(aboutDerivedWeights: options.source != nil) + (recorded?.remarks ?? []), assumption: assumption)
    }
}
