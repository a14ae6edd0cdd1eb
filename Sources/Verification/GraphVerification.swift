import InferenceEngine
package import ModelCore
package import ModelGraph
package import ReferenceEngine

/// Certifies that what the engines compute is what the graph says, node by node.
package enum GraphVerification {
    /// Runs the fast engine on seeded noise; for each node, from the values that this very run gave it, computes sampled elements of the result
    /// again in Float64, and holds both the run and the reference in Float32 against them. Errors of earlier nodes never accumulate.
    ///
    /// Weights are read as they are needed, a part at a time, and not kept.
    ///
    /// - Parameters:
    ///   - fingerprints: tried along with it, for which the weights are read anyway.
    ///   - sizes: the shapes of the network's inputs, where they are not those of the fingerprints.
    ///   - progress: told, after each node, how many of how many are done.
    /// - Throws: what importing weights or running throws. Differences are not thrown but reported.
    package static func verify(
        _ graph: Graph, threads: Int, sampling: Sampling = .sample(atLeast: 1024), seed: UInt64 = 1, fingerprints: FingerprintTrial? = nil,
        sizes: TrialSizes? = nil, progress: ((Int, Int) -> Void)? = nil
    ) throws(ModelError) -> VerificationReport {
        let inputs = try TrialInput.make(for: graph, seed: seed, sizes: sizes ?? fingerprints?.sizes)
        var options = InferenceOptions(threads: threads)
        options.keepsWeights = false
        let plan = try InferencePlan(graph, options: options)
        var trace = Trace(graph: graph, sampling: sampling, seed: seed, threads: threads, fingerprints: fingerprints, progress: progress)
        do throws(ModelError) {
            _ = try plan.run(inputs, observe: { name, tensor throws(ModelError) in try trace.record(name, tensor) })
        } catch {
            trace.checks.abandon()
            throw error
        }
        let outcomes = try trace.checks.finish()
        let tried = outcomes.compactMap { outcome in outcome.fingerprint.map { (outcome.report.name, $0) } }
        return VerificationReport(
            nodes: outcomes.map(\.report), inputs: inputs.mapValues(\.shape), fingerprints: Dictionary(tried) { first, _ in first })
    }
}

/// Hands nodes on to be checked as their values arrive, and keeps a value for its last reader.
private struct Trace {
    private let graph: Graph
    private let sampling: Sampling
    private let seed: UInt64
    private let trial: FingerprintTrial?
    private let progress: ((Int, Int) -> Void)?
    private let makers: [String: Int]
    private let lastReaders: [String: Int]
    private var values: [String: Tensor<Float>] = [:]
    let checks: CheckQueue<(report: NodeReport, fingerprint: FingerprintTrial.Outcome?)>

    init(graph: Graph, sampling: Sampling, seed: UInt64, threads: Int, fingerprints: FingerprintTrial?, progress: ((Int, Int) -> Void)?) {
        trial = fingerprints
        checks = CheckQueue(threads: threads)
        self.graph = graph
        self.sampling = sampling
        self.seed = seed
        self.progress = progress
        makers = Dictionary(graph.nodes.enumerated().map { ($1.output, $0) }, uniquingKeysWith: { first, _ in first })
        lastReaders = Dictionary(graph.nodes.enumerated().flatMap { position, node in node.inputs.map { ($0, position) } }, uniquingKeysWith: max)
    }

    mutating func record(_ name: String, _ tensor: Tensor<Float>) throws(ModelError) {
        values[name] = tensor
        guard let position = makers[name] else { return }
        let node = graph.nodes[position]
        let check = NodeCheck(node, of: graph, inputs: node.inputs.compactMap { values[$0] })
        let (trial, sampling, seed) = (trial, sampling, seed &+ UInt64(position))
        try checks.add(position, bytes: check.byteCount) { threads throws(ModelError) in
            // Its noise is as large as its inputs: where they share no weights, they are not in memory together.
            guard !node.weights.isEmpty else {
                let report = try check.report(on: tensor, sampling: sampling, seed: seed, threads: threads)
                return (report, try trial?.outcome(of: node, threads: threads))
            }
            var part = trial?.part(node, threads: threads)
            let report = try check.report(on: tensor, sampling: sampling, seed: seed, threads: threads, with: &part)
            return (report, trial.map { _ in part?.outcome ?? .none })
        }
        progress?(position + 1, graph.nodes.count)
        for input in Set(node.inputs) where lastReaders[input] == position { values[input] = nil }
        if lastReaders[name] == nil { values[name] = nil }
    }
}

extension Graph {
    /// The weights of a node in memory, by role.
    package func loadWeights(of node: Node) throws(ModelError) -> [String: ReferenceWeight] {
        var loaded: [String: ReferenceWeight] = [:]
        for (role, name) in node.weights {
            guard let weight = weights[name] else { continue }
            loaded[role] = ReferenceWeight(values: try weight.source.tensor(), layout: weight.layout)
        }
        return loaded
    }
}
