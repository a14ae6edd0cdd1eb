import Foundation

/// The root of the package and what `CONTRIBUTING.md` says about its targets.
enum House {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// A row of the table "target | what lives there | imports".
    struct Row {
        let target: String
        /// Targets, products of other packages, and headers of C libraries.
        let imports: Set<String>

        var modules: Set<String> { imports.filter { !$0.hasSuffix(".h") } }
        var headers: Set<String> { imports.filter { $0.hasSuffix(".h") } }
    }

    static func rows() throws -> [Row] {
        try rows(in: String(contentsOf: root.appendingPathComponent("CONTRIBUTING.md"), encoding: .utf8))
    }

    /// The rows below the header of the table, up to the first line that is none. Names are what stands in backticks.
    static func rows(in text: String) -> [Row] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let header = lines.firstIndex(of: "| target | what lives there | imports |") else { return [] }
        return lines[(header + 2)...].prefix { $0.hasPrefix("|") }.map { line in
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).map(names)
            return Row(target: cells.count > 1 ? cells[1].first ?? "" : "", imports: cells.count > 3 ? Set(cells[3]) : [])
        }
    }

    private static func names(_ cell: Substring) -> [String] {
        cell.split(separator: "`", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) }
    }
}
