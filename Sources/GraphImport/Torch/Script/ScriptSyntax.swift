/// An expression of the code that PyTorch writes.
indirect enum ScriptExpression: Hashable {
    case none
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case name(String)
    case attribute(ScriptExpression, String)
    case call(ScriptExpression, [ScriptExpression], [ScriptKeyword])
    /// A list or a tuple.
    case list([ScriptExpression])
    case dictionary([ScriptKeyword])
    case item(ScriptExpression, [ScriptExpression])

    /// `["torch", "nn", "functional"]` of names with dots between them; `nil` for anything else.
    var path: [String]? {
        var names: [String] = []
        var rest = self
        while case .attribute(let base, let name) = rest {
            names.append(name)
            rest = base
        }
        guard case .name(let first) = rest else { return nil }
        return [first] + names.reversed()
    }
}

/// `alpha=1`, or `"out": x` of a dictionary.
struct ScriptKeyword: Hashable {
    let name: String
    let value: ScriptExpression
}

struct ScriptStatement {
    enum Kind {
        case assign(String)
        /// `a, b, = value`.
        case unpack([String])
        /// `return value`, or a value that nobody keeps; nothing at all is `pass`.
        case yield(isReturn: Bool)
        /// `if value:`, with what is done otherwise.
        case condition(then: [ScriptStatement], otherwise: [ScriptStatement])
        /// `for name in value:`
        case loop(String, [ScriptStatement])
        /// `while value:`
        case repetition([ScriptStatement])

        /// Whether lines that stand further in belong to it.
        var hasBody: Bool {
            switch self {
            case .assign, .unpack, .yield: false
            case .condition, .loop, .repetition: true
            }
        }
    }

    let place: ScriptPlace
    let kind: Kind
    let value: ScriptExpression

    /// The same with these lines as its body.
    func with(_ body: [ScriptStatement], otherwise: [ScriptStatement]) -> ScriptStatement {
        let kind: Kind =
            switch kind {
            case .condition: .condition(then: body, otherwise: otherwise)
            case .loop(let name, _): .loop(name, body)
            case .repetition: .repetition(body)
            case .assign, .unpack, .yield: kind
            }
        return ScriptStatement(place: place, kind: kind, value: value)
    }

    /// Whether it ends the network with an error.
    var raises: Bool {
        guard case .yield(isReturn: false) = kind, case .call(let callee, _, _) = value else { return false }
        return callee.path == ["ops", "prim", "RaiseException"]
    }
}

/// A method of a class, or a function of a file.
struct ScriptFunction {
    struct Parameter {
        let name: String
        /// `Tensor`; the first word of other types.
        let type: String
        let preset: ScriptExpression?
    }

    let place: ScriptPlace
    let parameters: [Parameter]
    let body: [ScriptStatement]
}
