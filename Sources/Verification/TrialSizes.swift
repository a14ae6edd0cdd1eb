package import ModelCore
package import ModelGraph

/// Shapes of a network's inputs with nothing left open, with which the network is tried.
package struct TrialSizes: Sendable, Hashable {
    /// By the names of the inputs.
    package let shapes: [String: [Int]]
    /// Whether they follow from the network by the rule of the specification, so that nobody needs to be told.
    package let followsRule: Bool

    /// Numbers for the axes that a network leaves open, in their order: the rule takes the first row that the network accepts.
    static let rows = [[37, 41, 43], [67, 71, 73], [131, 137, 139], [229, 233, 239], [331, 337, 347]]

    /// Shapes that the network accepts: by the rule, else sizes that many networks accept, else those that this one asks for.
    /// - Throws: `run.open-sizes`, and what `inferShapes` throws for a network without open sizes.
    package init(for graph: Graph) throws(ModelError) {
        for (position, row) in Self.rows.enumerated() {
            let shapes = Self.filled(graph, with: row)
            do throws(ModelError) {
                _ = try graph.inferShapes(assuming: shapes.mapValues { Shape(known: $0) })
                self.init(shapes: shapes, followsRule: true)
                return
            } catch {
                // Without open sizes every row is the same.
                if position == 0, graph.inputs.allSatisfy({ $0.shape.dropFirst.known != nil }) { throw error }
            }
        }
        guard let shapes = SizeSearch(graph).shapes() else { throw Self.obstacle(of: graph) }
        self.init(shapes: shapes, followsRule: false)
    }

    /// Those that are given, one for each input.
    /// - Throws: `run.trial-sizes` where they are not of the network's inputs, and what `inferShapes` throws.
    package init(_ sizes: [[Int]], for graph: Graph) throws(ModelError) {
        guard sizes.count == graph.inputs.count, zip(sizes, graph.inputs).allSatisfy({ $1.shape.admits($0) }) else {
            throw ModelError(Problem("run.trial-sizes", "the network cannot be tried with inputs of \(sizes): its inputs have other shapes"))
        }
        let shapes = Dictionary(zip(graph.inputs.map(\.name), sizes)) { first, _ in first }
        _ = try graph.inferShapes(assuming: shapes.mapValues { Shape(known: $0) })
        self.init(shapes: shapes, followsRule: false)
    }

    private init(shapes: [String: [Int]], followsRule: Bool) {
        self.shapes = shapes
        self.followsRule = followsRule
    }

    /// Each input with these numbers on its open axes but the first, and 7 where there are more.
    static func filled(_ graph: Graph, with row: [Int]) -> [String: [Int]] {
        var shapes: [String: [Int]] = [:]
        for input in graph.inputs {
            var open = row.makeIterator()
            let inner = input.shape.sizes.dropFirst().map { $0 ?? open.next() ?? 7 }
            let isSmall = (inner.checkedProduct ?? .max) <= 1 << 14
            shapes[input.name] = input.shape.sizes.isEmpty ? [] : [input.shape[0] ?? (isSmall ? 2 : 1)] + inner
        }
        // Inputs that meet later must have equal batches.
        if let least = shapes.values.compactMap(\.first).min() {
            for input in graph.inputs where input.shape.rank > 0 && input.shape[0] == nil { shapes[input.name]?[0] = least }
        }
        return shapes
    }

    /// What stands in the way, said for sizes of the rule.
    private static func obstacle(of graph: Graph) -> ModelError {
        let shapes = filled(graph, with: rows[2])
        let tried = graph.inputs.map { "'\($0.name)' \(shapes[$0.name] ?? [])" }.joined(separator: ", ")
        var problems = [
            Problem(
                "run.open-sizes",
                "the network leaves sizes of its inputs open, and none that were tried go through it; with \(tried) these layers refuse theirs",
                hint: "say how large the inputs are with `Conversion.Options.inputShapes`, in the order of the source's axes")
        ]
        do throws(ModelError) { _ = try graph.inferShapes(assuming: shapes.mapValues { Shape(known: $0) }) } catch { problems += error.problems }
        return ModelError(problems) ?? ModelError(Problem("run.open-sizes", "no sizes to try the network with", kind: .fault))
    }
}

extension Shape {
    /// The axes after the first.
    fileprivate var dropFirst: Shape { Shape(Array(sizes.dropFirst())) }

    /// Whether an array of these sizes may be what this shape is declared for.
    package func admits(_ known: [Int]) -> Bool {
        known.count == rank && zip(known, sizes).allSatisfy { $0 >= 1 && ($1 == nil || $0 == $1) }
    }
}
