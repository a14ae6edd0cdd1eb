import ModelCore
import ModelGraph

/// The network as boxes and lines, each layer with the colour of its verdict.
struct GraphDrawing {
    private let graph: Graph
    private let layout: GraphLayout
    private let found: [String: Found]

    /// The worse of what was found for a layer.
    private struct Found {
        let verdict: String
        let rho: Double
        let ulps: Double
    }

    /// Larger networks are not drawn.
    static let largest = 5000

    init(_ result: ModelVerification.Result) {
        graph = result.graph
        layout = GraphLayout(result.graph)
        var all = (result.layers + result.recorded).map { ($0.name, Found(verdict: $0.verdict, rho: $0.rho, ulps: $0.ulps)) }
        // What differs from the source need not differ from its own definition.
        let named = result.differences.compactMap(\.location.node) + (result.diagnosis.map { [$0.node] } ?? [])
        all += named.map { ($0, Found(verdict: VerdictLook.different, rho: 0, ulps: 0)) }
        found = Dictionary(all) { first, second in
            Found(
                verdict: VerdictLook.worse(first.verdict, second.verdict), rho: max(first.rho, second.rho), ulps: max(first.ulps, second.ulps))
        }
    }

    var width: Double { layout.width }

    var markup: String {
        let lines = layout.network.edges.map(line).joined()
        let bends = layout.network.items.indices.filter { layout.network.items[$0] == .bend }.map { item in
            let x = Markup.number(layout.places[item])
            return "M\(x) \(Markup.number(layout.top(of: item)))v\(Markup.number(GraphLayout.boxHeight))"
        }.joined()
        let boxes = layout.network.items.indices.map(box).joined()
        return Markup.element(
            "svg",
            [
                "xmlns": "http://www.w3.org/2000/svg", "class": "graph", "role": "img", "aria-label": "the network",
                "width": Markup.number(layout.width), "height": Markup.number(layout.height),
                "viewBox": "0 0 \(Markup.number(layout.width)) \(Markup.number(layout.height))",
            ], Markup.element("path", ["class": "edge", "d": lines + bends]) + boxes)
    }

    private func line(_ edge: LayeredGraph.Edge) -> String {
        let (x1, x2) = (layout.places[edge.from], layout.places[edge.to])
        let (y1, y2) = (layout.top(of: edge.from) + GraphLayout.boxHeight, layout.top(of: edge.to))
        let start = "M\(Markup.number(x1)) \(Markup.number(y1))"
        guard abs(x1 - x2) > 0.5 else { return start + "L\(Markup.number(x2)) \(Markup.number(y2))" }
        let middle = Markup.number((y1 + y2) / 2)
        return start + "C\(Markup.number(x1)) \(middle) \(Markup.number(x2)) \(middle) \(Markup.number(x2)) \(Markup.number(y2))"
    }

    private func box(_ item: Int) -> String {
        let place = "translate(\(Markup.number(layout.places[item] - GraphLayout.boxWidth / 2)) \(Markup.number(layout.top(of: item))))"
        switch layout.network.items[item] {
        case .bend: return ""
        case .input(let position): return port("input", graph.inputs[position].name, "\(graph.inputs[position].shape)", place)
        case .output(let position): return port("output", graph.outputs[position].name, "", place)
        case .node(let position):
            let node = graph.nodes[position]
            let found = found[node.name]
            let look = VerdictLook(found?.verdict ?? "")
            var title = "\(node.name) (\(node.operation.name)), layer \(position + 1) of \(graph.nodes.count)"
            if let found { title += ": rho \(ReportNumber.text(found.rho)), \(ReportNumber.text(found.ulps)) ulps, \(look.name)" }
            if !node.inputs.isEmpty { title += "; reads \(node.inputs.joined(separator: ", "))" }
            let size: KeyValuePairs = ["width": Markup.number(GraphLayout.boxWidth), "height": Markup.number(GraphLayout.boxHeight), "rx": "5"]
            let isOtherwise = look.name == VerdictLook.different && (found?.rho ?? 0) <= 1
            let measured = found.map { isOtherwise ? look.sign : "\(look.sign) \(ReportNumber.text($0.rho))" } ?? ""
            return Markup.element(
                "g", ["class": "node \(look.name)", "id": "node-\(position)", "transform": place],
                Markup.element("title", [:], Markup.escaped(title)) + Markup.element("rect", size)
                    + Markup.element("path", ["class": "stripe", "d": "M5 0h-0a5 5 0 0 0 -5 5v28a5 5 0 0 0 5 5z"])
                    + text("name", ColumnText.shortened(node.name, to: 28), x: 12, y: 16)
                    + text("kind", node.operation.name, x: 12, y: 30)
                    + text("measure", measured, x: GraphLayout.boxWidth - 8, y: 30))
        }
    }

    private func port(_ kind: String, _ name: String, _ detail: String, _ place: String) -> String {
        let size: KeyValuePairs = ["width": Markup.number(GraphLayout.boxWidth), "height": Markup.number(GraphLayout.boxHeight), "rx": "19"]
        return Markup.element(
            "g", ["class": "port", "transform": place],
            Markup.element("title", [:], Markup.escaped("\(kind) \(name) \(detail)")) + Markup.element("rect", size)
                + text("name", ColumnText.shortened(name, to: 24), x: 18, y: 16)
                + text("kind", ColumnText.shortened("\(kind) \(detail)", to: 28), x: 18, y: 30))
    }

    private func text(_ style: String, _ words: String, x: Double, y: Double) -> String {
        Markup.element("text", ["class": style, "x": Markup.number(x), "y": Markup.number(y)], Markup.escaped(words))
    }
}
