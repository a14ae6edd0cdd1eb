import ModelCore
import ModelGraph

/// Add, Subtract, Multiply, Average, Maximum, Minimum and Concatenate.
let mergeKinds: [String: KerasLayerKind] = {
    let merges: [String: MergeKind] = [
        "Add": .add, "Subtract": .subtract, "Multiply": .multiply, "Average": .average, "Maximum": .maximum, "Minimum": .minimum,
    ]
    var kinds = merges.mapValues { kind in
        KerasLayerKind { layer, inputs throws(ModelError) in
            try expansions(layer, inputs) + [KerasStep("merge", Merge(kind).erased)]
        }
    }
    kinds["Concatenate"] = KerasLayerKind { layer, inputs throws(ModelError) in
        let axis = try layer.axis(try layer.integer("axis", default: -1), rank: inputs.first?.rank ?? 0, key: "axis")
        return [KerasStep("concatenate", Concatenate(axis: axis).erased)]
    }
    return kinds
}()

/// Keras gives an input of lower rank new axes of size 1 after the batch.
private func expansions(_ layer: KerasLayer, _ inputs: [Shape]) throws(ModelError) -> [KerasStep] {
    let rank = inputs.map(\.rank).max() ?? 0
    var steps: [KerasStep] = []
    for (position, input) in inputs.enumerated() where input.rank < rank {
        let inner = input.sizes.dropFirst().map { $0 ?? -1 }
        guard input.rank >= 1, inner.count(where: { $0 == -1 }) <= 1 else {
            throw layer.problem("keras.unsupported", "merges inputs of rank \(input.rank) and \(rank) with several unknown sizes")
        }
        let sizes = Array(repeating: 1, count: rank - input.rank) + inner
        steps.append(KerasStep("expanded_\(position)", Reshape(sizes: sizes).erased, target: .input(position)))
    }
    return steps
}
