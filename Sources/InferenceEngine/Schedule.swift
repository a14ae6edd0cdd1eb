import ModelCore
import ModelGraph

/// Where the values of a graph are kept while it runs: the inputs first, then what each node makes.
struct Schedule: Sendable {
    /// The name of each value.
    let names: [String]
    /// For each node, the values that it reads.
    let reads: [[Int]]
    /// For each node, the values that nobody reads after it, its own result among them if nobody reads that at all.
    let releases: [[Int]]
    /// For each output, its name and its value.
    let outputs: [(name: String, value: Int)]
    let inputCount: Int

    /// - Parameter graph: one that shape inference has accepted: names are unique, and nothing is read before it is made.
    init(_ graph: Graph) {
        names = graph.inputs.map(\.name) + graph.nodes.map(\.output)
        inputCount = graph.inputs.count
        let position = Dictionary(zip(names, names.indices)) { first, _ in first }
        reads = graph.nodes.map { $0.inputs.compactMap { position[$0] } }
        outputs = graph.outputs.compactMap { output in position[output.value].map { (output.name, $0) } }
        var lastReader = names.indices.map { $0 - graph.inputs.count }
        for (node, values) in reads.enumerated() {
            for value in values { lastReader[value] = node }
        }
        let kept = Set(outputs.map(\.value))
        var releases = [[Int]](repeating: [], count: graph.nodes.count)
        for (value, reader) in lastReader.enumerated() where reader >= 0 && !kept.contains(value) { releases[reader].append(value) }
        self.releases = releases
    }

    /// The most bytes that values take at one time, `nil` where that exceeds `Int`.
    func peakBytes(_ shapes: [[Int]]) -> Int? {
        var sizes: [Int] = []
        for shape in shapes {
            guard let bytes = shape.checkedProduct?.multiplied(by: MemoryLayout<Float>.stride) else { return nil }
            sizes.append(bytes)
        }
        guard var alive = sizes.prefix(inputCount).checkedSum else { return nil }
        var peak = alive
        for node in reads.indices {
            guard let sum = alive.adding(sizes[inputCount + node]) else { return nil }
            peak = max(peak, sum)
            alive = releases[node].reduce(sum) { $0 - sizes[$1] }
        }
        return peak
    }
}
