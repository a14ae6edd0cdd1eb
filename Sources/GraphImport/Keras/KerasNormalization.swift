import ByteIO
import ModelCore
import ModelGraph

/// BatchNormalization and Rescaling.
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
        let operation = BatchNormalization(axis: axis, epsilon: try layer.number("epsilon", default: 1e-3))
        return [KerasStep("normalization", operation.erased, weights)]
    },
    "Rescaling": KerasLayerKind { layer, _ throws(ModelError) in
        [KerasStep("rescaling", Rescaling(scale: try constants(layer, "scale"), offset: try constants(layer, "offset", default: 0)).erased)]
    },
]

/// A number, a list of numbers, or a NumPy array as Keras writes it.
private func constants(_ layer: KerasLayer, _ key: String, default fallback: Double? = nil) throws(ModelError) -> [Double] {
    let value = layer.config[key]
    let array = value?.array ?? value?["config"]?["value"]?.array
    guard let array else { return [try layer.number(key, default: fallback)] }
    let numbers = array.compactMap(\.double)
    guard !numbers.isEmpty, numbers.count == array.count, numbers.allSatisfy(\.isFinite) else {
        throw layer.problem("keras.config", "has \(key) \(value.map(KerasLayer.brief) ?? "nothing"), expected finite numbers", key: key)
    }
    return numbers
}
