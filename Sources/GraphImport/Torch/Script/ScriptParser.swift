import ModelCore

/// Reads the tokens of one line. Everything that PyTorch does not write for traced code is refused.
struct ScriptParser {
    private let tokens: [ScriptToken]
    private let place: ScriptPlace
    private var position = 0
    private var depth = 0

    /// Tracing nests a few calls at a time.
    private static let depthLimit = 60
    /// Each of a chain is one more level of the tree.
    private static let chainLimit = 30

    private init(_ line: ScriptLine) {
        tokens = line.tokens
        place = line.place
    }

    private static let controlFlow: Set<String> = ["else", "elif", "with", "try", "break", "continue", "raise"]

    /// One line; what has a body gets it from whoever reads the lines after it.
    /// - Throws: `torch.script-control-flow`, `torch.script-syntax`, `torch.script-size`.
    static func statement(_ line: ScriptLine) throws(ModelError) -> ScriptStatement {
        var parser = ScriptParser(line)
        if case .name(let word)? = line.tokens.first, controlFlow.contains(word) {
            throw line.place.problem(
                "control-flow", "the code has '\(word)', which cnnconvert does not follow", hint: hint)
        }
        let statement = try parser.statement()
        guard parser.position == parser.tokens.count else { throw parser.unexpected("the end of the line") }
        return statement
    }

    /// What to do about code that cannot be followed.
    static let hint = "trace the network with an input: torch.jit.trace(model.eval(), x), or export it with torch.export"

    /// Whether a line is `else:`.
    static func isElse(_ line: ScriptLine) -> Bool { line.tokens == [.name("else"), .symbol(":")] }

    /// `def forward(self: __torch__.Net, x: Tensor) -> Tensor:`
    static func parameters(_ line: ScriptLine) throws(ModelError) -> [ScriptFunction.Parameter] {
        var parser = ScriptParser(line)
        // `def`, the name and the bracket.
        parser.position = 2
        try parser.expect("(")
        var parameters: [ScriptFunction.Parameter] = []
        while !parser.accept(")") {
            // A star parts positional parameters from others.
            if parser.accept("*") {
                try parser.expect(",")
                continue
            }
            let name = try parser.name()
            var type: ScriptExpression?
            if parser.accept(":") { type = try parser.expression() }
            let preset = parser.accept("=") ? try parser.expression() : nil
            let word = if case .item(let base, _)? = type { base.path?.last } else { type?.path?.last }
            parameters.append(ScriptFunction.Parameter(name: name, type: word ?? "", preset: preset))
            if !parser.accept(",") {
                try parser.expect(")")
                break
            }
        }
        return parameters
    }

    // MARK: Tokens

    private var token: ScriptToken? { position < tokens.count ? tokens[position] : nil }

    private mutating func accept(_ symbol: String) -> Bool {
        guard token == .symbol(symbol) else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ symbol: String) throws(ModelError) {
        guard accept(symbol) else { throw unexpected("'\(symbol)'") }
    }

    private mutating func name() throws(ModelError) -> String {
        guard case .name(let name)? = token else { throw unexpected("a name") }
        position += 1
        return name
    }

    private func unexpected(_ expected: String) -> ModelError {
        place.syntax("the code has \(token?.description ?? "the end of the line") where \(expected) was expected")
    }

    // MARK: Statements

    private mutating func statement() throws(ModelError) -> ScriptStatement {
        if token == .name("return") {
            position += 1
            let value = position == tokens.count ? .none : try unbracketed()
            return ScriptStatement(place: place, kind: .yield(isReturn: true), value: value)
        }
        if token == .name("pass"), tokens.count == 1 {
            position += 1
            return ScriptStatement(place: place, kind: .yield(isReturn: false), value: .none)
        }
        if let header = try header() { return header }
        if let name = try declared() { return ScriptStatement(place: place, kind: .assign(name), value: try unbracketed()) }
        if let kind = targets() { return ScriptStatement(place: place, kind: kind, value: try unbracketed()) }
        return ScriptStatement(place: place, kind: .yield(isReturn: false), value: try unbracketed())
    }

    /// `if value:`, `while value:` or `for name in value:`.
    private mutating func header() throws(ModelError) -> ScriptStatement? {
        let kind: ScriptStatement.Kind
        switch token {
        case .name("if")?:
            position += 1
            kind = .condition(then: [], otherwise: [])
        case .name("while")?:
            position += 1
            kind = .repetition([])
        case .name("for")?:
            position += 1
            kind = .loop(try name(), [])
            guard try name() == "in" else { throw unexpected("'in'") }
        default: return nil
        }
        let value = try expression()
        try expect(":")
        return ScriptStatement(place: place, kind: kind, value: value)
    }

    /// `name : type =`, where the line begins so.
    private mutating func declared() throws(ModelError) -> String? {
        guard case .name(let name)? = token, position + 1 < tokens.count, tokens[position + 1] == .symbol(":") else { return nil }
        position += 2
        _ = try expression()
        try expect("=")
        return name
    }

    /// `name =` or `a, b, =`, where the line begins so.
    private mutating func targets() -> ScriptStatement.Kind? {
        var names: [String] = []
        var next = position
        var hasComma = false
        while next < tokens.count, case .name(let name) = tokens[next] {
            names.append(name)
            next += 1
            guard next < tokens.count, tokens[next] == .symbol(",") else { break }
            hasComma = true
            next += 1
        }
        guard let first = names.first, next < tokens.count, tokens[next] == .symbol("=") else { return nil }
        position = next + 1
        return hasComma ? .unpack(names) : .assign(first)
    }

    /// A value, or several with commas between them, which are a tuple.
    private mutating func unbracketed() throws(ModelError) -> ScriptExpression {
        let first = try expression()
        guard token == .symbol(",") else { return first }
        var items = [first]
        while accept(","), position < tokens.count { items.append(try expression()) }
        return .list(items)
    }

    // MARK: Expressions

    private mutating func expression() throws(ModelError) -> ScriptExpression {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthLimit else { throw place.problem("size", "the code nests more than \(Self.depthLimit) expressions") }
        var value = try atom()
        for _ in 0..<Self.chainLimit {
            if accept(".") {
                value = .attribute(value, try name())
            } else if accept("(") {
                value = try call(value)
            } else if accept("[") {
                value = .item(value, try items(until: "]"))
            } else {
                return value
            }
        }
        throw place.problem("size", "the code has more than \(Self.chainLimit) calls or names in a chain")
    }

    private mutating func atom() throws(ModelError) -> ScriptExpression {
        guard let token else { throw unexpected("a value") }
        position += 1
        switch token {
        case .name("None"): return .none
        case .name("True"): return .bool(true)
        case .name("False"): return .bool(false)
        case .name(let name): return .name(name)
        case .integer(let value): return .integer(value)
        case .number(let value): return .number(value)
        case .text(let text): return .text(text)
        case .symbol("-"):
            switch self.token {
            case .integer(let value)?:
                position += 1
                return .integer(-value)
            case .number(let value)?:
                position += 1
                return .number(-value)
            default: throw unexpected("a number")
            }
        case .symbol("["): return .list(try items(until: "]"))
        case .symbol("{"): return .dictionary(try members())
        case .symbol("("):
            // One value in brackets is that value, unless there is a comma.
            let start = position
            let items = try items(until: ")")
            return if let only = items.first, items.count == 1, position >= start + 2, tokens[position - 2] != .symbol(",") { only } else {
                .list(items)
            }
        default:
            position -= 1
            throw unexpected("a value")
        }
    }

    private mutating func items(until end: String) throws(ModelError) -> [ScriptExpression] {
        var items: [ScriptExpression] = []
        while !accept(end) {
            items.append(try expression())
            if !accept(",") {
                try expect(end)
                break
            }
        }
        return items
    }

    private mutating func call(_ callee: ScriptExpression) throws(ModelError) -> ScriptExpression {
        var (arguments, keywords): ([ScriptExpression], [ScriptKeyword]) = ([], [])
        while !accept(")") {
            if case .name(let name)? = token, position + 1 < tokens.count, tokens[position + 1] == .symbol("=") {
                position += 2
                keywords.append(ScriptKeyword(name: name, value: try expression()))
            } else {
                arguments.append(try expression())
            }
            if !accept(",") {
                try expect(")")
                break
            }
        }
        return .call(callee, arguments, keywords)
    }

    private mutating func members() throws(ModelError) -> [ScriptKeyword] {
        var members: [ScriptKeyword] = []
        while !accept("}") {
            guard case .text(let key)? = token else { throw unexpected("a text as key") }
            position += 1
            try expect(":")
            members.append(ScriptKeyword(name: key, value: try expression()))
            if !accept(",") {
                try expect("}")
                break
            }
        }
        return members
    }
}
