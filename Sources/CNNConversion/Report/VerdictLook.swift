import Verification

/// How a verdict looks: by a sign as well as by a colour.
struct VerdictLook {
    let name: String
    let sign: String

    static let different = Verdict.different.rawValue

    init(_ verdict: String) {
        switch verdict {
        case "identical": (name, sign) = (verdict, "=")
        case "rounding": (name, sign) = (verdict, "≈")
        case "different": (name, sign) = (verdict, "≠")
        case "inconclusive": (name, sign) = (verdict, "?")
        default: (name, sign) = ("unknown", "")
        }
    }

    static func worse(_ first: String, _ second: String) -> String {
        (Verdict(rawValue: first) ?? .inconclusive).joined(with: Verdict(rawValue: second) ?? .inconclusive).rawValue
    }

    var badge: String { Markup.element("span", ["class": "badge \(name)"], "\(sign) \(name)") }
}
