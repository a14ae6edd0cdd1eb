/// Everything that is wrong with a request or a file, found before work starts: one or more problems.
public struct ModelError: Error, Sendable, Hashable {
    /// The problems in the order in which they were found; never empty.
    public private(set) var problems: [Problem]

    /// An error of one problem.
    public init(_ problem: Problem) {
        problems = [problem]
    }

    /// An error of these problems, or `nil` if there are none.
    public init?(_ problems: [Problem]) {
        guard !problems.isEmpty else { return nil }
        self.problems = problems
    }

    /// The same problems, each with these places where it names none of its own.
    package func locating(file: String? = nil, path: String? = nil, byteOffset: Int? = nil, node: String? = nil) -> ModelError {
        var copy = self
        for index in copy.problems.indices {
            let own = copy.problems[index].location
            copy.problems[index].location = Location(
                file: own.file ?? file, path: own.path ?? path, byteOffset: own.byteOffset ?? byteOffset, node: own.node ?? node)
        }
        return copy
    }
}

/// One thing that is wrong: what was found, where, and what to do next. Text for people is made elsewhere.
public struct Problem: Sendable, Hashable {
    /// Whose fault it is, which decides the exit code of the command line.
    public enum Kind: String, Sendable, Hashable {
        /// The request makes no sense.
        case usage
        /// The input is damaged, hostile or not supported.
        case input
        /// The input cannot be opened.
        case cannotOpen
        /// The output cannot be created.
        case cannotCreate
        /// Reading or writing failed.
        case inputOutput
        /// A bug of this program.
        case fault
        /// Two models are not the same.
        case different
    }

    /// A stable name such as `keras.unsupported-layer`, for programs to act upon.
    public let code: String
    /// Whose fault it is.
    public let kind: Kind
    /// What was found and what was expected, as one sentence without a full stop.
    public let message: String
    /// Where.
    public var location: Location
    /// What to do next.
    public let hint: String?
    /// What a library underneath said, innermost last.
    public let causes: [String]

    /// A problem; `kind` is a fault of the input unless said otherwise.
    public init(
        _ code: String, _ message: String, kind: Kind = .input, at location: Location = Location(), hint: String? = nil, causes: [String] = []
    ) {
        self.code = code
        self.kind = kind
        self.message = message
        self.location = location
        self.hint = hint
        self.causes = causes
    }
}

/// Where in a file something is.
public struct Location: Sendable, Hashable {
    /// The file, as the caller named it.
    public var file: String?
    /// The object inside the file: an HDF5 path, a JSON pointer, an archive entry.
    public var path: String?
    /// The position in bytes.
    public var byteOffset: Int?
    /// The node or layer by name.
    public var node: String?

    /// A location; what is not known is left out.
    public init(file: String? = nil, path: String? = nil, byteOffset: Int? = nil, node: String? = nil) {
        self.file = file
        self.path = path
        self.byteOffset = byteOffset
        self.node = node
    }
}
