import Foundation
import Testing

/// `spec/operators.md` in pieces.
struct OperatorsDocument {
    /// The headings of operators in their order, and what stands below each.
    let sections: [(name: String, lines: [Substring])]

    init() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: root.appendingPathComponent("spec/operators.md"), encoding: .utf8)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let begin = try #require(lines.firstIndex(of: "## Operators"))
        var sections: [(name: String, lines: [Substring])] = []
        for line in lines[begin...].dropFirst() {
            if line.hasPrefix("#") {
                sections.append((String(line), []))
            } else if !sections.isEmpty {
                sections[sections.count - 1].lines.append(line)
            }
        }
        self.sections = sections
    }

    /// What stands below an operator's heading.
    func section(_ name: String) throws -> Section {
        Section(lines: try #require(sections.first { $0.name == "### `\(name)`" }, "\(name) has no section").lines)
    }

    struct Section {
        let lines: [Substring]

        /// Whether this stands in backticks somewhere.
        func names(_ word: String) -> Bool { lines.contains { $0.contains("`\(word)`") } }

        /// The rows below the header of a table whose first cell is `title`, as cells without backticks; none where there is no such table.
        func table(_ title: String) -> [[String]] {
            let rows = lines.drop { !$0.hasPrefix("| \(title) |") }.prefix { $0.hasPrefix("|") }.dropFirst(2)
            return rows.map { row in
                row.dropFirst().dropLast().split(separator: "|", omittingEmptySubsequences: false).map {
                    $0.trimmingCharacters(in: .whitespaces)
                }
            }
        }

        /// The words in backticks in one column of a table, by row.
        func words(_ title: String, column: Int) -> [[String]] {
            table(title).map { row in
                row[column].split(separator: "`", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }.map {
                    String($0.element)
                }
            }
        }
    }
}
