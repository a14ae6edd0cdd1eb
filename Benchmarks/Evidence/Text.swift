import Foundation

/// A table in Markdown.
struct Table {
    let header: [String]
    private(set) var rows: [[String]] = []

    init(_ header: [String]) { self.header = header }

    mutating func add(_ row: [String]) { rows.append(row) }

    /// Numbers to the right: all columns but the first.
    var markdown: String {
        let rule = header.indices.map { $0 == 0 ? "---" : "---:" }
        return ([header, rule] + rows).map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
    }
}

extension Int {
    /// `1,000,000`.
    var grouped: String {
        var digits = String(magnitude)
        var groups: [Substring] = []
        while digits.count > 3 {
            groups.insert(digits.suffix(3), at: 0)
            digits.removeLast(3)
        }
        return (self < 0 ? "-" : "") + ([digits[...]] + groups).joined(separator: ",")
    }

    /// A share of a whole: `91.2 %`.
    func share(of whole: Int) -> String {
        whole == 0 ? "-" : String(format: "%.1f %%", 100 * Double(self) / Double(whole))
    }
}

func fail(_ text: String, code: Int32) -> Never {
    FileHandle.standardError.write(Data("evidence: \(text)\n".utf8))
    exit(code)
}

/// What goes on, where a terminal shows it and no file does.
func note(_ text: String) {
    FileHandle.standardError.write(Data("\(text)\n".utf8))
}
