import ModelGraph

/// The order in which Keras keeps a model's layers, whatever the order of the configuration: by their distance from the outputs, the farthest
/// first, then by a search from the outputs. Weights are found by it. (`map_graph` in `keras/src/ops/function.py`, `_map_graph_network` in Keras 2.)
enum KerasOrder {
    /// The same model with its layers in this order.
    static func sorted(_ model: KerasDraftModel) -> KerasDraftModel {
        var search = KerasSearch(model)
        let order = search.order()
        var positions = [Int](repeating: 0, count: model.layers.count)
        for (position, layer) in order.enumerated() { positions[layer] = position }
        func moved(_ reference: KerasDraftReference) -> KerasDraftReference {
            KerasDraftReference(layer: positions[reference.layer], call: reference.call)
        }
        var result = model
        result.layers = order.map { model.layers[$0] }
        for layer in result.layers.indices {
            for call in result.layers[layer].calls.indices {
                result.layers[layer].calls[call].arguments = result.layers[layer].calls[call].arguments.map { $0.mapTensors(moved) }
            }
        }
        result.inputs = model.inputs.map(moved)
        result.outputs = model.outputs.map(moved)
        return result
    }
}

private struct KerasSearch {
    let model: KerasDraftModel
    /// Layers in the order in which the search meets them.
    private var firstMet: [Int: Int] = [:]
    /// Calls, each after those whose results it reads.
    private var finished: [KerasDraftReference] = []
    private var done: Set<KerasDraftReference> = []

    init(_ model: KerasDraftModel) { self.model = model }

    /// All layers.
    mutating func order() -> [Int] {
        var outputs = model.outputs
        if let names = model.outputNames {
            // Python sorts the keys of a dictionary when it flattens one.
            outputs = zip(names, outputs).sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }.map(\.1)
        }
        for output in outputs { visit(output) }
        var callDepths: [KerasDraftReference: Int] = [:]
        var depths: [Int: Int] = [:]
        for call in finished.reversed() {
            let depth = max(callDepths[call] ?? 0, depths[call.layer] ?? 0)
            depths[call.layer] = depth
            callDepths[call] = depth
            for input in inputs(of: call) { callDepths[input] = max(callDepths[input] ?? 0, depth + 1) }
        }
        // Inputs that nothing reads.
        for layer in model.layers.indices where depths[layer] == nil {
            depths[layer] = 0
            firstMet[layer] = -1
        }
        return model.layers.indices.sorted { left, right in
            let (a, b) = (depths[left] ?? 0, depths[right] ?? 0)
            if a != b { return a > b }
            let (c, d) = (firstMet[left] ?? 0, firstMet[right] ?? 0)
            return c != d ? c < d : left < right
        }
    }

    private func inputs(of reference: KerasDraftReference) -> [KerasDraftReference] {
        let calls = model.layers[reference.layer].calls
        return calls.indices.contains(reference.call) ? calls[reference.call].inputs : []
    }

    private mutating func visit(_ root: KerasDraftReference) {
        guard !done.contains(root) else { return }
        var stack: [(call: KerasDraftReference, next: Int)] = []
        begin(root, &stack)
        while let (call, next) = stack.last {
            let inputs = inputs(of: call)
            if next < inputs.count {
                stack[stack.count - 1].next += 1
                if !done.contains(inputs[next]) { begin(inputs[next], &stack) }
            } else {
                stack.removeLast()
                if done.insert(call).inserted { finished.append(call) }
            }
        }
    }

    private mutating func begin(_ call: KerasDraftReference, _ stack: inout [(call: KerasDraftReference, next: Int)]) {
        if firstMet[call.layer] == nil { firstMet[call.layer] = firstMet.count }
        stack.append((call, 0))
    }
}
