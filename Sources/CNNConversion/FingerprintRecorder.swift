import CNNMFormat
import ModelCore
import ModelGraph
import Verification

/// Records the fingerprints of a file while it is written.
struct FingerprintRecorder {
    private let threads: Int
    /// What is known before a weight is read.
    private let blank: FingerprintList
    /// The shapes of the network's inputs in the trial.
    let sizes: TrialSizes
    private let seed = 1

    /// `nil` for a network that cannot be tried, which is then written without.
    init?(_ graph: Graph, threads: Int) {
        guard let trial = try? FingerprintTrial(graph, seed: seed) else { return nil }
        self.threads = threads
        let sizes = trial.sizes
        self.sizes = sizes
        let inputs = sizes.followsRule ? nil : graph.inputs.map { sizes.shapes[$0.name] ?? [] }
        blank = FingerprintList(seed: seed, inputs: inputs, nodes: graph.nodes.map { .blank(shape: trial.shape(of: $0)) })
    }

    /// The document with room for them.
    func prepared(_ document: CNNMDocument) -> CNNMDocument {
        var document = document
        document.fingerprints = .recorded(blank)
        return document
    }

    /// Those of a graph whose weights are written.
    func record(_ graph: Graph, _ tensors: [TensorEntry]) throws(ModelError) -> Fingerprints? {
        let trial = try FingerprintTrial(graph, seed: seed, inputs: blank.inputs)
        let tensors = Dictionary(tensors.map { ($0.name, $0) }) { first, _ in first }
        var list = blank
        for (index, node) in graph.nodes.enumerated() {
            list.nodes[index].projection = try trial.outcome(of: node, threads: threads).projection
            list.nodes[index].digest = NodeDigest(node, tensors: tensors)
        }
        return .recorded(list)
    }
}
