import ByteIO
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
        /// A framework's own run of the network, an `.npz`.
        package var golden: String?
        /// Whether every element is recomputed, not a sample.
        package var checksAll = false
        package var threads = ThreadCount.available

        package init() {}
    }

    /// What was found.
    package struct Result: Sendable {
        /// `identical`, `rounding`, `different` or `inconclusive`.
        package let verdict: String
        /// The largest difference in units of what rounding may cause.
        package let rho: Double
        package let layers: [Layer]
        /// The layers of the framework's own run, where one was given.
        package let recorded: [Layer]
        /// Every difference from the source, empty where there is none or none was given.
        package let differences: [Problem]
        /// What was done wrong where the first difference is, as far as it could be found out.
        package let diagnosis: Diagnosis?
        /// All of it as one JSON object.
        package let json: String

        package var isDifferent: Bool { verdict == Verdict.different.rawValue }
    }

    /// What was done wrong to the network, and where.
    package struct Diagnosis: Sendable, Hashable {
        package let node: String
        /// One of the names of `Mistake`, such as `flatten-order`.
        package let mistake: String
        package let finding: String
        package let evidence: String

        init(_ diagnosis: Verification.Diagnosis) {
            node = diagnosis.node
            mistake = diagnosis.mistake.rawValue
            finding = diagnosis.finding
            evidence = diagnosis.evidence
        }
    }

    /// What was found for one layer.
    package struct Layer: Sendable {
        package let name: String
        package let operation: String
        /// Elements that were recomputed, of how many.
        package let checked: Int
        package let count: Int
        package let rho: Double
        package let verdict: String

        fileprivate init(_ node: NodeReport) {
            name = node.name
            operation = node.operation
            checked = node.checked
            count = node.count
            rho = node.rho
            verdict = node.verdict.rawValue
        }
    }

    /// - Throws: where a file is damaged or cannot be read. Differences are in the result.
    package static func verify(
        _ path: String, options: Options = Options(), progress: ((Conversion.Progress) -> Void)? = nil
    ) throws(ModelError) -> Result {
        let file = try CNNMFile(path: path)
        do throws(ModelError) { try file.checkIntegrity() } catch { throw error.locating(file: path) }
        var differences: [Problem] = []
        var diagnosis: Diagnosis?
        if let source = options.source {
            let architecture = try ArchitectureSource(file: options.config, name: options.architecture)
            let reading = try LoadedModel(path: source, architecture: architecture).reading()
            let comparison = try ModelComparison(of: file.document.graph, with: reading.graph) { fraction in
                progress?(Conversion.Progress(stage: "comparing", fraction: fraction))
            }
            differences = comparison.problems + (try reading.layoutProblems(threads: options.threads))
            diagnosis = comparison.diagnosis.map(Diagnosis.init)
        }
        let report = try GraphVerification.verify(
            file.document.graph, threads: options.threads, sampling: options.checksAll ? .all : .sample(atLeast: 1024)
        ) { done, count in
            progress?(Conversion.Progress(stage: "verifying", fraction: Double(done) / Double(count)))
        }
        let recorded = try options.golden.map { path throws(ModelError) in try GoldenTrace(path: path).certify(file.document.graph) } ?? []
        var verdict = recorded.reduce(report.verdict) { $0.joined(with: $1.verdict) }
        if !differences.isEmpty { verdict = .different }
        return Result(
            verdict: verdict.rawValue, rho: max(report.rho, recorded.map(\.rho).max() ?? 0), layers: report.nodes.map(Layer.init),
            recorded: recorded.map(Layer.init), differences: differences,
            diagnosis: diagnosis, json: try JSON.text(json(report, recorded, verdict, differences, diagnosis)))
    }

    private static func json(
        _ report: VerificationReport, _ recorded: [NodeReport], _ verdict: Verdict, _ differences: [Problem],
        _ diagnosis: Diagnosis?
    ) -> JSONValue {
        let inputs = report.inputs.sorted { $0.key < $1.key }.map { name, shape -> JSONValue in
            ["name": .string(name), "shape": .array(shape.map(JSONValue.integer))]
        }
        return [
            "verdict": .string(verdict.rawValue), "rho": .finite(report.rho), "inputs": .array(inputs), "nodes": .array(report.nodes.map(json)),
            "recorded": .array(recorded.map(json)),
            "differences": .array(differences.map { ["code": .string($0.code), "message": .string($0.message)] }),
            "diagnosis": diagnosis.map {
                [
                    "node": .string($0.node), "mistake": .string($0.mistake), "finding": .string($0.finding),
                    "evidence": .string($0.evidence),
                ]
            } ?? .null,
        ]
    }

    private static func json(_ node: NodeReport) -> JSONValue {
        [
            "name": .string(node.name), "operator": .string(node.operation), "verdict": .string(node.verdict.rawValue),
            "checked": .integer(node.checked), "count": .integer(node.count), "rho": .finite(node.rho),
            "worst": node.worst.map { worst in
                [
                    "engine": .string(worst.engine), "index": .array(worst.index.map(JSONValue.integer)), "got": .finite(worst.got),
                    "exact": .finite(worst.exact), "bound": .finite(worst.bound),
                ]
            } ?? .null,
        ]
    }
}
