package import ModelCore
package import ModelGraph
import Synchronization

/// A graph made ready to run for any sizes of its inputs: weights loaded as Float32 and packed.
///
/// A plan does not change; several threads may run it at once. It reads the weights' sources while it is made and lets go of them then,
/// unless its options say that it keeps no weights.
/// Every element of every value is what some order of the node's Float32 operations gives, fused multiply-adds allowed. Nodes are not merged.
package final class InferencePlan: Sendable {
    private let graph: Graph
    private let schedule: Schedule
    private let steps: [any Step]
    private let context: RunContext
    private let memoryLimit: Int
    private let lastSizes = Mutex<SizedGraph?>(nil)

    /// Threads that one run uses.
    package var threads: Int { context.team.count }

    /// Checks the graph, and loads its weights.
    /// - Throws: what `Graph.inferShapes` and the weights' sources throw; `run.too-large` where the weights exceed the memory limit.
    package init(_ graph: Graph, options: InferenceOptions = .init()) throws(ModelError) {
        let shapes = try graph.inferShapes()
        if options.keepsWeights { try Self.checkSize(of: graph, limit: options.memoryLimit) }
        var readers: [String: Int] = [:]
        for name in graph.nodes.flatMap(\.weights.values) { readers[name, default: 0] += 1 }
        var loaded: [String: LoadedWeight] = [:]
        var steps: [any Step] = []
        for node in graph.nodes {
            let rank = node.inputs.first.flatMap { shapes[$0]?.rank } ?? 0
            guard options.keepsWeights else {
                steps.append(StreamedDenseStep(node, of: graph, options) ?? StreamedStep(node, of: graph, rankOfInput: rank, options))
                continue
            }
            do throws(ModelError) {
                var weights: [String: LoadedWeight] = [:]
                for (role, name) in node.weights {
                    guard let weight = graph.weights[name] else { continue }
                    let values = if let shared = loaded[name] { shared } else { try LoadedWeight(weight.source, layout: weight.layout) }
                    weights[role] = values
                    // Kept only for nodes to come: a step has packed its own copy.
                    readers[name, default: 1] -= 1
                    loaded[name] = readers[name] == 0 ? nil : values
                }
                let request = StepRequest(
                    operation: node.operation, weights: weights, rankOfInput: rank, kernels: options.kernels, memoryLimit: options.memoryLimit)
                steps.append(try request.step())
            } catch {
                throw error.locating(node: node.name)
            }
        }
        self.graph = graph.withoutSources
        self.steps = steps
        schedule = Schedule(graph)
        context = RunContext(
            team: WorkerTeam(count: options.threads), kernels: options.kernels, pool: StoragePool(), memoryLimit: options.memoryLimit)
        memoryLimit = options.memoryLimit
    }

    /// Runs the graph.
    ///
    /// - Parameters:
    ///   - inputs: all inputs of the graph by name, and no others. A size that the graph does not declare may be any from 1.
    ///   - observe: called with a copy of every value by its name as it is made: inputs first, then in the order of nodes.
    /// - Returns: the outputs by the name of the output.
    /// - Throws: `run.input` for missing, unknown or misshapen inputs, `run.too-large` where values would exceed the memory limit, what shape
    ///   inference throws for these sizes, and what `observe` throws.
    package func run(
        _ inputs: [String: Tensor<Float>], observe: ((String, Tensor<Float>) throws(ModelError) -> Void)? = nil
    ) throws(ModelError) -> [String: Tensor<Float>] {
        let given = try check(inputs)
        let shapes = try sizedGraph(given.map(\.shape)).shapes
        var values = [Value?](repeating: nil, count: schedule.names.count)
        for (index, tensor) in given.enumerated() {
            values[index] = try context.make(tensor)
            if let observe { try observe(schedule.names[index], tensor) }
        }
        for (node, step) in steps.enumerated() {
            var operands = schedule.reads[node].compactMap { values[$0] }
            for value in schedule.releases[node] { values[value] = nil }
            let index = schedule.inputCount + node
            let result: Value
            do throws(ModelError) {
                result = try step.run(&operands, shape: shapes[index], context)
            } catch {
                throw error.locating(node: graph.nodes[node].name)
            }
            if let observe { try observe(schedule.names[index], try result.tensor()) }
            if !schedule.releases[node].contains(index) { values[index] = result }
        }
        var outputs: [String: Tensor<Float>] = [:]
        for output in schedule.outputs { outputs[output.name] = try values[output.value]?.tensor() }
        return outputs
    }

    /// The inputs in the graph's order.
    private func check(_ inputs: [String: Tensor<Float>]) throws(ModelError) -> [Tensor<Float>] {
        var problems: [Problem] = []
        func add(_ message: String) { problems.append(Problem("run.input", message, kind: .usage)) }
        let names = Set(graph.inputs.map(\.name))
        for name in inputs.keys.sorted() where !names.contains(name) {
            add("the network has no input '\(name)', its inputs are " + names.sorted().map { "'\($0)'" }.joined(separator: ", "))
        }
        var given: [Tensor<Float>] = []
        for input in graph.inputs {
            guard let tensor = inputs[input.name] else {
                add("input '\(input.name)' is missing")
                continue
            }
            let fits =
                tensor.shape.count == input.shape.rank
                && zip(tensor.shape, input.shape.sizes).allSatisfy { size, declared in size >= 1 && (declared ?? size) == size }
            if !fits { add("input '\(input.name)' has shape \(tensor.shape), the network needs \(input.shape)") }
            given.append(tensor)
        }
        if let error = ModelError(problems) { throw error }
        return given
    }

    /// The shapes of all values for these inputs.
    private func sizedGraph(_ sizes: [[Int]]) throws(ModelError) -> SizedGraph {
        if let last = lastSizes.withLock({ $0 }), last.inputs == sizes { return last }
        let assumed = Dictionary(zip(graph.inputs.map(\.name), sizes.map(Shape.init(known:)))) { first, _ in first }
        let inferred = try graph.inferShapes(assuming: assumed)
        let shapes = schedule.names.compactMap { inferred[$0]?.known }
        guard shapes.count == schedule.names.count else {
            throw ModelError(Problem("run.shape", "some shapes are unknown although those of all inputs are known", kind: .fault))
        }
        guard let peak = schedule.peakBytes(shapes), peak <= memoryLimit else {
            let needed = schedule.peakBytes(shapes).map { "\($0) bytes" } ?? "more bytes than can be counted"
            throw ModelError(Problem("run.too-large", "the activations need \(needed) at one time, the limit is \(memoryLimit)"))
        }
        let sized = SizedGraph(inputs: sizes, shapes: shapes)
        lastSizes.withLock { $0 = sized }
        // Memory of the old sizes would rarely fit the new ones.
        context.pool.clear()
        return sized
    }

    private static func checkSize(of graph: Graph, limit: Int) throws(ModelError) {
        let counts = graph.weightOrder.compactMap { graph.weights[$0]?.source.shape }.map(\.checkedProduct)
        let total = counts.contains(nil) ? nil : counts.compactMap(\.self).checkedSum?.multiplied(by: MemoryLayout<Float>.stride)
        guard let total, total <= limit else {
            let needed = total.map { "\($0) bytes" } ?? "more bytes than can be counted"
            throw ModelError(Problem("run.too-large", "the weights need \(needed), the limit is \(limit)"))
        }
    }
}

/// The shapes of all values for one set of input shapes.
private struct SizedGraph: Sendable {
    let inputs: [[Int]]
    let shapes: [[Int]]
}

extension Graph {
    /// The same graph with weights that have shapes but nothing to read, so that files behind them can be closed.
    fileprivate var withoutSources: Graph {
        var copy = self
        copy.weights = weights.mapValues { weight in
            Weight(
                WeightSource(dtype: weight.source.dtype, shape: weight.source.shape, origin: weight.source.origin) { _ throws(ModelError) in },
                layout: weight.layout)
        }
        return copy
    }
}
