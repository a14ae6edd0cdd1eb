import ModelCore

/// The text of errors: the one place where it is made.
enum ErrorText {
    static func render(_ error: ModelError) -> String {
        error.problems.map(render).joined()
    }

    private static func render(_ problem: Problem) -> String {
        var lines = ["error[\(problem.code)]: \(clean(OptionNames.replaced(in: problem.message)))"]
        let location = problem.location
        var place = location.file.map(clean) ?? ""
        if let path = location.path { place += (place.isEmpty ? "" : ": ") + clean(path) }
        if let offset = location.byteOffset { place += (place.isEmpty ? "" : ", ") + "byte \(offset)" }
        if !place.isEmpty { lines.append("  --> \(place)") }
        for cause in problem.causes { lines.append("  cause: \(clean(cause))") }
        if let hint = problem.hint { lines.append("  hint: \(clean(OptionNames.replaced(in: hint)))") }
        return lines.map { $0 + "\n" }.joined()
    }

    /// Names come from files: control characters would let them write to the terminal.
    static func clean(_ text: String) -> String {
        // Nearly all have none, which their bytes tell: 0xC2 begins those past ASCII.
        guard text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F || $0 == 0xC2 }) else { return text }
        return String(text.unicodeScalars.map { $0.properties.generalCategory == .control ? "\u{FFFD}" : Character($0) })
    }
}

extension ModelError {
    /// The exit code of the worst problem.
    var exitCode: Int32 {
        problems.map(\.kind.exitCode).max() ?? 70
    }
}

extension Problem.Kind {
    fileprivate var exitCode: Int32 {
        switch self {
        case .different: 1
        case .usage: 64
        case .input: 65
        case .cannotOpen: 66
        case .fault: 70
        case .cannotCreate: 73
        case .inputOutput: 74
        }
    }
}
