import ByteIO
import ModelCore
import ModelGraph

/// Add, Subtract, Multiply, Average, Maximum, Minimum, Concatenate, CustomScaleLayer and Dot.
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
    // A layer of keras.applications' InceptionResNetV2: the first input and a multiple of the second.
    kinds["CustomScaleLayer"] = KerasLayerKind { layer, inputs throws(ModelError) in
        guard inputs.count == 2 else { throw layer.problem("keras.config", "takes 2 inputs and has \(inputs.count)") }
        return [
            KerasStep("scale", Rescaling(scale: [try layer.number("scale")], offset: [0]).erased, target: .input(1)),
            KerasStep("sum", Merge(.add).erased),
        ]
    }
    kinds["Dot"] = KerasLayerKind { layer, inputs throws(ModelError) in
        guard inputs.count == 2 else { throw layer.problem("keras.config", "takes 2 inputs and has \(inputs.count)") }
        let given = layer.config["axes"]?.array == nil ? [try layer.integer("axes"), try layer.integer("axes")] : try layer.list("axes")
        guard given.count == 2 else { throw layer.problem("keras.config", "has axes \(given), expected one for each input", key: "axes") }
        let axes = [try layer.axis(given[0], rank: inputs[0].rank, key: "axes"), try layer.axis(given[1], rank: inputs[1].rank, key: "axes")]
        var steps: [KerasStep] = []
        if try layer.bool("normalize", default: false) {
            let smallest = KerasVersionTable.smallestNormOfDot[layer.origin.version]
            steps = axes.enumerated().map { position, axis in
                KerasStep("unit_\(position)", RowNormalization(kind: .unit, axes: [axis], epsilon: smallest).erased, target: .input(position))
            }
        }
        return steps + [KerasStep("dot", Dot(axes: axes).erased)]
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
