/// Hints say what to do in terms of the library, which apps call. Here the same is said in those of the command line.
enum OptionNames {
    /// What stands in backquotes in a problem, and what a user of the command line knows it as.
    static let all: [(library: String, commandLine: String)] = [
        ("`Conversion.Options.config`", "--config"),
        ("`Conversion.Options.architecture`", "--architecture"),
        ("`Conversion.Options.inputShapes`", "--input-shape"),
        ("`Conversion.architectures`", "cnnconvert architectures"),
    ]

    static func replaced(in text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "`")) else { return text }
        return all.reduce(text) { $0.replacing($1.library, with: $1.commandLine) }
    }
}
