import ByteIO
import CNNConversion
import CNNMFormat
import Foundation
import ModelCore
import ModelGraph
import Verification

/// One fault: planted, written to a file, and verified against the source as the program does it.
struct FaultTrial: Sendable {
    let number: Int
    let kind: FaultKind
    let subject: Subject
    let position: Int
    let graph: Graph
    let seed: UInt64

    struct Outcome: Sendable {
        let kind: FaultKind
        let subject: String
        let node: String
        /// `different` where it was caught; or why nothing was said.
        let verdict: String
        let diagnosis: String
        let isCaught: Bool
        let isDiagnosed: Bool
        /// For each tolerance, whether comparing outputs would have shown it.
        let isSeen: [Bool]
    }

    /// - Parameter folder: where a file may be written.
    func run(in folder: String) throws(ModelError) -> Outcome {
        let path = "\(folder)/\(number).cnnm"
        try Self.write(graph, to: path)
        defer { try? FileManager.default.removeItem(atPath: path) }
        var options = ModelVerification.Options()
        options.source = subject.path
        options.threads = 1
        var (verdict, found, isCaught) = ("", ModelVerification.Diagnosis?.none, false)
        do throws(ModelError) {
            let result = try ModelVerification.verify(path, options: options)
            (verdict, found, isCaught) = (result.verdict, result.diagnosis, result.isDifferent)
        } catch {
            verdict = error.text
        }
        let culprits = try culprits()
        return Outcome(
            kind: kind, subject: subject.name, node: subject.graph.nodes[position].name, verdict: verdict,
            diagnosis: found.map { "\($0.mistake) in \($0.node)" } ?? "none", isCaught: isCaught,
            isDiagnosed: found.map { kind.mistakes.contains($0.mistake) && culprits.contains($0.node) } ?? false, isSeen: try seen())
    }

    /// The nodes that are wrong: those that changed, and all that read what changed.
    private func culprits() throws(ModelError) -> Set<String> {
        var changed: Set<String> = []
        for name in subject.graph.nodes[position].weights.values {
            guard let old = subject.graph.weights[name]?.source, let new = graph.weights[name]?.source else { continue }
            if try old.bytes() != new.bytes() { changed.insert(name) }
        }
        let pairs = zip(subject.graph.nodes, graph.nodes).filter { old, new in old != new || !changed.isDisjoint(with: new.weights.values) }
        return Set(pairs.map(\.1.name))
    }

    /// What comparing the outputs for one random input shows.
    private func seen() throws(ModelError) -> [Bool] {
        let expected = try subject.outputs(of: subject.graph, seed: seed)
        let found = try subject.outputs(of: graph, seed: seed)
        return AllClose.tolerances.map { !AllClose.holds(found, expected, tolerance: $0) }
    }

    static func write(_ graph: Graph, to path: String) throws(ModelError) {
        var output = try AtomicOutput(path: path)
        try CNNMWriter.write(CNNMDocument(graph, producer: .init(name: "evidence", version: "1")), to: &output)
        try output.commit()
    }
}
