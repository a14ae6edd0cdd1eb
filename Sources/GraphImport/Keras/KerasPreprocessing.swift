import ByteIO
import ModelCore
import ModelGraph

/// Rescaling, Normalization, Resizing and CenterCrop.
let preprocessingKinds: [String: KerasLayerKind] = [
    "Rescaling": KerasLayerKind { layer, _ throws(ModelError) in
        [KerasStep("rescaling", Rescaling(scale: try constants(layer, "scale"), offset: try constants(layer, "offset", default: 0)).erased)]
    },
    "Normalization": KerasLayerKind { layer throws(ModelError) in
        layer.gives("mean") ? [] : [.recorded("mean"), .recorded("variance"), .recorded("count")]
    } steps: { layer, inputs throws(ModelError) in
        try standardization(layer, inputs.first ?? Shape([]))
    },
    "Resizing": KerasLayerKind { layer, inputs throws(ModelError) in
        for flag in ["crop_to_aspect_ratio", "pad_to_aspect_ratio", "antialias"] where try layer.bool(flag, default: false) {
            throw layer.problem("keras.unsupported", "resizes with \(flag), which cnnconvert cannot convert", key: flag)
        }
        let sizes = [try layer.integer("height"), try layer.integer("width")]
        let operation = Resize(
            layout: try layer.dataLayout(spatialRank: 2), target: .sizes(sizes), interpolation: try interpolation(layer, default: "bilinear"))
        return [KerasStep("resize", operation.erased)]
    },
    "CenterCrop": KerasLayerKind { layer, inputs throws(ModelError) in
        let layout = try layer.dataLayout(spatialRank: 2)
        var before = Array(repeating: 0, count: layout.rank)
        var after = before
        for (axis, wanted) in zip(layout.spatialAxes, [try layer.integer("height"), try layer.integer("width")]) {
            guard let input = inputs.first, input.rank == layout.rank, let size = input[axis], wanted >= 1, wanted <= size else {
                throw layer.problem("keras.unsupported", "crops to \(wanted), which needs an input of known size that is no smaller")
            }
            before[axis] = (size - wanted) / 2
            after[axis] = size - wanted - before[axis]
        }
        return [KerasStep("crop", Crop(before: before, after: after).erased)]
    },
]

/// Normalization with statistics from the configuration or from the file, one for each combination of its axes.
private func standardization(_ layer: KerasLayer, _ input: Shape) throws(ModelError) -> [KerasStep] {
    var kept: [Int] = []
    switch layer.config["axis"] {
    case .array: for axis in try layer.list("axis") { kept.append(try layer.axis(axis, rank: input.rank, key: "axis")) }
    case .null?: break
    default: kept = [try layer.axis(try layer.integer("axis", default: -1), rank: input.rank, key: "axis")]
    }
    kept.sort()
    let sizes = (1..<max(input.rank, 1)).map { kept.contains($0) ? input[$0] : 1 }
    let operation = Standardization(isInverse: try layer.bool("invert", default: false), epsilon: 1e-7).erased
    guard layer.gives("mean") else {
        let shape = kept.map { input[$0] }
        let stretched = sizes.compactMap(\.self)
        guard stretched.count == sizes.count else { throw layer.problem("keras.config", "has statistics for an axis of unknown size", key: "axis") }
        func weight(_ name: String) -> KerasStepWeight {
            KerasStepWeight(name, [.init(layout: .other, shape: shape, arrange: { $0.reshaped(stretched) })])
        }
        return [KerasStep("standardization", operation, ["mean": weight("mean"), "variance": weight("variance")])]
    }
    var constants: [String: Tensor<Float>] = [:]
    for role in ["mean", "variance"] {
        let numbers = try flattened(layer, role)
        let shape = numbers.count == 1 ? sizes.map { _ in 1 } : sizes.compactMap(\.self)
        guard let tensor = Tensor(shape: shape, scalars: numbers.map { Float($0) }) else {
            throw layer.problem("keras.config", "has \(numbers.count) values of \(role), its axes need \(Shape(sizes))", key: role)
        }
        constants[role] = tensor
    }
    // A single value and a list may stand side by side.
    if let mean = constants["mean"], let variance = constants["variance"], mean.shape != variance.shape {
        let shape = mean.scalars.count > variance.scalars.count ? mean.shape : variance.shape
        for (role, tensor) in constants where tensor.shape != shape { constants[role] = Tensor(repeating: tensor.scalars[0], shape: shape) }
    }
    return [KerasStep("standardization", operation, constants: constants)]
}

/// The numbers of a nested list in order. The parser's limit on depth bounds the nesting.
private func flattened(_ layer: KerasLayer, _ key: String) throws(ModelError) -> [Double] {
    var numbers: [Double] = []
    var stack = [layer.config[key] ?? .null]
    while let value = stack.popLast() {
        if let list = value.array {
            stack += list.reversed()
        } else if let number = value.double, number.isFinite {
            numbers.append(number)
        } else {
            throw layer.problem("keras.config", "has \(key) with \(KerasLayer.brief(value)), expected finite numbers", key: key)
        }
    }
    guard !numbers.isEmpty else { throw layer.problem("keras.config", "has an empty \(key)", key: key) }
    return numbers
}

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
