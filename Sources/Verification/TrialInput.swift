package import ModelCore
package import ModelGraph

/// Seeded inputs on which a network is tried: noise, so that nothing is constant or symmetric.
package enum TrialInput {
    /// Sizes to try for axes that the network leaves open; those of one input differ.
    private static let openSizes = [[37, 41, 43], [67, 71, 73], [131, 137, 139], [229, 233, 239], [331, 337, 347]]

    /// - Returns: a tensor for each input.
    /// - Throws: what `inferShapes` throws for the last sizes tried, or `run.too-large`.
    package static func make(for graph: Graph, seed: UInt64) throws(ModelError) -> [String: Tensor<Float>] {
        let shapes = try shapes(for: graph)
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
        let sizes = try shapes(for: graph)
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

    /// Shapes with nothing left open that the network accepts.
    package static func shapes(for graph: Graph) throws(ModelError) -> [String: [Int]] {
        var failure: ModelError?
        for candidates in openSizes {
            var shapes: [String: [Int]] = [:]
            for input in graph.inputs {
                var open = candidates.makeIterator()
                let inner = input.shape.sizes.dropFirst().map { $0 ?? open.next() ?? 7 }
                let isSmall = (inner.checkedProduct ?? .max) <= 1 << 14
                shapes[input.name] = input.shape.sizes.isEmpty ? [] : [input.shape[0] ?? (isSmall ? 2 : 1)] + inner
            }
            // Inputs that meet later must have equal batches.
            if let least = shapes.values.compactMap(\.first).min() {
                for input in graph.inputs where input.shape.rank > 0 && input.shape[0] == nil { shapes[input.name]?[0] = least }
            }
            do throws(ModelError) {
                _ = try graph.inferShapes(assuming: shapes.mapValues { Shape(known: $0) })
                return shapes
            } catch {
                failure = error
            }
        }
        throw failure ?? ModelError(Problem("run.input", "no sizes to try the network on", kind: .fault))
    }
}
