import ByteIO
import ModelCore
import TorchFormat

/// Follows the code of a traced or scripted network from `forward` on, and writes down the calls of PyTorch's functions.
///
/// Conditions and loops are followed where what they depend on is known: settings of modules, `None`, numbers of axes, and sizes that are not open.
struct ScriptRunner {
    private(set) var calls: [TorchCall] = []
    private(set) var weights: [String: TorchWeight] = [:]

    private let script: TorchScript
    private let tensors: [String: TorchTensor]
    private let refusals: [String: Problem]
    private var code: ScriptCode
    private var frames: [Frame] = []
    /// Which call made a value.
    private var makers: [String: Int] = [:]
    private var facts: ScriptFacts
    private var steps = 0
    private var depth = 0

    /// What a name or an expression stands for.
    enum Value {
        case argument(TorchArgument)
        case dictionary([(name: String, value: TorchArgument)])
        case module(Int, path: String)
        case function(String)
    }

    /// A function that is being followed.
    private struct Frame {
        var values: [String: Value]
        /// Names of lists that no other name has, which may grow.
        var ownLists: Set<String> = []
        let module: String
        var place: ScriptPlace
    }

    /// More expressions and values than a network has.
    private static let stepLimit = 2_000_000
    private static let depthLimit = 200

    /// - Parameter inputs: what is known of the sizes of the network's inputs.
    init(_ script: TorchScript, inputs: [TorchInput]) {
        self.script = script
        facts = ScriptFacts(inputs: inputs)
        tensors = Dictionary(script.checkpoint.tensors.map { ($0.name, $0) }) { first, _ in first }
        refusals = Dictionary(script.checkpoint.refused.map { ($0.path.joined(separator: "."), $0.problem) }) { first, _ in first }
        code = ScriptCode(script)
    }

    /// The parameters of a method of the network itself, without `self`.
    mutating func parameters(_ method: String, of type: String) throws(ModelError) -> [ScriptFunction.Parameter] {
        Array(try code.function("\(type).\(method)", isMethod: true).parameters.dropFirst())
    }

    /// - Returns: what the method of the module returns.
    /// - Throws: `torch.script-reference`, `torch.script-syntax`, `torch.script-control-flow`, `torch.script-size`, `torch.script-value`.
    mutating func run(_ method: String, of object: Int, path: String, _ arguments: [Value]) throws(ModelError) -> Value {
        guard let type = script.objects[object]?.type else { throw problem("reference", "'\(path)' is no module") }
        let function = try code.function("\(type).\(method)", isMethod: true)
        return try run(function, [.module(object, path: path)] + arguments, [:], module: path)
    }

    private mutating func run(
        _ function: ScriptFunction, _ arguments: [Value], _ keywords: [String: Value], module: String
    ) throws(ModelError) -> Value {
        try deepen()
        defer { depth -= 1 }
        guard arguments.count <= function.parameters.count else {
            throw problem("value", "a function of \(function.parameters.count) parameters is called with \(arguments.count)")
        }
        var frame = Frame(values: [:], module: module, place: function.place)
        for (position, parameter) in function.parameters.enumerated() {
            if position < arguments.count {
                frame.values[parameter.name] = arguments[position]
            } else if let value = keywords[parameter.name] {
                frame.values[parameter.name] = value
            } else if let preset = parameter.preset {
                frame.values[parameter.name] = try evaluate(preset)
            } else {
                throw problem("value", "a function is called without '\(parameter.name.excerpt)'")
            }
        }
        frames.append(frame)
        defer { frames.removeLast() }
        return try follow(function.body) ?? .argument(.none)
    }

    /// - Returns: what the function returns, if it does so here.
    private mutating func follow(_ statements: [ScriptStatement]) throws(ModelError) -> Value? {
        try deepen()
        defer { depth -= 1 }
        for statement in statements {
            frames[frames.count - 1].place = statement.place
            switch statement.kind {
            case .assign(let name): assign(try evaluate(statement.value), to: name, from: statement.value)
            case .unpack(let names): try unpack(try evaluate(statement.value), names)
            case .yield(isReturn: true): return try evaluate(statement.value)
            case .yield(isReturn: false): _ = try evaluate(statement.value)
            case .condition(let body, let otherwise):
                let isTrue = try truth(of: try argument(statement.value), "if", body, otherwise)
                if let result = try follow(isTrue ? body : otherwise) { return result }
            case .loop(let name, let body):
                guard case .integer(let count) = known(try argument(statement.value)) else { throw unknown("for") }
                for number in 0..<max(count, 0) {
                    try charge(1)
                    frames[frames.count - 1].values[name] = .argument(.integer(number))
                    if let result = try follow(body) { return result }
                }
            case .repetition(let body):
                while try truth(of: try argument(statement.value), "while") {
                    if let result = try follow(body) { return result }
                }
            }
        }
        return nil
    }

    /// Whether a condition holds. One that is not known does not lead to an error of the network, where it can go on otherwise.
    private mutating func truth(
        of argument: TorchArgument, _ word: String, _ body: [ScriptStatement] = [], _ otherwise: [ScriptStatement] = []
    ) throws(ModelError) -> Bool {
        switch known(argument) {
        case .bool(let value): return value
        case .integer(let value): return value != 0
        default:
            let (fails, failsOtherwise) = (body.contains(where: \.raises), otherwise.contains(where: \.raises))
            guard fails != failsOtherwise else { throw unknown(word) }
            return failsOtherwise
        }
    }

    private func unknown(_ word: String) -> ModelError {
        frames.last?.place.problem(
            "control-flow", "the code has '\(word)', and what it depends on is not known before the network runs",
            hint:
                "if it is their sizes, say how large the inputs are with `Conversion.Options.inputShapes`; else "
                + ScriptParser.hint) ?? problem("control-flow", "the code has '\(word)', and what it depends on is not known")
    }

    private mutating func assign(_ value: Value, to name: String, from expression: ScriptExpression) {
        var isOwn = false
        if case .argument(.list) = value {
            switch expression {
            case .list, .call: isOwn = true
            case .name(let other): frames[frames.count - 1].ownLists.remove(other)
            default: break
            }
        }
        frames[frames.count - 1].values[name] = value
        if isOwn { frames[frames.count - 1].ownLists.insert(name) } else { frames[frames.count - 1].ownLists.remove(name) }
    }

    /// `torch.append(list, item)`.
    private mutating func append(_ arguments: [ScriptExpression]) throws(ModelError) -> Value {
        guard arguments.count == 2, case .name(let name) = arguments[0], case .argument(.list(let items))? = frames.last?.values[name] else {
            throw problem("value", "something is appended to what is no list")
        }
        guard frames.last?.ownLists.contains(name) == true else {
            throw problem("value", "something is appended to the list '\(name.excerpt)', which others may read")
        }
        let item = try argument(arguments[1])
        if case .list = item { throw problem("value", "a list is appended to a list") }
        try charge(items.count)
        frames[frames.count - 1].values[name] = .argument(.list(items + [item]))
        return .argument(.none)
    }

    /// A number that a value is known to be; else the value itself.
    private mutating func known(_ argument: TorchArgument) -> TorchArgument {
        guard case .value(let name) = argument, makers[name] != nil else { return argument }
        return facts.number(name, calls: calls, weights: weights).map(TorchArgument.integer) ?? argument
    }

    private mutating func unpack(_ value: Value, _ names: [String]) throws(ModelError) {
        var items: [TorchArgument]
        switch value {
        case .argument(.list(let list)): items = list
        case .argument(.value(let name)):
            // The call has a result for each name.
            guard let maker = makers[name] else { throw problem("value", "what is no list is taken apart") }
            let call = calls[maker]
            let results = names.indices.map { $0 == 0 ? name : "\(name).\($0)" }
            guard call.outputs.count == 1 || call.outputs == results else {
                throw problem("value", "the results of '\(call.function)' are taken apart in two ways")
            }
            for result in results { makers[result] = maker }
            calls[maker] = TorchCall(call.function, call.arguments, outputs: results, module: call.module, line: call.line)
            items = results.map(TorchArgument.value)
        default: throw problem("value", "what is no list is taken apart")
        }
        guard items.count == names.count else { throw problem("value", "\(items.count) values are taken apart into \(names.count)") }
        for (name, item) in zip(names, items) {
            frames[frames.count - 1].values[name] = .argument(item)
            frames[frames.count - 1].ownLists.remove(name)
        }
    }

    // MARK: Expressions

    private mutating func evaluate(_ expression: ScriptExpression) throws(ModelError) -> Value {
        try deepen()
        defer { depth -= 1 }
        switch expression {
        case .none: return .argument(.none)
        case .bool(let value): return .argument(.bool(value))
        case .integer(let value): return .argument(.integer(value))
        case .number(let value): return .argument(.number(value))
        case .text(let value): return .argument(.text(value))
        case .name(let name):
            guard let value = frames.last?.values[name] else { throw problem("reference", "nothing has the name '\(name.excerpt)'") }
            return value
        case .attribute(let base, let name):
            if let path = expression.path, frames.last?.values[path[0]] == nil { return try named(path) }
            return try attribute(name, of: try evaluate(base))
        case .list(let items): return .argument(.list(try evaluate(items)))
        case .dictionary(let members):
            var values: [(name: String, value: TorchArgument)] = []
            for member in members { values.append((member.name, try argument(member.value))) }
            return .dictionary(values)
        case .item(let base, let indexes): return try item(try argument(base), indexes)
        case .call(let callee, let arguments, let keywords): return try call(callee, arguments, keywords)
        }
    }

    private mutating func argument(_ expression: ScriptExpression) throws(ModelError) -> TorchArgument {
        guard case .argument(let argument) = try evaluate(expression) else {
            throw problem("value", "a module, a function or a dictionary is used as a value")
        }
        return argument
    }

    private mutating func evaluate(_ expressions: [ScriptExpression]) throws(ModelError) -> [TorchArgument] {
        var values: [TorchArgument] = []
        for expression in expressions {
            let value = try argument(expression)
            if case .list(let items) = value {
                // Lists of lists are as deep as they get, for each level is one of whatever follows them.
                guard items.allSatisfy({ if case .list = $0 { false } else { true } }) else {
                    throw problem("size", "lists nest more than two deep")
                }
                try charge(items.count)
            }
            values.append(value)
        }
        return values
    }

    private mutating func item(_ list: TorchArgument, _ indexes: [ScriptExpression]) throws(ModelError) -> Value {
        guard case .list(let items) = list, let index = indexes.first, indexes.count == 1, case .integer(let number) = known(try argument(index)),
            items.indices.contains(number < 0 ? number + items.count : number)
        else { throw problem("value", "an item is taken of what has none of this number") }
        return .argument(items[number < 0 ? number + items.count : number])
    }

    // MARK: Names

    private mutating func named(_ path: [String]) throws(ModelError) -> Value {
        switch path[0] {
        case "__torch__": return .function(path.joined(separator: "."))
        case "CONSTANTS" where path.count == 2 && path[1].hasPrefix("c"): return .argument(.value(try weight("CONSTANTS.\(path[1].dropFirst())")))
        case "torch" where path.count == 2, "ops" where path.count == 3: return .argument(.other(path.joined(separator: ".")))
        default: throw problem("reference", "nothing has the name '\(path.joined(separator: ".").excerpt)'")
        }
    }

    private mutating func attribute(_ name: String, of value: Value) throws(ModelError) -> Value {
        guard case .module(let object, let path) = value else { throw problem("value", "'\(name.excerpt)' is taken of what is no module") }
        guard let attribute = script.objects[object]?.attributes[name] else {
            throw problem("reference", "'\(path.isEmpty ? "the network" : path)' has no '\(name.excerpt)'")
        }
        let whole = path.isEmpty ? name : "\(path).\(name)"
        try charge(whole.utf8.count / 100)
        switch attribute {
        case .object(let number):
            guard script.objects[number] != nil else { throw problem("reference", "'\(whole.excerpt)' is no module") }
            return .module(number, path: whole)
        case .tensor: return .argument(.value(try weight(whole)))
        default: return .argument(TorchArgument(attribute))
        }
    }

    /// The value as which calls read a tensor of the file.
    private mutating func weight(_ name: String) throws(ModelError) -> String {
        let value = "file:\(name)"
        if weights[value] != nil { return value }
        if let refusal = refusals[name] { throw ModelError(refusal) }
        guard let tensor = tensors[name] else { throw problem("reference", "there is no tensor '\(name.excerpt)'") }
        weights[value] = TorchWeight(name: name, source: tensor.source, isLiteral: name.hasPrefix("CONSTANTS."))
        return value
    }

    // MARK: Calls

    private mutating func call(
        _ callee: ScriptExpression, _ arguments: [ScriptExpression], _ keywords: [ScriptKeyword]
    ) throws(ModelError) -> Value {
        if case .name(let name) = callee, frames.last?.values[name] == nil { return try builtin(name, arguments) }
        if let path = callee.path, frames.last?.values[path[0]] == nil {
            switch (path[0], path.count) {
            case ("torch", 2) where path[1] == "append": return try append(arguments)
            case ("torch", 2): return try function(path[1], arguments, keywords)
            case ("ops", 3): return try function(path[1] == "aten" ? path[2] : "\(path[1])::\(path[2])", arguments, keywords)
            default: break
            }
        }
        var values: [Value] = []
        for argument in arguments {
            values.append(try evaluate(argument))
            // What is called may keep it.
            if case .name(let name) = argument { frames[frames.count - 1].ownLists.remove(name) }
        }
        if case .attribute(let base, let method) = callee, case .module(let object, let path) = try evaluate(base) {
            return try run(method, of: object, path: path, values)
        }
        guard case .function(let name) = try evaluate(callee) else { throw problem("value", "what is called is no function") }
        var named: [String: Value] = [:]
        for keyword in keywords { named[keyword.name] = try evaluate(keyword.value) }
        return try run(try code.function(name, isMethod: false), values, named, module: frames.last?.module ?? "")
    }

    private mutating func builtin(_ name: String, _ arguments: [ScriptExpression]) throws(ModelError) -> Value {
        switch (name, arguments.count) {
        case ("int", 1), ("float", 1), ("bool", 1):
            // A size is a number already; texts are infinities and NaN.
            let value = try argument(arguments[0])
            if case .text(let text) = value, name == "float", let number = Double(text) { return .argument(.number(number)) }
            return .argument(value)
        case ("annotate", 2), ("unchecked_cast", 2): return try evaluate(arguments[1])
        // What no way through the code reads.
        case ("uninitialized", 1): return .argument(.other("uninitialized"))
        // The numbers that a loop counts.
        case ("range", 1): return .argument(known(try argument(arguments[0])))
        case ("getattr", 2):
            guard case .text(let attribute) = arguments[1] else { throw problem("value", "the name of an attribute is no text") }
            return try self.attribute(attribute, of: try evaluate(arguments[0]))
        default: throw problem("reference", "nothing that can be called has the name '\(name.excerpt)'")
        }
    }

    /// A call of one of PyTorch's own functions.
    private mutating func function(
        _ name: String, _ arguments: [ScriptExpression], _ keywords: [ScriptKeyword]
    ) throws(ModelError) -> Value {
        let values = try evaluate(arguments)
        switch name {
        case "prim::NumToTensor" where values.count == 1: return .argument(values[0])
        case "prim::RaiseException":
            guard case .text(let text)? = values.first else { throw problem("exception", "the network ends here with an error") }
            throw problem("exception", "the network ends here with an error: \(text.excerpt)")
        case "device", "prim::device": return .argument(.other("device"))
        default: break
        }
        if let result = try plain(name, values) { return .argument(result) }
        let name = name == "floordiv" ? "floor_divide" : name
        let overloads = TorchSignature.overloads(name) ?? []
        // What is not known is reported with all others that are not.
        guard var named = overloads.isEmpty ? [:] : overloads.lazy.compactMap({ $0.named(values) }).first else {
            throw problem("value", "'\(name)' is called with \(values.count) arguments, which are those of no overload that is known here")
        }
        for keyword in keywords { named[keyword.name] = try argument(keyword.value) }
        if case .integer(let type)? = named["dtype"] { named["dtype"] = Self.types[type].map(TorchArgument.text) ?? .other("dtype") }
        return record(name, named)
    }

    /// The result of a function of numbers, texts and lists, and of what is known of tensors; `nil` where it has to be called.
    private mutating func plain(_ name: String, _ values: [TorchArgument]) throws(ModelError) -> TorchArgument? {
        switch (name, values.count) {
        case ("dim", 1):
            guard case .value(let tensor) = values[0] else { return nil }
            return facts.rank(tensor, calls: calls, weights: weights).map(TorchArgument.integer) ?? .other("dim")
        case ("size", 1):
            guard case .value(let tensor) = values[0] else { return nil }
            guard let rank = facts.rank(tensor, calls: calls, weights: weights) else { return .other("size") }
            var sizes: [TorchArgument] = []
            for axis in 0..<rank { sizes.append(try argumentOf(record("size", ["self": values[0], "dim": .integer(axis)]))) }
            return .list(sizes)
        case ("eq", 2), ("ne", 2), ("lt", 2), ("le", 2), ("gt", 2), ("ge", 2), ("__is__", 2), ("__isnot__", 2):
            return ScriptFunctions.comparison(name, known(values[0]), known(values[1]))
        default: return ScriptFunctions.result(of: name, values)
        }
    }

    private func argumentOf(_ value: Value) throws(ModelError) -> TorchArgument {
        guard case .argument(let argument) = value else { throw problem("value", "a call has no value") }
        return argument
    }

    /// Writes down a call.
    private mutating func record(_ name: String, _ arguments: [String: TorchArgument]) -> Value {
        let result = "%\(calls.count)"
        makers[result] = calls.count
        calls.append(
            TorchCall(name, arguments, outputs: [result], module: frames.last?.module ?? "", line: frames.last?.place.description ?? ""))
        return .argument(.value(result))
    }

    /// The types of elements, by the numbers that code has for them.
    private static let types = [0: "uint8", 1: "int8", 3: "int32", 4: "int64", 5: "float16", 6: "float32", 7: "float64", 11: "bool", 15: "bfloat16"]

    // MARK: Limits

    private mutating func deepen() throws(ModelError) {
        guard depth < Self.depthLimit else { throw problem("size", "the code nests more than \(Self.depthLimit) calls") }
        try charge(1)
        depth += 1
    }

    private mutating func charge(_ count: Int) throws(ModelError) {
        steps += count
        guard steps <= Self.stepLimit else { throw problem("size", "the network has more than \(Self.stepLimit) expressions") }
    }

    private func problem(_ code: String, _ message: String) -> ModelError {
        frames.last?.place.problem(code, message) ?? ModelError(Problem("torch.script-\(code)", message))
    }
}

extension TorchArgument {
    fileprivate init(_ attribute: ScriptAttribute) {
        switch attribute {
        case .none: self = .none
        case .bool(let value): self = .bool(value)
        case .integer(let value): self = .integer(value)
        case .number(let value): self = .number(value)
        case .text(let value): self = .text(value)
        case .list(let items): self = .list(items.map(TorchArgument.init))
        case .tensor, .object, .other: self = .other("attribute")
        }
    }
}
