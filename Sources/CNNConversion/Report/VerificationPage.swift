import ModelCore
import ModelGraph

/// What `verify` found as one page for a browser: it needs no network and no script, and is XML as well as HTML.
package struct VerificationPage {
    private let result: ModelVerification.Result
    /// Positions of nodes by name, of those that are drawn.
    private let positions: [String: Int]

    /// How wide a section's content is at most, and a drawing that has the table beside it.
    private static let room = 1090.0
    private static let widestBeside = 460.0

    package init(_ result: ModelVerification.Result) {
        self.result = result
        let nodes = result.graph.nodes.count <= GraphDrawing.largest ? result.graph.nodes : []
        positions = Dictionary(nodes.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    package var text: String {
        let subject = Markup.escaped(lastPart(result.subject.model))
        let head =
            Markup.element("meta", ["charset": "utf-8"])
            + Markup.element("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"])
            + Markup.element("title", [:], "\(subject): \(result.verdict)") + Markup.element("style", [:], "\n" + PageStyle.css + "\n")
        let page = Markup.element("head", [:], head) + "\n" + Markup.element("body", [:], Markup.element("main", [:], content(subject)))
        return "<!DOCTYPE html>\n"
            + Markup.element("html", ["xmlns": "http://www.w3.org/1999/xhtml", "lang": "en"], "\n" + page + "\n") + "\n"
    }

    private func content(_ subject: String) -> String {
        var parts = [
            Markup.element(
                "header", [:],
                VerdictLook(result.verdict).badge + Markup.element("h1", [:], subject) + Markup.element("p", ["class": "lead"], meaning))
        ]
        parts += diagnosis
        parts += differences
        parts += first
        parts.append(section("What was compared", VerificationFacts(result).markup))
        let drawing = result.graph.nodes.count <= GraphDrawing.largest ? GraphDrawing(result) : nil
        let tables = self.tables
        switch drawing {
        case let drawing? where drawing.width <= Self.widestBeside:
            let network = section("The network", Markup.element("div", ["class": "scroll"], drawing.markup), style: "network")
            let side = drawing.width + 58
            let others = Markup.element("div", [:], (plot(room: Self.room - side - 18) + tables).joined(separator: "\n"))
            parts.append(Markup.element("div", ["class": "columns", "style": "--side:\(Markup.number(side))px"], network + others))
        case let drawing?:
            parts += plot(room: Self.room)
            parts.append(section("The network", Markup.element("div", ["class": "scroll"], drawing.markup), style: "above"))
            parts += tables
        case nil:
            parts += plot(room: Self.room)
            parts.append(section("The network", "\(result.graph.nodes.count) layers are too many to draw."))
            parts += tables
        }
        return parts.joined(separator: "\n")
    }

    private var meaning: String {
        guard let assumption = result.assumption else { return verdictMeaning }
        return "\(verdictMeaning) The verdict is about \(Markup.escaped(assumption.claim)), which was assumed."
    }

    private var verdictMeaning: String {
        switch result.verdict {
        case "identical": "Both engines gave the same bits."
        case "rounding": "Rounding explains every difference: the largest is \(ReportNumber.text(result.rho)) of what it allows."
        case "inconclusive": "Some values are NaN, infinite or beyond Float32, and nothing can be said of them."
        default: "Rounding does not explain the difference."
        }
    }

    private var diagnosis: [String] {
        guard let diagnosis = result.diagnosis else { return [] }
        var layer = Markup.element("code", [:], Markup.escaped(diagnosis.node))
        if let position = positions[diagnosis.node] { layer += ", " + link(position, "show in the network") }
        let facts = [
            ("layer", layer), ("mistake", Markup.element("strong", [:], Markup.escaped(diagnosis.mistake))),
            ("finding", Markup.escaped(diagnosis.finding)), ("evidence", Markup.escaped(diagnosis.evidence)),
        ]
        return [section("What was done wrong", VerificationFacts.list(facts), style: "alarm")]
    }

    private var differences: [String] {
        guard !result.differences.isEmpty else { return [] }
        let items = result.differences.map { problem in
            var text = Markup.element("code", [:], Markup.escaped(problem.code)) + " " + Markup.escaped(problem.message)
            if let position = problem.location.node.flatMap({ positions[$0] }) { text += " " + link(position, "show") }
            return Markup.element("li", [:], text)
        }
        return [section("Differences", Markup.element("ul", [:], items.joined()), style: "alarm")]
    }

    /// The first layer that differs, and what is known of it.
    private var first: [String] {
        var parts: [String] = []
        if let (layer, isRecorded) = result.firstDifferent {
            var facts = [("layer", Markup.element("code", [:], Markup.escaped(layer.name)) + ", " + Markup.escaped(layer.operation))]
            if let position = positions[layer.name] { facts[0].1 += ", " + link(position, "show in the network") }
            facts.append(("rho", ReportNumber.text(layer.rho) + " times its bound, \(ReportNumber.text(layer.ulps)) ulps"))
            if let worst = layer.worst {
                facts.append(("element", "\(worst.index)" + (isRecorded ? " of the recorded run" : " in the \(worst.engine) engine")))
                facts += [("got", "\(worst.got)"), ("exact", "\(worst.exact)"), ("bound", "\(worst.bound)")]
            }
            parts.append(section("The first layer that differs", VerificationFacts.list(facts), style: "alarm"))
        }
        if let differing = result.differing {
            let title = "\(Markup.escaped(differing.name)): ours and \(Markup.escaped(differing.theirsName)), from the same inputs"
            parts.append(section(title, ActivationImages(layer: differing).markup))
        }
        return parts
    }

    private func plot(room: Double) -> [String] {
        let plot = ErrorPlot(layers: result.layers, recorded: result.recorded, room: room)
        let legend = result.recorded.isEmpty ? "" : " Dots are our own run, diamonds the recorded one."
        let words =
            "The largest difference of each layer in units of the bound that its own arithmetic allows.\(legend) Point at a mark for its name."
        return [
            section("Error against bound", Markup.element("p", ["class": "note"], words) + Markup.element("div", ["class": "scroll"], plot.markup))
        ]
    }

    private var tables: [String] {
        var tables = [section("Layers", table(result.layers, prefix: "row"))]
        if !result.recorded.isEmpty { tables.append(section("The framework's own run", table(result.recorded, prefix: "recorded"))) }
        return tables
    }

    private func table(_ layers: [ModelVerification.Layer], prefix: String) -> String {
        func cell(_ style: String, _ content: String) -> String { Markup.element("td", ["class": style], content) }
        let rows = layers.enumerated().map { number, layer in
            let name = Markup.escaped(layer.name)
            let linked = positions[layer.name].map { Markup.element("a", ["href": "#node-\($0)"], name) } ?? name
            return Markup.element(
                "tr", ["id": "\(prefix)-\(number)"],
                cell("layer", linked) + cell("", Markup.escaped(layer.operation))
                    + cell("n", "\(ReportNumber.grouped(layer.checked)) of \(ReportNumber.grouped(layer.count))")
                    + cell("n", ReportNumber.text(layer.rho)) + cell("n", ReportNumber.text(layer.ulps)) + cell("", VerdictLook(layer.verdict).badge))
        }
        let heads = [("", "layer"), ("", "operator"), ("n", "recomputed"), ("n", "rho"), ("n", "ulps"), ("", "verdict")]
        let head = Markup.element("tr", [:], heads.map { Markup.element("th", ["scope": "col", "class": $0.0], $0.1) }.joined())
        let body = Markup.element("thead", [:], head) + Markup.element("tbody", [:], "\n" + rows.joined(separator: "\n") + "\n")
        return Markup.element("div", ["class": "scroll"], Markup.element("table", ["class": "list"], body))
    }

    private func section(_ title: String, _ content: String, style: String = "") -> String {
        Markup.element("section", ["class": style], Markup.element("h2", [:], title) + "\n" + content)
    }

    private func link(_ position: Int, _ words: String) -> String { Markup.element("a", ["href": "#node-\(position)"], words) }

    private func lastPart(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
}
