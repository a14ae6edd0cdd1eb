import ByteIO
import ModelCore

/// A value of a pickle. Objects are numbers of a `PickleHeap`, so that values may refer to each other in circles and a deep nest of them is
/// not followed by anything when it goes away.
enum PickleValue {
    case none
    case bool(Bool)
    case integer(Int)
    case double(Double)
    case text(String)
    /// Bytes, and integers that do not fit `Int`: nothing that a tensor is made of, and not kept.
    case other
    case object(Int)
}

/// What an object of a pickle is.
enum PickleKind {
    case tuple, list, set
    /// Values are keys and what belongs to them in turn. A plain one has no attributes.
    case dictionary(isPlain: Bool)
    /// A class or a function by its number among the heap's names.
    case global(Int)
    /// A storage by its number among the heap's.
    case storage(Int)
    /// A tensor by its number among the heap's.
    case tensor(Int)
    /// A tensor of a kind that is not read, by the number of the reason.
    case refused(Int)
    /// An object of a class, or the result of a function, of which nothing more is known; values are items as in a dictionary.
    case instance(Int)
}

/// Why a tensor is not read.
struct PickleRefusal {
    let code: String
    /// What it is: `a tensor of the type ...`.
    let what: String
    var hint: String?
    /// Whether it is described as no tensor can be. One of a kind that is not read is no matter if nobody wants it.
    let isDamage: Bool

    func problem(at path: [String]) -> Problem {
        let name = path.joined(separator: ".")
        return Problem(code, "\(path.isEmpty ? "the file" : name.excerpt) is \(what)", at: Location(path: name), hint: hint)
    }
}

struct PickleObject {
    var kind: PickleKind
    var values: [PickleValue] = []
    /// The attributes of an instance.
    var state: PickleValue = .none
}
