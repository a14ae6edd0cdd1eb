import ModelCore
import ModelGraph

/// Dense, Flatten, Reshape, Permute, RepeatVector, Embedding and LayerScale.
let coreKinds: [String: KerasLayerKind] = [
    "Dense": KerasLayerKind { layer throws(ModelError) in
        [.trained("kernel")] + (try layer.bool("use_bias", default: true) ? [.trained("bias")] : [])
    } steps: { layer, inputs throws(ModelError) in
        let units = try layer.integer("units")
        guard units >= 1 else { throw layer.problem("keras.config", "has units \(units), expected at least 1", key: "units") }
        let rank = inputs.first?.rank ?? 0
        let features = rank > 0 ? inputs.first?[rank - 1] : nil
        var weights = ["kernel": KerasStepWeight("kernel", .io, [features, units])]
        if try layer.bool("use_bias", default: true) { weights["bias"] = KerasStepWeight("bias", .vector, [units]) }
        return [KerasStep("dense", Dense().erased, weights)] + (try activationSteps(layer, rank: rank))
    },
    "Flatten": KerasLayerKind { layer, inputs throws(ModelError) in
        let rank = inputs.first?.rank ?? 0
        // Keras moves the channels of channels-first data last before it flattens, where the layer names an order: from Keras 2.2 on.
        let isChannelsFirst = layer.gives("data_format") ? try !layer.dataLayout(spatialRank: 2).isChannelsLast : false
        let transpose = isChannelsFirst && rank > 2 ? [KerasStep("channels_last", Transpose(permutation: [0] + Array(2..<rank) + [1]).erased)] : []
        return transpose + [KerasStep("flatten", Flatten().erased)]
    },
    "Reshape": KerasLayerKind { layer, _ throws(ModelError) in
        [KerasStep("reshape", Reshape(sizes: try layer.list("target_shape")).erased)]
    },
    "RepeatVector": KerasLayerKind { layer, inputs throws(ModelError) in
        // A sequence of one step, made longer.
        guard let input = inputs.first, input.rank == 2, let features = input[1] else {
            throw layer.problem("keras.config", "needs an input of rank 2 with a known number of features")
        }
        let resize = Resize(layout: .nwc, target: .factors([try layer.integer("n")]), interpolation: .nearest)
        return [KerasStep("step", Reshape(sizes: [1, features]).erased), KerasStep("repeat", resize.erased)]
    },
    "Embedding": KerasLayerKind { _ throws(ModelError) in
        [.trained("embeddings")]
    } steps: { layer, _ throws(ModelError) in
        if try layer.bool("mask_zero", default: false) {
            throw layer.problem("keras.unsupported", "masks zeros (mask_zero), and cnnconvert has no masks", key: "mask_zero")
        }
        let table = KerasStepWeight("embeddings", .other, [try layer.integer("input_dim"), try layer.integer("output_dim")])
        return [KerasStep("embedding", Embedding().erased, ["table": table])]
    },
    // A layer of keras.applications' ConvNeXt: one factor for each channel.
    "LayerScale": KerasLayerKind { _ throws(ModelError) in
        [.trained("gamma")]
    } steps: { layer, inputs throws(ModelError) in
        let size = inputs.first.flatMap { $0.rank > 0 ? $0[$0.rank - 1] : nil }
        return [
            KerasStep("gamma", Constant().erased, ["value": KerasStepWeight("gamma", .vector, [size])], target: .extra),
            KerasStep("scale", Merge(.multiply).erased),
        ]
    },
    "Permute": KerasLayerKind { layer, _ throws(ModelError) in
        [KerasStep("transpose", Transpose(permutation: [0] + (try layer.list("dims"))).erased)]
    },
]
