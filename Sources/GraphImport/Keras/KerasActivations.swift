import ByteIO
import ModelCore
import ModelGraph

/// Activation and the layers that are activations.
let activationKinds: [String: KerasLayerKind] = [
    "Activation": KerasLayerKind { layer, inputs throws(ModelError) in
        let steps = try activationSteps(layer, rank: inputs.first?.rank ?? 0)
        return steps.isEmpty ? [KerasStep("identity", Identity().erased)] : steps
    },
    "ReLU": function { layer throws(ModelError) in
        let maximum = layer.gives("max_value") ? try layer.number("max_value") : nil
        return .relu(
            negativeSlope: try layer.number("negative_slope", default: 0), maximum: maximum, threshold: try layer.number("threshold", default: 0))
    },
    "LeakyReLU": function { layer throws(ModelError) in
        .relu(negativeSlope: try layer.number("negative_slope", default: 0.3), maximum: nil, threshold: 0)
    },
    "ThresholdedReLU": function { layer throws(ModelError) in
        .threshold(threshold: try layer.number("theta", default: 1), value: 0)
    },
    "ELU": function { layer throws(ModelError) in
        .elu(alpha: try layer.number("alpha", default: 1))
    },
    "Softmax": KerasLayerKind { layer, inputs throws(ModelError) in
        let axes: [Int]
        switch layer.config["axis"] {
        case .array: axes = try layer.list("axis")
        default: axes = [try layer.integer("axis", default: -1)]
        }
        var positions: [Int] = []
        for axis in axes { positions.append(try layer.axis(axis, rank: inputs.first?.rank ?? 0, key: "axis")) }
        return [KerasStep("softmax", Softmax(axes: positions.sorted()).erased)]
    },
    "PReLU": KerasLayerKind { _ throws(ModelError) in
        [.trained("alpha")]
    } steps: { layer, inputs throws(ModelError) in
        var shape: [Int?] = inputs.first.map { Array($0.sizes.dropFirst()) } ?? []
        if let shared = layer.config["shared_axes"], !shared.isNull {
            for axis in try layer.list("shared_axes") {
                guard shape.indices.contains(axis - 1) else {
                    throw layer.problem("keras.config", "shares axis \(axis), its input has \(shape.count + 1) axes", key: "shared_axes")
                }
                shape[axis - 1] = 1
            }
        }
        return [KerasStep("prelu", PReLU().erased, ["alpha": KerasStepWeight("alpha", .other, shape)])]
    },
]

private func function(_ make: @escaping @Sendable (KerasLayer) throws(ModelError) -> ActivationFunction) -> KerasLayerKind {
    KerasLayerKind { layer, _ throws(ModelError) in
        [KerasStep("activation", Activation(try make(layer)).erased)]
    }
}

/// The steps of a layer's `activation`, none for a linear one, after an output of this rank.
func activationSteps(_ layer: KerasLayer, rank: Int) throws(ModelError) -> [KerasStep] {
    let value = layer.config["activation"] ?? .null
    if value.isNull { return [] }
    if let name = value.string ?? registeredFunction(value) {
        guard let operation = activation(named: name, version: layer.origin.version, rank: rank) else {
            throw layer.problem(
                "keras.unsupported-activation", "has the activation '\(name.prefix(60))', which is not one of Keras'", key: "activation")
        }
        return operation == Identity().erased ? [] : [KerasStep(name, operation)]
    }
    guard let name = value["class_name"]?.string, let config = value["config"]?.object else {
        throw layer.problem("keras.config", "has the activation \(KerasLayer.brief(value)), expected a name or a layer", key: "activation")
    }
    let className = KerasDialect.className(String(name.split(separator: ">").last ?? ""), config: config, version: layer.origin.version)
    guard let kind = activationKinds[className], className != "PReLU" else {
        throw layer.problem("keras.unsupported-activation", "has the activation \(name), which cnnconvert cannot convert", key: "activation")
    }
    let settings = layer.config.part("activation", KerasDialect.config(config, className: className, version: layer.origin.version))
    let inner = KerasLayer(
        className: className, name: layer.name, config: settings, path: layer.path + "/config/activation", origin: layer.origin, customName: nil,
        network: nil)
    _ = try KerasPrecision.variableType(of: inner)
    return try kind.steps(inner, [Shape(Array(repeating: nil, count: rank))])
}

/// Keras 3 may write a function as an object: `{"class_name": "function", "config": "relu"}`.
private func registeredFunction(_ value: JSONValue) -> String? {
    value["class_name"]?.string == "function" ? value["config"]?.string : nil
}

/// The operator behind an activation's name, with the meaning that the version gives it.
private func activation(named name: String, version: KerasVersion, rank: Int) -> Operator? {
    func axes() -> [Int] { [max(rank - 1, 0)] }
    switch name {
    case "linear": return Identity().erased
    case "softmax": return Softmax(axes: axes()).erased
    case "log_softmax": return Softmax(kind: .logSoftmax, axes: axes()).erased
    case "sparsemax": return Softmax(kind: .sparsemaxKeras, axes: axes()).erased
    case "glu": return GatedLinearUnit(axis: max(rank - 1, 0)).erased
    default: return activationFunction(named: name, version: version).map { Activation($0).erased }
    }
}

private func activationFunction(named name: String, version: KerasVersion) -> ActivationFunction? {
    switch name {
    case "relu": .relu
    case "relu6": .relu(negativeSlope: 0, maximum: 6, threshold: 0)
    case "leaky_relu": .relu(negativeSlope: 0.2, maximum: nil, threshold: 0)
    case "elu": .elu(alpha: 1)
    case "selu": .selu(alpha: 1.6732632423543772, scale: 1.0507009873554805)
    case "celu": .celu(alpha: 1)
    case "sigmoid": .sigmoid
    case "tanh": .tanh
    case "exponential": .exponential
    case "softplus": .softplus
    case "softsign": .softsign
    case "silu", "swish": .silu
    case "mish": .mish
    case "log_sigmoid": .logSigmoid
    case "gelu": .gelu
    case "hard_sigmoid": .hardSigmoid(slope: KerasVersionTable.hardSigmoid[version].slope, offset: KerasVersionTable.hardSigmoid[version].offset)
    case "hard_silu", "hard_swish": .hardSilu(slope: 1 / 6, offset: 0.5)
    case "hard_tanh": .hardTanh(minimum: -1, maximum: 1)
    case "hard_shrink": .hardShrink(lambda: 0.5)
    case "soft_shrink": .softShrink(lambda: 0.5)
    case "tanh_shrink": .tanhShrink
    case "squareplus": .squareplus(b: 4)
    case "sparse_plus": .sparsePlus
    case "sparse_sigmoid": .sparseSigmoid
    default: nil
    }
}
