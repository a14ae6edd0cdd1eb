import CNNMFormat
import ModelCore
import ModelGraph
import Verification

/// A file against its own fingerprints, with neither its source nor a framework.
enum FingerprintCheck {
    /// The trial that a file's fingerprints were made with; `nil` for a file without.
    static func trial(_ file: CNNMFile) throws(ModelError) -> FingerprintTrial? {
        guard case .recorded(let list) = file.document.fingerprints else { return nil }
        return try FingerprintTrial(file.document.graph, seed: list.seed, inputs: list.inputs)
    }

    /// What differs, named for the first layer in the order of execution.
    /// - Parameter outcomes: what the trial gave for each node, by name.
    static func differences(_ file: CNNMFile, _ trial: FingerprintTrial?, _ outcomes: [String: FingerprintTrial.Outcome]) -> [Problem] {
        guard let trial, case .recorded(let list) = file.document.fingerprints else { return [] }
        let graph = file.document.graph
        let tensors = Dictionary(file.tensors.map { ($0.name, $0) }) { first, _ in first }
        var first: (node: Node, text: String)?
        var count = 0
        for (node, recorded) in zip(graph.nodes, list.nodes) {
            guard let outcome = outcomes[node.name] else { continue }
            var parts: [String] = []
            if NodeDigest(node, tensors: tensors) != recorded.digest {
                parts.append("its weights, attributes or inputs are not those that were written")
            }
            let shape = trial.shape(of: node)
            if shape != recorded.shape { parts.append("its output has the shape \(shape), not \(recorded.shape)") }
            if let fault = fault(of: outcome, recorded: recorded.projection) { parts.append(fault) }
            guard !parts.isEmpty else { continue }
            count += 1
            if first == nil { first = (node, parts.joined(separator: "; ")) }
        }
        guard let first else { return [] }
        let rest = count == 1 ? "no other layer differs" : "\(count) of \(graph.nodes.count) layers differ"
        return [
            Problem(
                "verify.fingerprint",
                "layer '\(first.node.name)' (\(first.node.operation.name)) does not have its fingerprint: \(first.text); \(rest)",
                kind: .different, at: Location(node: first.node.name),
                hint: "the file was changed after it was written; convert the original model again")
        ]
    }

    private static func fault(of outcome: FingerprintTrial.Outcome, recorded: Double?) -> String? {
        switch (outcome.projection, recorded) {
        case (nil, nil): return nil
        case (let found?, let recorded?):
            guard abs(found - recorded) > outcome.bound else { return nil }
            let bound = outcome.bound == 0 ? "to the last bit" : "give or take \(outcome.bound)"
            return "on noise it gives \(found), not \(recorded) \(bound)"
        case (let found, let recorded):
            return "on noise it gives \(found.map { "\($0)" } ?? "nothing finite"), not \(recorded.map { "\($0)" } ?? "nothing finite")"
        }
    }
}
