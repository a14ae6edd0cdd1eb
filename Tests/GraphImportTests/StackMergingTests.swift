import ModelCore
import ModelGraph
import Testing

@testable import GraphImport

/// A sum over values that were stacked along a new axis is the sum of the values.
@Suite struct StackMergingTests {
    /// `[a, b]` stacked along `axis` and reduced along `reduced`.
    private func graph(_ shape: Shape, axis: Int, reduced: Int, _ kind: ReductionKind, keepsAxes: Bool = false, isRead: Bool = false) -> Graph {
        var graph = Graph(name: "net")
        graph.inputs = [GraphInput(name: "a", shape: shape), GraphInput(name: "b", shape: shape)]
        var sizes = shape.sizes.dropFirst().map { $0 ?? -1 }
        sizes.insert(1, at: axis - 1)
        graph.nodes = ["a", "b"].map { Node(name: "\($0)/1", operation: Reshape(sizes: sizes).erased, inputs: [$0], output: "\($0)/1") }
        graph.nodes += [
            Node(name: "stack", operation: Concatenate(axis: axis).erased, inputs: ["a/1", "b/1"], output: "stack"),
            Node(name: "y", operation: Reduce(kind: kind, axes: [reduced], keepsAxes: keepsAxes).erased, inputs: ["stack"], output: "y"),
        ]
        graph.outputs = [GraphOutput(name: "y", value: "y")] + (isRead ? [GraphOutput(name: "stack", value: "stack")] : [])
        return graph
    }

    @Test(arguments: [(ReductionKind.sum, MergeKind.add), (.mean, .average), (.maximum, .maximum), (.minimum, .minimum)])
    func theValuesAreMerged(_ kind: ReductionKind, _ merge: MergeKind) throws {
        for axis in 1...3 {
            let merged = try graph([nil, 4, nil], axis: axis, reduced: axis, kind).mergingStacks()
            #expect(merged.nodes == [Node(name: "y", operation: Merge(merge).erased, inputs: ["a", "b"], output: "y")])
        }
    }

    @Test func whatElseIsReadStays() throws {
        let merged = try graph([nil, 4, 5], axis: 1, reduced: 1, .sum, isRead: true).mergingStacks()
        #expect(merged.nodes.map(\.name) == ["a/1", "b/1", "stack", "y"])
        #expect(merged.nodes.last?.inputs == ["a", "b"])
    }

    @Test func anotherReductionStays() throws {
        for graph in [
            graph([nil, 4, 5], axis: 1, reduced: 2, .sum), graph([nil, 4, 5], axis: 1, reduced: 1, .sum, keepsAxes: true),
            graph([nil, 3, 3], axis: 2, reduced: 1, .sum),
        ] {
            #expect(try graph.mergingStacks().nodes == graph.nodes)
        }
    }
}
