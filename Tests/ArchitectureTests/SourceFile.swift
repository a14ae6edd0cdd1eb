import Foundation

/// A source of a target, and what it asks for.
struct SourceFile {
    /// Relative to the root of the package.
    let path: String
    let text: String

    /// All sources with these extensions below a folder, in the order of their paths.
    static func all(in folder: String, extensions: Set<String>) throws -> [SourceFile] {
        let base = House.root.appendingPathComponent(folder)
        let paths = (FileManager.default.enumerator(atPath: base.path)?.compactMap { $0 as? String } ?? []).sorted()
        return try paths.filter { extensions.contains(URL(fileURLWithPath: $0).pathExtension) }.map { path in
            SourceFile(path: "\(folder)/\(path)", text: try String(contentsOf: base.appendingPathComponent(path), encoding: .utf8))
        }
    }

    /// The modules of Swift's `import` declarations, with line numbers.
    var imports: [(module: String, line: Int)] {
        lines.filter { $0.line.contains("import") }.flatMap { number, line in
            line.split(separator: ";").compactMap { statement in
                let modifiers = /\s*(@\w+(\([^)]*\))?\s+)*((public|package|internal|fileprivate|private)\s+)?/
                guard let rest = statement.prefixMatch(of: modifiers).map({ statement[$0.range.upperBound...] }) else { return nil }
                let declaration = /import\s+((typealias|struct|class|enum|protocol|let|var|func)\s+)?(\w+)/
                return rest.prefixMatch(of: declaration).map { (String($0.output.3), number) }
            }
        }
    }

    /// The headers of C's `#include` directives, with line numbers.
    var includes: [(header: String, isQuoted: Bool, line: Int)] {
        lines.filter { $0.line.contains("#") }.compactMap { number, line in
            line.prefixMatch(of: /\s*#\s*(include|import)\s*([<"])([^>"]+)[>"]/).map { (String($0.output.3), $0.output.2 == "\"", number) }
        }
    }

    var lines: [(number: Int, line: Substring)] {
        text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map { ($0.offset + 1, $0.element) }
    }
}
