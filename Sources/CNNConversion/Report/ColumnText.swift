/// Text by the columns that a terminal gives it.
package enum ColumnText {
    /// At most this many columns for `text`; what a terminal may join counts in parts, so that it is never too few.
    package static func width(_ text: String) -> Int {
        text.unicodeScalars.reduce(0) { $0 + width($1) }
    }

    /// A name from a file on one line: controls, and marks that turn or hide text around them, are replaced.
    package static func clean(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .format, .lineSeparator, .paragraphSeparator: "\u{FFFD}"
                    default: scalar
                    }
                }))
    }

    /// Text that is longer than `limit` columns without its middle: a third from the start, the rest from the end, which tells layers apart.
    package static func shortened(_ text: String, to limit: Int) -> String {
        guard width(text) > limit, limit > 1 else { return text }
        let start = prefix(text, columns: (limit - 1) / 3)
        let end = prefix(String(text.reversed()), columns: limit - 1 - width(start))
        return start + "…" + String(end.reversed())
    }

    package static func padded(_ text: String, to columns: Int, atStart: Bool = false) -> String {
        let filler = String(repeating: " ", count: max(columns - width(text), 0))
        return atStart ? filler + text : text + filler
    }

    private static func prefix(_ text: String, columns: Int) -> String {
        var taken = ""
        var rest = columns
        for character in text {
            let width = width(String(character))
            guard width <= rest else { break }
            taken.append(character)
            rest -= width
        }
        return taken
    }

    private static func width(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return 0
        default: break
        }
        // Wide and full-width, Unicode Standard Annex 11, in blocks; in doubt 2.
        switch scalar.value {
        case 0x1100...0x115F, 0x231A...0x231B, 0x2329...0x232A, 0x23E9...0x23F3, 0x25FD...0x25FE, 0x2600...0x27BF, 0x2B1B...0x2B55,
            0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F,
            0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x1B2FF, 0x1F000...0x1FAFF, 0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }
}
