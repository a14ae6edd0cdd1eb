import ByteIO
import ModelCore
import TorchFormat

/// Follows the code of a traced network from `forward` on, and writes down the calls of PyTorch's functions.
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
        let module: String
        var place: ScriptPlace
    }

    /// More expressions and values than a network has.
    private static let stepLimit = 2_000_000
    private static let depthLimit = 200

    init(_ script: TorchScript) {
        self.script = script
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
        for statement in function.body {
            frames[frames.count - 1].place = statement.place
            let value = try evaluate(statement.value)
            switch statement.kind {
            case .assign(let name): frames[frames.count - 1].values[name] = value
            case .unpack(let names): try unpack(value, names)
            case .yield(isReturn: true): return value
            case .yield(isReturn: false): break
            }
        }
        return .argument(.none)
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
        for (name, item) in zip(names, items) { frames[frames.count - 1].values[name] = .argument(item) }
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
        guard case .list(let items) = list, let index = indexes.first, indexes.count == 1, case .integer(let number) = try argument(index),
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
            case ("torch", 2): return try function(path[1], arguments, keywords)
            case ("ops", 3): return try function(path[1] == "aten" ? path[2] : "\(path[1])::\(path[2])", arguments, keywords)
            default: break
            }
        }
        var values: [Value] = []
        for argument in arguments { values.append(try evaluate(argument)) }
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
        case "device", "prim::device": return .argument(.other("device"))
        default: break
        }
        let overloads = TorchSignature.overloads(name) ?? []
        // What is not known is reported with all others that are not.
        guard var named = overloads.isEmpty ? [:] : overloads.lazy.compactMap({ $0.named(values) }).first else {
            throw problem("value", "'\(name)' is called with \(values.count) arguments, which are those of no overload that is known here")
        }
        for keyword in keywords { named[keyword.name] = try argument(keyword.value) }
        if case .integer(let type)? = named["dtype"] { named["dtype"] = Self.types[type].map(TorchArgument.text) ?? .other("dtype") }
        let result = "%\(calls.count)"
        makers[result] = calls.count
        calls.append(
            TorchCall(name, named, outputs: [result], module: frames.last?.module ?? "", line: frames.last?.place.description ?? ""))
        return .argument(.value(result))
    }

    /// The types of elements that are floating point, by the numbers that code has for them.
    private static let types = [5: "float16", 6: "float32", 7: "float64", 15: "bfloat16"]

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
