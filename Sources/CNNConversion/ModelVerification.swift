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
        /// Every difference from the source, empty where there is none or none was given.
        package let differences: [Problem]
        /// All of it as one JSON object.
        package let json: String

        package var isDifferent: Bool { verdict == Verdict.different.rawValue }
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
        let verdict = differences.isEmpty ? report.verdict : .different
        return Result(
            verdict: verdict.rawValue, rho: report.rho,
            layers: report.nodes.map { node in
                Layer(
                    name: node.name, operation: node.operation, checked: node.checked, count: node.count, rho: node.rho,
                    verdict: node.verdict.rawValue)
            },
            differences: differences, json: try JSON.text(json(report, verdict, differences)))
    }

    private static func json(_ report: VerificationReport, _ verdict: Verdict, _ differences: [Problem]) -> JSONValue {
        let nodes = report.nodes.map { node -> JSONValue in
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
        let inputs = report.inputs.sorted { $0.key < $1.key }.map { name, shape -> JSONValue in
            ["name": .string(name), "shape": .array(shape.map(JSONValue.integer))]
        }
        return [
            "verdict": .string(verdict.rawValue), "rho": .finite(report.rho), "inputs": .array(inputs), "nodes": .array(nodes),
            "differences": .array(differences.map { ["code": .string($0.code), "message": .string($0.message)] }),
        ]
    }
}
