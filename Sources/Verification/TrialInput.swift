package import ModelCore
package import ModelGraph

/// Seeded inputs on which a network is tried: noise, so that nothing is constant or symmetric.
package enum TrialInput {
    /// - Parameter sizes: shapes that the network accepts; without them, some are found.
    /// - Returns: a tensor for each input.
    /// - Throws: what `TrialSizes` throws, or `run.too-large`.
    package static func make(for graph: Graph, seed: UInt64, sizes: TrialSizes? = nil) throws(ModelError) -> [String: Tensor<Float>] {
        let shapes = if let sizes { sizes.shapes } else { try TrialSizes(for: graph).shapes }
        let tables = rowsOfTables(in: graph)
        var tensors: [String: Tensor<Float>] = [:]
        for (position, input) in graph.inputs.enumerated() {
            guard let shape = shapes[input.name], let count = shape.checkedProduct, count <= 1 << 30 else {
                throw ModelError(Problem("run.too-large", "input '\(input.name)' \(input.shape) is too large to try the network on"))
            }
            var random = RandomStream(seed: seed &+ UInt64(position) &* 0x1000_0000)
            if let rows = tables[input.name] {
                tensors[input.name] = Tensor(shape: shape, generating: { _ in Float(random.next() % UInt64(rows)) })
            } else {
                tensors[input.name] = Tensor(shape: shape, generating: { _ in random.nextFloat() })
            }
        }
        return tensors
    }

    /// Noise of the shapes of what a node reads; `nil` where a size is not known.
    static func noise(for node: Node, of graph: Graph) throws(ModelError) -> [Tensor<Float>]? {
        let sizes = try TrialSizes(for: graph).shapes
        let shapes = try graph.inferShapes(assuming: sizes.mapValues { Shape(known: $0) })
        let tables = rowsOfTables(in: graph)
        var inputs: [Tensor<Float>] = []
        for (index, name) in node.inputs.enumerated() {
            guard let shape = shapes[name], let known = Optional(shape.sizes.compactMap(\.self)), known.count == shape.rank else { return nil }
            var random = RandomStream(seed: UInt64(index + 1))
            if let rows = tables[name] {
                inputs.append(Tensor(shape: known, generating: { _ in Float(random.next() % UInt64(rows)) }))
            } else {
                inputs.append(Tensor(shape: known, generating: { _ in random.nextFloat() }))
            }
        }
        return inputs
    }

    /// For each value whose elements number the rows of tables, how many there are in the smallest.
    static func rowsOfTables(in graph: Graph) -> [String: Int] {
        var rows: [String: Int] = [:]
        for node in graph.nodes {
            guard case .embedding = node.operation, let name = node.inputs.first, let count = graph.weightShapes(of: node)["table"]?.shape.first
            else {
                continue
            }
            rows[name] = min(rows[name] ?? 1 << 24, count)
        }
        return rows
    }
}
