import ByteIO
package import ModelCore
package import TorchFormat

extension TorchNetwork {
    /// The network that `torch.export` recorded.
    ///
    /// - Parameter inputShapes: sizes for what the file leaves open.
    /// - Throws: `torch.program` for what a graph of its schema cannot be, `torch.input` for inputs that are no tensors of floating point numbers.
    package init(_ program: TorchProgram, inputShapes: [InputShape] = []) throws(ModelError) {
        guard let module = program.program["graph_module"], let graph = module["graph"], let signature = module["signature"],
            let nodes = graph["nodes"]?.array
        else { throw TorchProgramReader.broken("has no graph with nodes and a signature") }
        self.init(name: "network")
        var reader = TorchProgramReader(program, tensors: graph["tensor_values"]?.object ?? JSONObject())
        try reader.readInputs(signature["input_specs"]?.array ?? [], into: &self)
        for (position, node) in nodes.enumerated() { calls += try TorchProgramReader.calls(node, position, shapes: &recordedShapes) }
        try reader.readOutputs(signature["output_specs"]?.array ?? [], names: TorchProgramReader.outputNames(module), into: &self)
        recordedShapes.merge(reader.recordedShapes()) { _, own in own }
        self = try filling(inputShapes)
    }
}

/// Reads the parts of a graph in the JSON of `torch.export`.
struct TorchProgramReader {
    private let tensors: JSONObject
    private var weights: [String: TorchTensor] = [:]
    private var problems: [Problem] = []

    /// The types of elements by the numbers of the schema that are floating point.
    private static let floatingPoint: [Int: String] = [6: "float16", 7: "float32", 8: "float64", 13: "bfloat16"]

    /// Those that are integers.
    private static let integers: [Int: String] = [1: "uint8", 2: "int8", 4: "int32", 5: "int64"]

    init(_ program: TorchProgram, tensors: JSONObject) {
        self.tensors = tensors
        for tensor in program.weights + program.constants { weights[tensor.name] = tensor }
    }

    static func broken(_ message: String) -> ModelError {
        ModelError(Problem("torch.program", "the exported program \(message)", hint: "export it again with torch.export.save"))
    }

    // MARK: Ends

    mutating func readInputs(_ specifications: [JSONValue], into network: inout TorchNetwork) throws(ModelError) {
        for (position, specification) in specifications.enumerated() {
            if let input = specification["user_input"]?["arg"] {
                guard let name = input["as_tensor"]?["name"]?.string else {
                    // Numbers and None that were given beside the tensors are in the graph already.
                    if input["as_tensor"] == nil { continue }
                    throw Self.broken("has an input \(position) without a name")
                }
                read(input: name, into: &network)
                continue
            }
            let kinds = [("parameter", "parameter_name"), ("buffer", "buffer_name"), ("tensor_constant", "tensor_constant_name")]
            guard let (kind, key) = kinds.first(where: { specification[$0.0] != nil }) else {
                throw Self.broken("has an input \(position) of a kind that is not known")
            }
            guard let value = specification[kind]?["arg"]?["name"]?.string, let name = specification[kind]?[key]?.string else {
                throw Self.broken("has a \(kind) without a name at input \(position)")
            }
            guard let tensor = weights[name] else {
                problems.append(Problem("torch.missing-weight", "the \(kind) '\(name)' is in the graph and not among the tensors of the file"))
                continue
            }
            network.weights[value] = TorchWeight(name: name, source: tensor.source, isLiteral: kind == "tensor_constant")
        }
        if let error = ModelError(problems) { throw error }
    }

    private mutating func read(input name: String, into network: inout TorchNetwork) {
        let description = tensors[name]
        guard let sizes = Self.sizes(description), !sizes.isEmpty, let type = description?["dtype"]?.integer, Self.floatingPoint[type] != nil else {
            problems.append(
                Problem(
                    "torch.input", "input '\(name)' is no tensor of floating point numbers with an axis of samples",
                    hint: "export the network with float32 inputs whose first axis counts samples"))
            return
        }
        network.inputs.append(TorchInput(name: name, sizes: Array(sizes.dropFirst())))
    }

    mutating func readOutputs(_ specifications: [JSONValue], names: [String]?, into network: inout TorchNetwork) throws(ModelError) {
        var values: [String] = []
        for specification in specifications {
            // Buffers that a network changes are for training.
            guard let argument = specification["user_output"]?["arg"] else { continue }
            if let name = argument["as_tensor"]?["name"]?.string { values.append(name) }
        }
        for (position, value) in values.enumerated() {
            network.outputs.append(TorchOutput(name: names?.count == values.count ? names?[position] : nil, value: value))
        }
        guard !values.isEmpty else { throw Self.broken("has no output that is a tensor") }
    }

    /// The keys of the dictionary that the network returns, if it does.
    static func outputNames(_ module: JSONValue) -> [String]? {
        let root = module["module_call_graph"]?.array?.first { $0["fqn"]?.string == "" }
        guard let text = root?["signature"]?["out_spec"]?.string, let tree = try? JSON.parse(Array(text.utf8)), let structure = tree.array?.last,
            let type = structure["type"]?.string, type.hasSuffix("dict") || type.hasSuffix("OrderedDict"), let keys = structure["context"]?.string,
            let names = try? JSON.parse(Array(keys.utf8)).array?.compactMap(\.string),
            let children = structure["children_spec"]?.array, children.count == names.count,
            children.allSatisfy({ $0["type"]?.isNull == true }), Set(names).count == names.count
        else { return nil }
        return names
    }

    // MARK: Calls

    static func call(_ node: JSONValue, _ position: Int) throws(ModelError) -> TorchCall {
        guard let target = node["target"]?.string, let inputs = node["inputs"]?.array, let outputs = node["outputs"]?.array else {
            throw broken("has a node \(position) without a target, inputs or outputs")
        }
        let isNumeric = numericFunctions[target] != nil
        var arguments: [String: TorchArgument] = [:]
        for input in inputs {
            guard let name = input["name"]?.string, let value = input["arg"]?.object else {
                throw broken("has a node \(position) with a broken input")
            }
            arguments[isNumeric ? operands[name] ?? name : name] = argument(value)
        }
        var results: [String] = []
        for output in outputs {
            guard let names = output.object.map(argument)?.names else { throw broken("has a node \(position) with a broken output") }
            results += names
        }
        return TorchCall(
            function(target), arguments, outputs: results, module: module(node["metadata"]?["nn_module_stack"]?.string ?? ""),
            line: line(node["metadata"]?["stack_trace"]?.string ?? ""))
    }

    /// `conv2d` of `torch.ops.aten.conv2d.default`; the whole target where it is nothing of PyTorch's own tensor library.
    private static func function(_ target: String) -> String {
        let parts = target.split(separator: ".")
        if parts.count == 5, target.hasPrefix("torch.ops.aten.") { return String(parts[3]) }
        return numericFunctions[target] ?? target
    }

    /// Functions of Python on sizes, by the names of the same ones on tensors.
    private static let numericFunctions = [
        "_operator.getitem": "getitem", "_operator.add": "add", "_operator.sub": "sub", "_operator.mul": "mul", "_operator.neg": "neg",
        "_operator.floordiv": "floor_divide", "_operator.truediv": "div", "_operator.mod": "remainder", "torch.sym_max": "maximum",
        "torch.sym_min": "minimum", "math.floor": "floor", "math.ceil": "ceil", "math.trunc": "trunc", "torch.sym_int": "trunc", "_operator.eq": "eq",
        "_operator.ne": "ne", "_operator.lt": "lt", "_operator.le": "le", "_operator.gt": "gt", "_operator.ge": "ge",
    ]

    /// What Python calls their operands.
    private static let operands = ["a": "self", "b": "other", "x": "self"]

    /// An argument in the notation of the schema: an object with one member, whose key is the kind.
    static func argument(_ object: JSONObject) -> TorchArgument {
        guard object.count == 1 else { return .other("nothing") }
        let (kind, value) = object.member(at: 0)
        switch kind {
        case "as_none": return .none
        case "as_tensor", "as_optional_tensor": return tensor(value)
        case "as_tensors", "as_optional_tensors": return .list((value.array ?? []).map(tensor))
        case "as_int": return value.integer.map(TorchArgument.integer) ?? .other(kind)
        case "as_float": return float(value)
        case "as_bool": return value.bool.map(TorchArgument.bool) ?? .other(kind)
        case "as_string": return value.string.map(TorchArgument.text) ?? .other(kind)
        case "as_ints", "as_bools", "as_strings": return .list((value.array ?? []).map(plain))
        case "as_floats": return .list((value.array ?? []).map(float))
        case "as_sym_int", "as_sym_float", "as_sym_bool": return symbol(value)
        case "as_sym_ints", "as_sym_floats": return .list((value.array ?? []).map(symbol))
        case "as_scalar_type":
            return value.integer.flatMap { floatingPoint[$0] ?? integers[$0] ?? ($0 == 12 ? "bool" : nil) }.map(TorchArgument.text) ?? .other(kind)
        default: return .other(kind)
        }
    }

    private static func tensor(_ value: JSONValue) -> TorchArgument {
        if let name = value["name"]?.string { return .value(name) }
        if let name = value["as_tensor"]?["name"]?.string { return .value(name) }
        return value["as_none"] != nil ? .none : .other("as_tensor")
    }

    /// Infinities and NaN are texts.
    private static func float(_ value: JSONValue) -> TorchArgument {
        switch value {
        case .string("Infinity"): .number(.infinity)
        case .string("-Infinity"): .number(-.infinity)
        case .string("NaN"): .number(.nan)
        default: value.double.map(TorchArgument.number) ?? .other("as_float")
        }
    }

    private static func plain(_ value: JSONValue) -> TorchArgument {
        switch value {
        case .integer(let value): .integer(value)
        case .bool(let value): .bool(value)
        case .string(let value): .text(value)
        default: value.double.map(TorchArgument.number) ?? .other("list")
        }
    }

    private static func symbol(_ value: JSONValue) -> TorchArgument {
        if let name = value["as_name"]?.string { return .value(name) }
        if let value = value["as_int"]?.integer { return .integer(value) }
        if let value = value["as_float"] { return float(value) }
        return value["as_bool"]?.bool.map(TorchArgument.bool) ?? .other("symbol")
    }

    // MARK: Where it comes from

    /// `layer1.0.conv1` of `L__self__,,Net;L__self__layer1,layer1,Sequential;...`: the innermost module. A second call of it has `@1` in some versions.
    private static func module(_ stack: String) -> String {
        guard let last = stack.split(separator: ";").last else { return "" }
        let parts = last.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count >= 2 else { return "" }
        var path = String(parts[1]).replacing("L['self']", with: "").replacing("['", with: ".").replacing("']", with: "")
        path = path.replacing("[", with: ".").replacing("]", with: "")
        let names = path.split(separator: ".").map { $0.prefix { $0 != "@" } }
        return names.joined(separator: ".")
    }

    /// The innermost line that is not in PyTorch itself.
    private static func line(_ trace: String) -> String {
        let lines = trace.split(separator: "\n").map { $0.trimmingSpaces }
        let places = lines.indices.filter { lines[$0].hasPrefix("File \"") && !lines[$0].contains("/torch/") }
        guard let place = places.last else { return "" }
        let parts = lines[place].split(separator: "\"", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else { return "" }
        let file = parts[1].split(separator: "/").last ?? parts[1]
        let number = parts[2].split(separator: ",").first { $0.contains("line ") }?.trimmingSpaces ?? ""
        let code = place + 1 < lines.count ? ": \(lines[place + 1])" : ""
        return "\(file) \(number)\(code)"
    }

    // MARK: Shapes

    static func sizes(_ tensor: JSONValue?) -> [Int?]? {
        tensor?["sizes"]?.array?.map { $0["as_int"]?.integer }
    }

    func recordedShapes() -> [String: [Int?]] {
        var shapes: [String: [Int?]] = [:]
        for (name, description) in tensors { shapes[name] = Self.sizes(description) }
        return shapes
    }
}

extension TorchArgument {
    /// The values that an output names.
    var names: [String]? {
        switch self {
        case .none: []
        case .value(let name): [name]
        case .list(let items): items.map { if case .value(let name) = $0 { name } else { "" } }
        default: nil
        }
    }
}

extension StringProtocol {
    fileprivate var trimmingSpaces: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
