import ModelCore
import ModelGraph
import Testing

@testable import CNNConversion

/// Drawings of networks.
@Suite struct GraphLayoutTests {
    static let identity = Activation(.relu(negativeSlope: 0, maximum: nil, threshold: 0)).erased

    static func graph(_ nodes: [(String, [String])], inputs: [String] = ["image"], outputs: [String] = []) -> Graph {
        Graph(
            name: "net", inputs: inputs.map { GraphInput(name: $0, shape: [nil, 4]) }, outputs: outputs.map { GraphOutput(name: $0, value: $0) },
            nodes: nodes.map { Node(name: $0.0, operation: identity, inputs: $0.1, output: $0.0) })
    }

    /// 40 blocks of four branches of different lengths and a way around them.
    static var blocks: Graph {
        var nodes: [(String, [String])] = []
        var last = "image"
        for block in 0..<40 {
            var ends = [last]
            for branch in 0..<4 {
                var end = last
                for step in 0...branch {
                    nodes.append(("b\(block)/\(branch)/\(step)", [end]))
                    end = "b\(block)/\(branch)/\(step)"
                }
                ends.append(end)
            }
            nodes.append(("b\(block)", ends))
            last = "b\(block)"
        }
        return graph(nodes, outputs: [last])
    }

    static let graphs: [(name: String, graph: Graph)] = [
        ("nothing", graph([], inputs: [])), ("chain", graph((1...600).map { ("n\($0)", [$0 == 1 ? "image" : "n\($0 - 1)"]) }, outputs: ["n600"])),
        ("blocks", blocks),
        ("late input", graph([("a", ["image"]), ("b", ["a"]), ("c", ["b", "late"])], inputs: ["image", "late"], outputs: ["c", "a"])),
        ("constant", graph([("a", ["image"]), ("b", ["a"]), ("k", []), ("c", ["b", "k"])], outputs: ["c"])),
        ("twice", graph([("a", ["image", "image"])], outputs: ["a", "a"])),
        ("unknown value", graph([("a", ["nobody"])])),
    ]

    @Test(arguments: graphs.indices) func everyItemIsBelowWhatItReadsAndApartFromOthers(_ index: Int) {
        let graph = Self.graphs[index].graph
        let layout = GraphLayout(graph)
        let network = layout.network
        for edge in network.edges { #expect(network.ranks[edge.to] == network.ranks[edge.from] + 1) }
        for position in graph.nodes.indices { #expect(network.items.filter { $0 == .node(position) }.count == 1) }
        #expect(network.items.count { $0 != .bend } == graph.inputs.count + graph.nodes.count + graph.outputs.count)
        let rows = Dictionary(grouping: network.items.indices) { network.ranks[$0] }
        func half(_ item: Int) -> Double { network.items[item] == .bend ? 4 : GraphLayout.boxWidth / 2 }
        for row in rows.values {
            let ordered = row.sorted { layout.places[$0] < layout.places[$1] }
            for (left, right) in zip(ordered, ordered.dropFirst()) {
                #expect(layout.places[right] - layout.places[left] >= half(left) + half(right))
            }
        }
        for item in network.items.indices {
            #expect(layout.places[item] >= half(item))
            #expect(layout.places[item] + half(item) <= layout.width)
            #expect(layout.top(of: item) + GraphLayout.boxHeight <= layout.height)
        }
    }

    /// Joins stand below where their branches parted, so that a long network does not wander off.
    @Test func blocksStandBelowOneAnother() {
        let graph = Self.blocks
        let layout = GraphLayout(graph)
        let joins = layout.network.items.indices.filter { item in
            if case .node(let position) = layout.network.items[item] { graph.nodes[position].inputs.count > 1 } else { false }
        }
        #expect(joins.count == 40)
        let places = joins.map { layout.places[$0] }
        #expect((places.max() ?? 0) - (places.min() ?? 0) < 0.01)
    }

    /// A network in which everything reads everything has no bends, and ends all the same.
    @Test func aDenseNetworkIsDrawnWithoutBends() {
        let graph = Self.graph((0..<300).map { number in ("n\(number)", ["image"] + (0..<number).map { "n\($0)" }) })
        let layout = GraphLayout(graph)
        #expect(!layout.network.items.contains(.bend))
        #expect(layout.network.edges.count == 300 * 301 / 2)
    }
}
