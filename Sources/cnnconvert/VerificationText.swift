import CNNConversion
import ModelCore

/// What `verify` found, for people: the summary first, then a table of the layers, in 80 columns.
struct VerificationText {
    let result: ModelVerification.Result
    /// Whether verdicts are coloured, as on a terminal.
    var isColoured = false

    static let columns = 80
    /// In a longer table, layers in sequence that are exact become one line.
    private static let longTable = 40
    /// Differences from the source of which each has its line.
    private static let mostDifferences = 20

    var text: String {
        var text = summary
        if let diagnosis = result.diagnosis {
            text += "  layer '\(ErrorText.clean(diagnosis.node))': \(ErrorText.clean(diagnosis.finding)) (\(diagnosis.mistake))\n"
            text += "  \(ErrorText.clean(diagnosis.evidence))\n"
        }
        for problem in result.differences.prefix(Self.mostDifferences) { text += "  [\(problem.code)] \(ErrorText.clean(problem.message))\n" }
        let more = result.differences.count - Self.mostDifferences
        if more > 0 { text += "  … and \(more) more, which --json and --html list\n" }
        if let assumption = result.assumption { text += "  the weights' file was \(ErrorText.clean(assumption.explanation))\n" }
        for remark in result.remarks { text += "  \(ErrorText.clean(remark))\n" }
        text += "\n" + facts.map { ColumnText.padded($0.0, to: 11) + $0.1 + "\n" }.joined()
        if let (layer, isRecorded) = result.firstDifferent { text += "\n" + first(layer, isRecorded) }
        text += "\n" + table(result.layers)
        if !result.recorded.isEmpty { text += "\nthe framework's own run:\n" + table(result.recorded) }
        return text
    }

    private var summary: String {
        let meaning =
            switch result.verdict {
            case "identical": "both engines gave the same bits"
            case "rounding": "the largest difference is \(Format.ratio(result.rho)) of what rounding allows"
            case "inconclusive": "some values are NaN, infinite or beyond Float32"
            default: "rounding does not explain the difference"
            }
        let claim = result.assumption.map { " of \(ErrorText.clean($0.claim))" } ?? ""
        return "\(verdict(result.verdict))\(claim): \(meaning)\n"
    }

    private var facts: [(String, String)] {
        let subject = result.subject
        var facts = [("model", "\(ErrorText.clean(subject.model)), \(result.layers.count) layers")]
        if let source = subject.source { facts.append(("against", "\(ErrorText.clean(source)): network and every weight")) }
        if let golden = subject.golden { facts.append(("golden", "\(ErrorText.clean(golden)): \(result.recorded.count) recorded values")) }
        for input in subject.inputs {
            let shape = Format.shape(input.shape)
            let room = Self.columns - 20 - shape.count
            facts.append(("input", ColumnText.shortened(ColumnText.clean(input.name), to: max(room, 12)) + " \(shape)"))
        }
        let checked = result.layers.reduce(0) { $0 + $1.checked }
        let count = result.layers.reduce(0) { $0 + $1.count }
        facts.append(("recomputed", "\(Format.count(checked)) of \(Format.count(count)) elements"))
        facts.append(("largest", "rho \(ReportNumber.text(result.rho)), \(ReportNumber.text(result.ulps)) ulps"))
        return facts
    }

    private func first(_ layer: ModelVerification.Layer, _ isRecorded: Bool) -> String {
        let name = ColumnText.shortened(ColumnText.clean(layer.name), to: 40)
        var text = "first      \(name), \(layer.operation)\(isRecorded ? ", as recorded" : "")\n"
        guard let worst = layer.worst else { return text }
        text += "  element  \(worst.index)\(isRecorded ? "" : " in the \(worst.engine) engine")\n"
        text += "  got      \(worst.got)\n  exact    \(worst.exact)\n  bound    \(worst.bound)\n"
        return text
    }

    private func table(_ layers: [ModelVerification.Layer]) -> String {
        let rows = Self.rows(of: layers)
        let measured = layers.map { (operation: $0.operation, rho: ReportNumber.text($0.rho), ulps: ReportNumber.text($0.ulps), verdict: $0.verdict) }
        let widths = (
            operation: measured.reduce(8) { max($0, $1.operation.count) }, rho: measured.reduce(3) { max($0, $1.rho.count) },
            ulps: measured.reduce(4) { max($0, $1.ulps.count) }, verdict: measured.reduce(7) { max($0, $1.verdict.count) }
        )
        let room = Self.columns - widths.operation - widths.rho - widths.ulps - widths.verdict - 4 * 2
        let names = layers.map { ColumnText.shortened(ColumnText.clean($0.name), to: room) }
        let width = names.reduce(5) { max($0, ColumnText.width($1)) }
        func line(_ name: String, _ operation: String, _ rho: String, _ ulps: String, _ verdict: String) -> String {
            [
                ColumnText.padded(name, to: width), ColumnText.padded(operation, to: widths.operation), rho.padded(to: widths.rho, atStart: true),
                ulps.padded(to: widths.ulps, atStart: true), verdict,
            ].joined(separator: "  ") + "\n"
        }
        return line("layer", "operator", "rho", "ulps", "verdict")
            + rows.map { row in
                switch row {
                case .folded(let count): "… \(count) layers identical, without any difference\n"
                case .layer(let position):
                    line(
                        names[position], measured[position].operation, measured[position].rho, measured[position].ulps,
                        verdict(measured[position].verdict))
                }
            }.joined()
    }

    private enum Row {
        case layer(Int)
        case folded(Int)
    }

    private static func rows(of layers: [ModelVerification.Layer]) -> [Row] {
        guard layers.count > longTable else { return layers.indices.map(Row.layer) }
        var rows: [Row] = []
        var position = 0
        while position < layers.count {
            let end = layers[position...].firstIndex { !$0.isExact } ?? layers.count
            if end - position >= 3 {
                rows.append(.folded(end - position))
                position = end
            } else {
                rows.append(.layer(position))
                position += 1
            }
        }
        return rows
    }

    private func verdict(_ word: String) -> String {
        guard isColoured else { return word }
        let colour =
            switch word {
            case "identical", "rounding": 32
            case "inconclusive": 33
            default: 31
            }
        return "\u{1B}[\(colour)m\(word)\u{1B}[0m"
    }
}
