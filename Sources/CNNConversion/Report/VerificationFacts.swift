/// What was compared with what, as a list of the page.
struct VerificationFacts {
    private let result: ModelVerification.Result

    init(_ result: ModelVerification.Result) {
        self.result = result
    }

    var markup: String {
        let subject = result.subject
        var facts = [("model", "\(Markup.escaped(subject.model)), \(result.layers.count) layers")]
        if let source = subject.source { facts.append(("against", "\(Markup.escaped(source)): network and every weight")) }
        if let golden = subject.golden { facts.append(("golden", "\(Markup.escaped(golden)): \(result.recorded.count) recorded values")) }
        if let assumption = result.assumption { facts.append(("assumed", Markup.escaped(assumption.explanation))) }
        for input in subject.inputs { facts.append(("input", "\(Markup.escaped(input.name)) \(input.shape)")) }
        let checked = result.layers.reduce(0) { $0 + $1.checked }
        let count = result.layers.reduce(0) { $0 + $1.count }
        facts.append(
            (
                "recomputed",
                "\(ReportNumber.grouped(checked)) of \(ReportNumber.grouped(count)) elements\(checked == count ? "" : ", a sample of each layer")"
            ))
        facts.append(("largest", "rho \(ReportNumber.text(result.rho)), \(ReportNumber.text(result.ulps)) ulps"))
        return Self.list(facts)
    }

    /// Names with markup.
    static func list(_ facts: [(String, String)]) -> String {
        Markup.element("dl", [:], facts.map { Markup.element("dt", [:], $0.0) + Markup.element("dd", [:], $0.1) }.joined())
    }
}
