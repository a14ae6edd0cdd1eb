import ByteIO
import ModelCore
import TorchFormat

/// The functions and methods of an archive, read when they are wanted: code that the network does not run may be of any kind.
struct ScriptCode {
    private let files: [String: [UInt8]]
    private var lines: [String: [ScriptLine]] = [:]
    /// Where in the lines of a file the header of each function is, by its name: `forward` of a class `Net` is `Net.forward`.
    private var headers: [String: [String: Int]] = [:]
    private var functions: [String: ScriptFunction] = [:]

    init(_ script: TorchScript) {
        files = script.code
    }

    /// The function of this whole name, `__torch__.torch.nn.modules.conv.Conv2d.forward`.
    ///
    /// - Parameter isMethod: whether the last but one of the names is a class.
    /// - Throws: `torch.script-reference` where there is none; `torch.script-control-flow`, `torch.script-syntax`, `torch.script-size`.
    mutating func function(_ name: String, isMethod: Bool) throws(ModelError) -> ScriptFunction {
        if let function = functions[name] { return function }
        let parts = name.split(separator: ".").map(String.init)
        let count = isMethod ? 2 : 1
        guard parts.count > count else { throw missing(name) }
        let module = parts.dropLast(count).joined(separator: ".")
        try read(module)
        guard let lines = lines[module], let header = headers[module]?[parts.suffix(count).joined(separator: ".")] else { throw missing(name) }
        let indent = lines[header].indent
        let end = lines[(header + 1)...].firstIndex { $0.indent <= indent } ?? lines.endIndex
        let body = try Self.block(lines[(header + 1)..<end], depth: 0)
        let function = ScriptFunction(place: lines[header].place, parameters: try ScriptParser.parameters(lines[header]), body: body)
        functions[name] = function
        return function
    }

    private static let depthLimit = 100

    /// Lines that follow one another, with those that stand further in as the bodies of those before them.
    private static func block(_ lines: ArraySlice<ScriptLine>, depth: Int) throws(ModelError) -> [ScriptStatement] {
        guard let first = lines.first else { return [] }
        guard depth < depthLimit else { throw first.place.problem("size", "the code nests more than \(depthLimit) conditions") }
        var statements: [ScriptStatement] = []
        var position = lines.startIndex
        /// The lines after this one that stand further in.
        func inner(_ header: Int) -> ArraySlice<ScriptLine> {
            lines[(header + 1)...].prefix { $0.indent > lines[header].indent }
        }
        while position < lines.endIndex {
            let line = lines[position]
            guard line.indent == first.indent else { throw line.place.syntax("the line stands further in or out than those around it") }
            let statement = try ScriptParser.statement(line)
            let body = inner(position)
            position = body.endIndex
            guard body.isEmpty != statement.kind.hasBody else { throw line.place.syntax("the line has no body, or has one that it may not have") }
            var otherwise: ArraySlice<ScriptLine> = []
            if case .condition = statement.kind, position < lines.endIndex, ScriptParser.isElse(lines[position]) {
                otherwise = inner(position)
                position = otherwise.endIndex
            }
            statements.append(
                statement.kind.hasBody
                    ? statement.with(try block(body, depth: depth + 1), otherwise: try block(otherwise, depth: depth + 1)) : statement)
        }
        return statements
    }

    private func missing(_ name: String) -> ModelError {
        ModelError(
            Problem(
                "torch.script-reference", "the code of \(name.excerpt) is not in the archive",
                hint: "save the network again with torch.jit.trace(model.eval(), x).save(path)"))
    }

    private mutating func read(_ module: String) throws(ModelError) {
        guard lines[module] == nil, let bytes = files[module] else { return }
        let read = try ScriptLexer.lines(bytes, module: module)
        var found: [String: Int] = [:]
        var type: String?
        for (number, line) in read.enumerated() {
            guard line.tokens.count >= 2, case .name(let word) = line.tokens[0], case .name(let name) = line.tokens[1] else { continue }
            if line.indent == 0 { type = word == "class" ? name : nil }
            guard word == "def" else { continue }
            if line.indent == 0 { found[name] = number } else if let type, line.indent <= 2 { found["\(type).\(name)"] = number }
        }
        lines[module] = read
        headers[module] = found
    }
}
