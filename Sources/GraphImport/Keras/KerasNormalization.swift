import ByteIO
import ModelCore
import ModelGraph

/// BatchNormalization, LayerNormalization and their kin.
let normalizationKinds: [String: KerasLayerKind] = [
    "BatchNormalization": KerasLayerKind { layer throws(ModelError) in
        (try layer.bool("scale", default: true) ? [.trained("gamma")] : [])
            + (try layer.bool("center", default: true) ? [.trained("beta")] : [])
            + [.recorded("moving_mean"), .recorded("moving_variance")]
            // Statistics that only training reads.
            + (try layer.bool("renorm", default: false)
                ? [.recorded("moving_stddev"), .recorded("renorm_mean"), .recorded("renorm_stddev")] : [])
    } steps: { layer, inputs throws(ModelError) in
        let rank = inputs.first?.rank ?? 0
        // Keras 2 may hold the axis as a list of one; Keras 1 has modes, of which 0 is per feature.
        let axes = layer.config["axis"]?.array == nil ? [try layer.integer("axis", default: -1)] : try layer.list("axis")
        guard axes.count == 1, try layer.integer("mode", default: 0) == 0 else {
            throw layer.problem("keras.unsupported", "normalises along several axes or in a mode of Keras 1 other than 0", key: "axis")
        }
        let axis = try layer.axis(axes[0], rank: rank, key: "axis")
        let size = inputs.first?[axis]
        var weights = [
            "mean": KerasStepWeight("moving_mean", .vector, [size]), "variance": KerasStepWeight("moving_variance", .vector, [size]),
        ]
        if try layer.bool("scale", default: true) { weights["gamma"] = KerasStepWeight("gamma", .vector, [size]) }
        if try layer.bool("center", default: true) { weights["beta"] = KerasStepWeight("beta", .vector, [size]) }
        let epsilon = try layer.number("epsilon", default: KerasVersionTable.batchNormalizationEpsilon[layer.origin.version])
        guard layer.origin.version.isExact || layer.origin.version.major > 1 else {
            throw layer.problem(
                "keras.version-unknown", "has statistics that are deviations before Keras 1.0.6 and variances from there on",
                hint: "write the version into the architecture: \"keras_version\": \"1.2.2\"")
        }
        switch KerasVersionTable.spread[layer.origin.version] {
        case .variance: return [KerasStep("normalization", BatchNormalization(axis: axis, epsilon: epsilon).erased, weights)]
        case .deviation: return deviationSteps(rank: rank, axis: axis, size: size, epsilon: epsilon)
        }
    },
    "LayerNormalization": KerasLayerKind { layer throws(ModelError) in
        if try layer.bool("rms_scaling", default: false) {
            throw layer.problem("keras.unsupported", "scales by the deviation without subtracting the mean (rms_scaling)", key: "rms_scaling")
        }
        return try scaleAndCenter(layer)
    } steps: { layer, inputs throws(ModelError) in
        [try rowStep(layer, inputs, .standard, epsilon: 1e-3, gamma: "gamma", flags: true)]
    },
    "RMSNormalization": KerasLayerKind { _ throws(ModelError) in
        [.trained("scale")]
    } steps: { layer, inputs throws(ModelError) in
        [try rowStep(layer, inputs, .rootMeanSquare, epsilon: 1e-6, gamma: "scale", flags: false)]
    },
    "UnitNormalization": KerasLayerKind { layer, inputs throws(ModelError) in
        let axes = try normalizedAxes(layer, rank: inputs.first?.rank ?? 0)
        let operation = RowNormalization(kind: .unit, axes: axes, epsilon: KerasVersionTable.smallestNorm[layer.origin.version])
        return [KerasStep("normalization", operation.erased)]
    },
    "GroupNormalization": KerasLayerKind { layer throws(ModelError) in
        try scaleAndCenter(layer)
    } steps: { layer, inputs throws(ModelError) in
        let axis = try layer.axis(try layer.integer("axis", default: -1), rank: inputs.first?.rank ?? 0, key: "axis")
        let groups = try layer.integer("groups", default: 32)
        let operation = GroupNormalization(axis: axis, groups: groups == -1 ? 0 : groups, epsilon: try layer.number("epsilon", default: 1e-3))
        let size = inputs.first?[axis]
        let weights = Dictionary(
            uniqueKeysWithValues: try scaleAndCenter(layer).map { ($0.name, KerasStepWeight($0.name, .vector, [size])) })
        return [KerasStep("normalization", operation.erased, weights)]
    },
]

/// `(x - mean) / (deviation + epsilon) * gamma + beta`. Keras before 1.0.6 has both gamma and beta, and a deviation by the name of a variance.
private func deviationSteps(rank: Int, axis: Int, size: Int?, epsilon: Double) -> [KerasStep] {
    func constant(_ variable: String) -> KerasStep {
        let form = KerasStepWeight.Form(layout: .other, shape: [size]) { $0.reshaped($0.shape + Array(repeating: 1, count: rank - 1 - axis)) }
        let weight = KerasStepWeight(variable, [form])
        return KerasStep(variable, Constant().erased, ["value": weight], target: .extra)
    }
    return [
        constant("moving_mean"), KerasStep("centred", Merge(.subtract).erased),
        constant("moving_variance"), KerasStep("divisor", Rescaling(scale: [1], offset: [epsilon]).erased, target: .input(1)),
        KerasStep("normalized", Merge(.divide).erased),
        constant("gamma"), KerasStep("scaled", Merge(.multiply).erased),
        constant("beta"), KerasStep("normalization", Merge(.add).erased),
    ]
}

private func scaleAndCenter(_ layer: KerasLayer) throws(ModelError) -> [KerasVariable] {
    (try layer.bool("scale", default: true) ? [.trained("gamma")] : []) + (try layer.bool("center", default: true) ? [.trained("beta")] : [])
}

/// `axis`, one or several, counted from 0 and ascending.
private func normalizedAxes(_ layer: KerasLayer, rank: Int) throws(ModelError) -> [Int] {
    let given = layer.config["axis"]?.array == nil ? [try layer.integer("axis", default: -1)] : try layer.list("axis")
    var axes: [Int] = []
    for axis in given { axes.append(try layer.axis(axis, rank: rank, key: "axis")) }
    return axes.sorted()
}

private func rowStep(
    _ layer: KerasLayer, _ inputs: [Shape], _ kind: RowNormalizationKind, epsilon: Double, gamma: String, flags: Bool
) throws(ModelError) -> KerasStep {
    let axes = try normalizedAxes(layer, rank: inputs.first?.rank ?? 0)
    let sizes = axes.map { inputs.first?[$0] }
    let layout: KernelLayout = axes.count == 1 ? .vector : .other
    var weights: [String: KerasStepWeight] = [:]
    let scales = try layer.bool("scale", default: true)
    let centers = try layer.bool("center", default: true)
    if scales || !flags { weights["gamma"] = KerasStepWeight(gamma, layout, sizes) }
    if centers && flags { weights["beta"] = KerasStepWeight("beta", layout, sizes) }
    let operation = RowNormalization(kind: kind, axes: axes, epsilon: try layer.number("epsilon", default: epsilon))
    return KerasStep("normalization", operation.erased, weights)
}
