package import ModelCore
package import ModelGraph

/// Turns a network of PyTorch into a graph in PyTorch's own layout, without moving an axis.
package enum TorchImporter {
    /// - Throws: all problems of one stage at once: first every function that is not supported (`torch.unsupported-function`), then every call that
    ///   has no meaning here and every weight that does not fit (`torch.unsupported-call`, `torch.training-mode`, `torch.samples`, `torch.shape`,
    ///   `torch.undefined`, `graph.*`).
    package static func graph(from network: TorchNetwork) throws(ModelError) -> Graph {
        try requireSupport(network)
        var flow = TorchFlow(network)
        try flow.build()
        return try flow.graph.mergingStacks()
    }

    /// - Throws: `torch.unsupported-function` for each function that is not supported.
    static func requireSupport(_ network: TorchNetwork) throws(ModelError) {
        var calls: [String: [TorchCall]] = [:]
        for call in network.calls where TorchFunction(call.function) == nil { calls[call.function, default: []].append(call) }
        let problems = calls.sorted { $0.key < $1.key }.map { name, calls in
            let first = calls[0]
            let others = calls.count == 1 ? "" : ", and \(calls.count - 1) more times"
            return Problem(
                "torch.unsupported-function", "function '\(name)' is not supported: \(first.place)\(others)", at: Location(node: first.module),
                hint: "README.md lists the functions that are")
        }
        if let quantised = calls.values.joined().first(where: { isQuantised($0.function) }) {
            throw quantisedNetwork("'\(quantised.function)', \(quantised.place)")
        }
        if let error = ModelError(problems) { throw error }
    }

    /// Whether a function, by its whole name or its last part, computes with integers and a scale.
    private static func isQuantised(_ function: String) -> Bool {
        let name = function.split(separator: ".").contains { $0.hasPrefix("quantized") } ? "quantize" : function
        return name.hasPrefix("quantize") || name.hasPrefix("dequantize")
    }

    static func quantisedNetwork(_ evidence: String) -> ModelError {
        ModelError(
            Problem(
                "torch.quantised", "the network is quantised, it computes with integers and scales: \(evidence)",
                hint: "convert the network as it was before it was quantised"))
    }
}

extension TorchCall {
    /// Where it is in the source, for messages.
    var place: String {
        let module = module.isEmpty ? "called by the network itself" : "called in '\(module)'"
        return line.isEmpty ? module : "\(module), \(line)"
    }
}
