/// What one thing means in the files of each version of Keras.
struct KerasHistory<Meaning: Sendable>: Sendable {
    /// From this version to the next one.
    struct Era: Sendable {
        let since: KerasVersion
        /// The meaning in words, for README.md.
        let text: String
        let meaning: Meaning

        init(_ since: String, _ text: String, _ meaning: Meaning) {
            self.since = KerasVersion(since)
            self.text = text
            self.meaning = meaning
        }
    }

    let subject: String
    private let first: Era
    private let later: [Era]

    /// - Parameter later: eras in ascending order.
    init(_ subject: String, _ first: Era, _ later: Era...) {
        self.subject = subject
        self.first = first
        self.later = later
    }

    subscript(version: KerasVersion) -> Meaning {
        (later.last { $0.since <= version } ?? first).meaning
    }

    /// The history as lines of a table: what, from which version to which, how.
    var lines: [String] {
        let eras = [first] + later
        return eras.indices.map { index in
            let since = "\(eras[index].since)"
            let versions =
                index + 1 == eras.count
                ? "\(since) and later" : index == 0 ? "before \(eras[1].since)" : "\(since) to before \(eras[index + 1].since)"
            return "| \(index == 0 ? subject : "") | \(versions) | \(eras[index].text) |"
        }
    }
}
