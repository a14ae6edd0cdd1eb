import ModelCore
import ModelGraph

/// MaxPooling, AveragePooling, their global and their adaptive forms. Padding is never counted.
let poolingKinds: [String: KerasLayerKind] = {
    var kinds: [String: KerasLayerKind] = [:]
    for rank in 1...3 {
        for (name, kind) in [("Max", PoolingKind.maximum), ("Average", .average)] {
            kinds["\(name)Pooling\(rank)D"] = pooling(kind, rank)
            kinds["Global\(name)Pooling\(rank)D"] = globalPooling(kind, rank)
            kinds["Adaptive\(name)Pooling\(rank)D"] = adaptivePooling(kind, rank)
        }
    }
    return kinds
}()

private func pooling(_ kind: PoolingKind, _ rank: Int) -> KerasLayerKind {
    KerasLayerKind { layer, _ throws(ModelError) in
        let window = try layer.integers("pool_size", count: rank, default: 2)
        let strides = layer.gives("strides") ? try layer.integers("strides", count: rank) : window
        let padding = try layer.string("padding", default: "valid").lowercased()
        guard padding == "valid" || padding == "same" else {
            throw layer.problem("keras.config", "has padding '\(padding)', expected valid or same", key: "padding")
        }
        let operation = Pooling(
            kind: kind, layout: try layer.dataLayout(spatialRank: rank), window: window, strides: strides, padding: padding == "same" ? .same : .valid
        )
        return [KerasStep("pooling", operation.erased)]
    }
}

private func globalPooling(_ kind: PoolingKind, _ rank: Int) -> KerasLayerKind {
    KerasLayerKind { layer, _ throws(ModelError) in
        let operation = GlobalPooling(
            kind: kind, layout: try layer.dataLayout(spatialRank: rank), keepsAxes: try layer.bool("keepdims", default: false))
        return [KerasStep("pooling", operation.erased)]
    }
}

private func adaptivePooling(_ kind: PoolingKind, _ rank: Int) -> KerasLayerKind {
    KerasLayerKind { layer, _ throws(ModelError) in
        let operation = AdaptivePooling(
            kind: kind, layout: try layer.dataLayout(spatialRank: rank), outputSize: try layer.integers("output_size", count: rank))
        return [KerasStep("pooling", operation.erased)]
    }
}
