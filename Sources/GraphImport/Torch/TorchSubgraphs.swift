import ByteIO
import ModelCore

// Parts of a program that PyTorch keeps as graphs of their own because something is switched on or off there: they become calls as all others.
extension TorchProgramReader {
    /// The calls of a node, which may hold a graph; `shapes` gets the shapes of that graph's values.
    static func calls(_ node: JSONValue, _ position: Int, shapes: inout [String: [Int?]]) throws(ModelError) -> [TorchCall] {
        guard let kind = TorchRegion(rawValue: node["target"]?.string ?? "") else { return [try call(node, position)] }
        let arguments = (node["inputs"]?.array ?? []).compactMap { $0["arg"]?.object }
        guard let place = arguments.firstIndex(where: { $0["as_graph"] != nil }), let graph = arguments[place]["as_graph"]?["graph"],
            let inputs = graph["inputs"]?.array, let outputs = graph["outputs"]?.array, let nodes = graph["nodes"]?.array
        else { throw broken("has a node \(position) without its graph") }
        try kind.check(arguments[..<place].map(argument))
        let given = arguments[(place + 1)...].map(argument)
        let wanted = (node["outputs"]?.array ?? []).compactMap { $0.object.map(argument)?.names }.flatMap(\.self)
        let made = outputs.compactMap { $0.object.map(argument)?.names }.flatMap(\.self)
        guard given.count == inputs.count, made.count == wanted.count else { throw broken("has a node \(position) that does not fit its graph") }
        var values: [String: TorchArgument] = [:]
        for (input, argument) in zip(inputs, given) {
            for name in input.object.map(self.argument)?.names ?? [] { values[name] = argument }
        }
        // Names are the graph's own.
        func outer(_ name: String) -> TorchArgument { values[name] ?? .value("\(position)/\(name)") }
        var calls: [TorchCall] = []
        for (number, node) in nodes.enumerated() {
            var inner: [String: [Int?]] = [:]
            for call in try self.calls(node, number, shapes: &inner) {
                let results = call.outputs.map { "\(position)/\($0)" }
                calls.append(
                    TorchCall(call.function, call.arguments.mapValues { $0.renamed(outer) }, outputs: results, module: call.module, line: call.line))
            }
            for (name, shape) in inner { shapes["\(position)/\(name)"] = shape }
        }
        for (name, description) in graph["tensor_values"]?.object ?? JSONObject() { shapes["\(position)/\(name)"] = sizes(description) }
        for (name, result) in zip(made, wanted) { calls.append(TorchCall("alias", ["self": outer(name)], outputs: [result], module: "")) }
        return calls
    }
}

/// Why PyTorch keeps a part of a program as a graph of its own.
private enum TorchRegion: String {
    case autocast = "torch.ops.higher_order.wrap_with_autocast"
    case grad = "torch.ops.higher_order.wrap_with_set_grad_enabled"

    /// - Parameter settings: what stands before the graph.
    func check(_ settings: [TorchArgument]) throws(ModelError) {
        guard self == .autocast, settings.count < 3 || settings[2] != .bool(false) else { return }
        throw ModelError(
            Problem(
                "torch.unsupported-call", "a part of the network computes in another type of elements (autocast)",
                hint: "export it outside of torch.autocast, in Float32"))
    }
}

extension TorchArgument {
    /// With other names of values.
    fileprivate func renamed(_ outer: (String) -> TorchArgument) -> TorchArgument {
        switch self {
        case .value(let name): outer(name)
        case .list(let items): .list(items.map { $0.renamed(outer) })
        default: self
        }
    }
}
