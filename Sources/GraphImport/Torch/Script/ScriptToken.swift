import ByteIO
import ModelCore

enum ScriptToken: Hashable {
    case name(String)
    case integer(Int)
    case number(Double)
    case text(String)
    /// `(`, `->`, `=`.
    case symbol(String)

    /// For messages.
    var description: String {
        switch self {
        case .name(let name): "'\(name.excerpt)'"
        case .integer(let value): "'\(value)'"
        case .number(let value): "'\(value)'"
        case .text: "a text"
        case .symbol(let symbol): "'\(symbol)'"
        }
    }
}

/// A line of code; one that has open brackets goes on in the next.
struct ScriptLine {
    let place: ScriptPlace
    /// The spaces before it.
    let indent: Int
    let tokens: [ScriptToken]
}
