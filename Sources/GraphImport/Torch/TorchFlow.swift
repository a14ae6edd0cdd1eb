import ByteIO
import ModelCore
import ModelGraph

/// What a name in the network stands for.
enum TorchValue: Sendable, Hashable {
    /// A value of the graph.
    case tensor(String)
    /// One whose samples stand elsewhere than first and alone.
    case view(TorchView)
    /// A tensor of the file, seen with its axes in some order.
    case weight(String)
    /// A number that does not depend on how many samples there are.
    case integer(Int)
    /// So many times the number of samples.
    case samples(Int)
    /// A size that is known when the network runs.
    case size(TorchSize)
    /// Such a size divided by a positive number, to be rounded.
    case ratio(TorchSize, Int)
    /// A number that was computed from sizes and is to be rounded to one.
    case number(Double)
    /// A value with infinitely low numbers around it, which only a maximum may read: so many before and after each axis.
    case lowPadded(String, before: [Int], after: [Int])
    /// Something that nothing may read.
    case nothing
}

/// Follows the calls of a network and emits nodes for each.
///
/// A node is named as the module whose only call it is, else as the module with the function after a slash; a second one of the name has `:1`.
struct TorchFlow {
    private let network: TorchNetwork
    private var builder: GraphBuilder
    private(set) var values: [String: TorchValue] = [:]
    /// Weights as they are seen, by the names in `.weight`.
    var weights: [String: TorchWeight] = [:]
    private var problems: [Problem] = []
    /// The call that is being followed, and the name of its last node.
    private(set) var call = TorchCall("", [:], outputs: [], module: "")
    /// Which arguments of the call were read.
    let accounting = TorchAccounting()
    /// What the call makes of weights alone, by the names of values; `nil` for a call that depends on an input.
    var derived: [String: DerivedValue]?
    /// What the axes of those mean that are weights of an operator.
    var derivedLayouts: [String: KernelLayout] = [:]
    private(set) var name = ""
    private var names: TorchNames
    private var memory: TorchMemory

    init(_ network: TorchNetwork) {
        self.network = network
        builder = GraphBuilder(name: network.name)
        names = TorchNames(network.calls)
        memory = TorchMemory(network)
    }

    var graph: Graph { builder.graph }

    /// - Throws: all problems. A call that reads the result of a faulty one is not reported again.
    mutating func build() throws(ModelError) {
        for (value, weight) in network.weights {
            values[value] = .weight(value)
            weights[value] = weight.isLiteral ? weight : weight.named
        }
        for input in network.inputs {
            let shape = Shape([nil] + input.sizes)
            do throws(ModelError) {
                try Graph.checkSize(shape, of: "input '\(input.name)'")
                builder.addInput(GraphInput(name: input.name, shape: shape))
                values[input.name] = .tensor(input.name)
            } catch {
                problems += error.problems
            }
        }
        for (position, call) in network.calls.enumerated() { follow(call, at: position) }
        addOutputs()
        if let error = ModelError(problems) { throw error }
    }

    private mutating func follow(_ call: TorchCall, at position: Int) {
        guard let function = TorchFunction(call.function) else { return }
        self.call = call
        // A result that is missing has been reported.
        guard call.arguments.values.flatMap(\.valueNames).allSatisfy({ values[$0] != nil }) else {
            let unknown = call.arguments.values.flatMap(\.valueNames).filter { values[$0] == nil && !memory.isMade($0) }
            if let first = unknown.first { problems += problem("torch.undefined", "reads '\(first)', which nothing makes").problems }
            return
        }
        name = names.name(of: call)
        do throws(ModelError) {
            accounting.begin()
            derived = dependsOnInput(function) ? nil : [:]
            if derived == nil { try requireSameForAllSamples() }
            let results = derived != nil && countsSamples ? try loweredForSamples(function) : kept(try lower(function))
            try requireAllRead(function)
            guard results.count >= call.outputs.count else {
                throw problem("torch.unsupported-call", "has \(call.outputs.count) results, of which \(results.count) are known here")
            }
            for (output, result) in zip(call.outputs, results) {
                values[output] = result
                try compare(output, result)
            }
            if call.function.hasSuffix("_"), TorchFunction(rawValue: call.function) == nil, let result = results.first {
                try overwrite(result, at: position)
            }
        } catch {
            problems += error.problems
        }
    }

    /// A call that changes its first argument: whatever reads that later reads the result.
    private mutating func overwrite(_ result: TorchValue, at position: Int) throws(ModelError) {
        guard case .value(let changed)? = call.arguments["self"] ?? call.arguments["input"] else { return }
        for other in memory.sharers(of: changed, around: position) {
            guard memory.areSame(other, changed) else {
                throw problem("torch.unsupported-call", "changes '\(changed)' in place, a part or another view of which is read later as '\(other)'")
            }
            values[other] = result
        }
    }

    /// Whether a value came out as the file says.
    private func compare(_ output: String, _ result: TorchValue) throws(ModelError) {
        guard let view = seen(result), let recorded = network.recordedShapes[output] else { return }
        let sizes = sizes(view)
        let agrees = recorded.count == sizes.count && zip(recorded, sizes).allSatisfy { $0 == nil || $1 == nil || $0 == $1 }
        guard agrees else { throw problem("torch.shape", "makes \(Shape(sizes)), the file says \(Shape(recorded))") }
    }

    private mutating func addOutputs() {
        var taken: Set<String> = []
        for (position, output) in network.outputs.enumerated() {
            if case .view(let view)? = values[output.value] {
                problems.append(
                    Problem("torch.samples", "output \(position) counts samples along axis \(view.axis), not along the first, or more than samples"))
                continue
            }
            guard case .tensor(let value)? = values[output.value] else {
                if values[output.value] != nil || !memory.isMade(output.value) {
                    problems.append(
                        Problem("torch.undefined", "output \(position) is '\(output.value)', which is no tensor that depends on an input"))
                }
                continue
            }
            let wanted = output.name ?? value
            var name = wanted
            var number = 1
            while !taken.insert(name).inserted {
                name = "\(wanted):\(number)"
                number += 1
            }
            builder.addOutput(GraphOutput(name: name, value: value))
        }
    }

    /// How many samples the first argument had when the network was recorded, where the file says it.
    func recordedSamples() -> Int? {
        guard case .value(let name)? = call.arguments["self"] ?? call.arguments["input"] else { return nil }
        return network.recordedShapes[name]?.first ?? nil
    }

    /// How many samples the inputs had when the network was recorded, where the file says it.
    var recordedBatch: Int? { network.inputs.first.flatMap { network.recordedShapes[$0.name]?.first ?? nil } }

    /// Follows the current call with other arguments, and values that only these name.
    mutating func lower(
        _ function: TorchFunction, with arguments: [String: TorchArgument], _ added: [String: TorchValue]
    ) throws(ModelError) -> [TorchValue] {
        let original = call
        call = TorchCall(call.function, arguments, outputs: call.outputs, module: call.module, line: call.line)
        values.merge(added) { $1 }
        defer {
            call = original
            for name in added.keys { values[name] = nil }
        }
        return try lower(function)
    }

    // MARK: What lowering uses

    /// A problem of the current call.
    func problem(_ code: String, _ message: String, hint: String? = nil) -> ModelError {
        ModelError(Problem(code, "'\(call.function)' \(message): \(call.place)", at: Location(node: call.module), hint: hint))
    }

    func unsupported(_ message: String) -> ModelError { problem("torch.unsupported-call", message) }

    /// The shape of a value of the graph.
    func shape(_ value: String) -> Shape { derived?[value].map { Shape(known: $0.shape) } ?? builder.shape(of: value) ?? Shape([]) }

    /// Adds the last node of the current call.
    mutating func emit(_ operation: Operator, _ inputs: [String], weights: [String: String] = [:]) throws(ModelError) -> String {
        try add(name, operation, inputs, weights)
    }

    /// Adds a node before the last.
    mutating func emit(_ part: String, _ operation: Operator, _ inputs: [String], weights: [String: String] = [:]) throws(ModelError) -> String {
        try add("\(name)/\(part)", operation, inputs, weights)
    }

    private mutating func add(_ name: String, _ operation: Operator, _ inputs: [String], _ weights: [String: String]) throws(ModelError) -> String {
        if derived != nil { return try derive(name, operation, inputs, weights) }
        return try builder.add(name, operation, inputs: inputs, weights: weights)
    }

    /// Adds a weight of the file in a layout, possibly under another shape of as many elements. Parts and views of tensors may have one name.
    /// - Returns: its name in the graph.
    mutating func use(_ weight: TorchWeight, _ layout: KernelLayout, shape: [Int]? = nil) throws(ModelError) -> String {
        if derived != nil { return try useDerived(weight, layout, shape: shape) }
        let source = shape.map(weight.source.reshaped) ?? weight.source
        var name = weight.name
        var number = 0
        while let other = builder.graph.weights[name] {
            if other.layout == layout, try other.source.hasElements(of: source) { break }
            number += 1
            name = "\(weight.name):\(number)"
        }
        builder.addWeight(name, Weight(source, layout: layout))
        return name
    }

    /// A number as a tensor of so many axes.
    mutating func constant(_ number: Double, rank: Int) throws(ModelError) -> String {
        let weight = "\(name)/value"
        guard let tensor = Tensor(shape: Array(repeating: 1, count: rank), scalars: [Float(number)]) else {
            throw unsupported("has a constant of too many axes")
        }
        if derived != nil { return try derive(tensor, part: "constant") }
        builder.addWeight(weight, Weight(WeightSource(tensor, origin: weight), layout: .other))
        return try emit("constant", Constant().erased, [], weights: ["value": weight])
    }
}

extension WeightSource {
    /// Whether shape, type and elements are the same. They are read where it is not known which tensor of the file both are.
    fileprivate func hasElements(of other: WeightSource) throws(ModelError) -> Bool {
        guard shape == other.shape, dtype == other.dtype else { return false }
        if let provenance, let known = other.provenance { return provenance == known }
        return try digest() == other.digest()
    }

    private func digest() throws(ModelError) -> Digest256 {
        var hasher = SHA256Hasher()
        try stream { piece throws(ModelError) in hasher.update(piece) }
        return hasher.finalize()
    }
}

extension TorchArgument {
    /// The values that it names.
    var valueNames: [String] {
        switch self {
        case .value(let name): [name]
        case .list(let items): items.flatMap { item in if case .value(let name) = item { [name] } else { [String]() } }
        default: []
        }
    }
}
