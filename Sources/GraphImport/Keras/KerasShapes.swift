import ByteIO
import ModelCore
import ModelGraph

/// ZeroPadding, Cropping and UpSampling.
let shapeKinds: [String: KerasLayerKind] = {
    var kinds: [String: KerasLayerKind] = [:]
    for rank in 1...3 {
        kinds["ZeroPadding\(rank)D"] = KerasLayerKind { layer, _ throws(ModelError) in
            let (before, after) = try borders(layer, "padding", rank)
            return [KerasStep("pad", Pad(before: before, after: after).erased)]
        }
        kinds["Cropping\(rank)D"] = KerasLayerKind { layer, _ throws(ModelError) in
            let (before, after) = try borders(layer, "cropping", rank)
            return [KerasStep("crop", Crop(before: before, after: after).erased)]
        }
        kinds["UpSampling\(rank)D"] = KerasLayerKind { layer, _ throws(ModelError) in
            let operation = Resize(
                layout: try layer.dataLayout(spatialRank: rank), target: .factors(try layer.integers("size", count: rank, default: 2)),
                interpolation: try interpolation(layer))
            return [KerasStep("resize", operation.erased)]
        }
    }
    return kinds
}()

/// Amounts before and after every axis, from `n`, `[n, m]` (per axis; in one dimension before and after) or `[[n, m], ...]`.
private func borders(_ layer: KerasLayer, _ key: String, _ rank: Int) throws(ModelError) -> (before: [Int], after: [Int]) {
    let layout = try layer.dataLayout(spatialRank: rank)
    var pairs: [(Int, Int)]
    if layer.config[key]?.array?.count == 2 * rank, rank > 1 {
        // Keras 1: top, bottom, left, right.
        let values = try layer.integers(key, count: 2 * rank)
        pairs = (0..<rank).map { (values[2 * $0], values[2 * $0 + 1]) }
    } else if let entries = layer.config[key]?.array, entries.count == rank, entries.allSatisfy({ $0.array != nil }) {
        pairs = entries.compactMap { entry in
            let values = entry.array?.compactMap(\.integer) ?? []
            return values.count == 2 && entry.array?.count == 2 ? (values[0], values[1]) : nil
        }
    } else if rank == 1, layer.config[key]?.array != nil {
        let values = try layer.integers(key, count: 2)
        pairs = [(values[0], values[1])]
    } else {
        pairs = try layer.integers(key, count: rank, default: 1).map { ($0, $0) }
    }
    guard pairs.count == rank, pairs.allSatisfy({ $0.0 >= 0 && $0.1 >= 0 }) else {
        throw layer.problem("keras.config", "has \(key) \(layer.config[key].map(KerasLayer.brief) ?? "nothing"), expected pairs of sizes", key: key)
    }
    var before = Array(repeating: 0, count: layout.rank)
    var after = before
    for (axis, pair) in zip(layout.spatialAxes, pairs) { (before[axis], after[axis]) = pair }
    return (before, after)
}

/// TensorFlow's kernels, which Keras uses: half-pixel centres from the version on that `KerasVersionTable.centres` gives, no antialiasing.
func interpolation(_ layer: KerasLayer, default fallback: String = "nearest") throws(ModelError) -> Interpolation {
    switch try layer.string("interpolation", default: fallback) {
    case "nearest": return .nearest
    case "bilinear" where KerasVersionTable.centres[layer.origin.version] == .corners:
        throw layer.problem(
            "keras.unsupported", "interpolates from the corners of pixels, as Keras did before 2.4; cnnconvert does so from their centres",
            key: "interpolation")
    case "area": return .area
    case "bilinear": return .linear
    case "bicubic": return .cubic(coefficient: -0.5, tableSize: 1024)
    case "lanczos3": return .lanczos(radius: 3)
    case "lanczos5": return .lanczos(radius: 5)
    case let other: throw layer.problem("keras.unsupported", "interpolates by '\(other)', which cnnconvert cannot convert", key: "interpolation")
    }
}
