import Testing

/// An app reads the library's errors as well: they name what the library has, and `cnnconvert` turns that into options of the command line.
@Suite struct HintTests {
    private static func strings(_ line: Substring) -> [String] {
        line.contains("//") ? [] : line.matches(of: /"(?:[^"\\]|\\.)*"/).map { String($0.output) }
    }

    @Test func noTextOfTheLibraryNamesAnOptionOrACommand() throws {
        // `--paper` is a variable of a style sheet.
        let sources = try SourceFile.all(in: "Sources", extensions: ["swift"]).filter {
            !$0.path.hasPrefix("Sources/cnnconvert/") && !$0.path.hasPrefix("Sources/CNNConversion/Report/")
        }
        #expect(sources.count > 300)
        let command = /(^|[^-\w])--[a-z]|cnnconvert (convert|verify|run|inspect|diff|benchmark|architectures)\b/
        for source in sources {
            for (number, line) in source.lines {
                for text in Self.strings(line) where text.contains(command) { Issue.record("\(source.path):\(number) \(text)") }
            }
        }
    }

    @Test func whatTheLibraryNamesHasAnOption() throws {
        let sources = try SourceFile.all(in: "Sources", extensions: ["swift"])
        let table = try #require(sources.first { $0.path == "Sources/cnnconvert/OptionNames.swift" }).text
        var found: Set<String> = []
        for source in sources where !source.path.hasPrefix("Sources/cnnconvert/") {
            for (_, line) in source.lines {
                for text in Self.strings(line) { found.formUnion(text.matches(of: /`Conversion\.[A-Za-z.]+`/).map { String($0.output) }) }
            }
        }
        #expect(found.count >= 3)
        for name in found.sorted() { #expect(table.contains("(\"\(name)\", \""), "\(name)") }
    }
}
