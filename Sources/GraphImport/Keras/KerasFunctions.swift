import ByteIO
import ModelCore
import ModelGraph

// Functions of one number, or of one row.
extension KerasOperation {
    static let functions: [String: Steps] = {
        // |x| is what a rectifier gives that turns negative numbers round.
        let absolute = ActivationFunction.relu(negativeSlope: -1, maximum: nil, threshold: 0)
        let plain: [String: ActivationFunction] = [
            "Relu": .relu, "Relu6": .relu(negativeSlope: 0, maximum: 6, threshold: 0), "Sigmoid": .sigmoid, "Tanh": .tanh, "Mish": .mish,
            "Softplus": .softplus, "Softsign": .softsign, "Selu": .selu(alpha: 1.6732632423543772, scale: 1.0507009873554805), "Exp": .exponential,
            "HardSigmoid": .hardSigmoid(slope: 1 / 6, offset: 0.5), "HardSilu": .hardSilu(slope: 1 / 6, offset: 0.5), "LogSigmoid": .logSigmoid,
            "HardTanh": .hardTanh(minimum: -1, maximum: 1), "TanhShrink": .tanhShrink, "SparsePlus": .sparsePlus, "SparseSigmoid": .sparseSigmoid,
            "Erf": .errorFunction, "Sign": .sign, "Floor": .floor, "Ceil": .ceiling,
            "Sqrt": .squareRoot, "Log": .logarithm, "Rsqrt": .power(exponent: -0.5), "Absolute": absolute, "Abs": absolute, "Fabs": absolute,
        ]
        var functions: [String: Steps] = settled
        for (name, function) in plain { functions[name] = activation(function) }
        return functions.merging(layers) { first, _ in first }
    }()

    private static func activation(_ function: ActivationFunction) -> Steps { always(KerasStep("activation", Activation(function).erased)) }

    /// The same step, whatever the settings.
    static func always(_ step: KerasStep) -> Steps {
        { _, _ throws(ModelError) in [step] }
    }

    /// What a layer does as well.
    private static let layers: [String: Steps] = ["ReLU": asLayer("ReLU"), "Identity": identity, "StopGradient": identity, "Copy": identity]

    private static func asLayer(_ name: String) -> Steps {
        { layer, shapes throws(ModelError) in try KerasLayerKind.all[name]?.steps(layer, shapes) ?? [] }
    }

    private static let identity: Steps = always(KerasStep("identity", Identity().erased))

    private static let settled: [String: Steps] = [
        "LeakyRelu": function { layer throws(ModelError) in
            .relu(negativeSlope: try layer.number("negative_slope", default: 0.2), maximum: nil, threshold: 0)
        },
        "Elu": function { layer throws(ModelError) in .elu(alpha: try layer.number("alpha", default: 1)) },
        "Gelu": function { layer throws(ModelError) in try layer.bool("approximate", default: true) ? .geluTanh : .gelu },
        "Celu": function { layer throws(ModelError) in .celu(alpha: try layer.number("alpha", default: 1)) },
        "HardShrink": function { layer throws(ModelError) in .hardShrink(lambda: try layer.number("threshold", default: 0.5)) },
        "SoftShrink": function { layer throws(ModelError) in .softShrink(lambda: try layer.number("threshold", default: 0.5)) },
        "Squareplus": function { layer throws(ModelError) in .squareplus(b: try layer.number("b", default: 4)) },
        "Round": function { layer throws(ModelError) in
            guard try layer.integer("decimals", default: 0) == 0 else {
                throw layer.problem("keras.unsupported-call", "rounds to other than whole numbers", key: "decimals")
            }
            return .roundToEven
        },
        "Threshold": function { layer throws(ModelError) in
            .threshold(threshold: try layer.number("threshold"), value: try layer.number("default_value"))
        },
        "Silu": silu, "Softmax": softmax(.softmax), "LogSoftmax": softmax(.logSoftmax), "Sparsemax": softmax(.sparsemaxKeras), "Glu": gate,
        "Cast": cast, "SaturateCast": cast, "ConvertToTensor": cast, "OnesLike": ones, "ConcatenatedRelu": concatenatedRelu,
    ]

    private static func function(_ read: @escaping @Sendable (KerasLayer) throws(ModelError) -> ActivationFunction) -> Steps {
        { layer, _ throws(ModelError) in [KerasStep("activation", Activation(try read(layer)).erased)] }
    }

    /// `x * sigmoid(beta * x)`.
    private static var silu: Steps {
        { layer, _ throws(ModelError) in
            let beta = try layer.number("beta", default: 1)
            if beta == 1 { return [KerasStep("activation", Activation(.silu).erased)] }
            return [
                KerasStep("scaled", Rescaling(scale: [beta], offset: [0]).erased, target: .besideThese([0])),
                KerasStep("gate", Activation(.sigmoid).erased, target: .besideThese([1])),
                KerasStep("product", Merge(.multiply).erased, target: .these([0, 2])),
            ]
        }
    }

    private static func softmax(_ kind: SoftmaxKind) -> Steps {
        { layer, shapes throws(ModelError) in
            let rank = shapes.first?.rank ?? 0
            let given = try axes(layer, "axis", rank: rank) ?? [max(rank - 1, 0)]
            guard kind == .softmax || given.count == 1 else {
                throw layer.problem("keras.unsupported-call", "works along axes \(given), expected one", key: "axis")
            }
            return [KerasStep("softmax", Softmax(kind: kind, axes: given).erased)]
        }
    }

    private static var gate: Steps {
        { layer, shapes throws(ModelError) in
            [KerasStep("gate", GatedLinearUnit(axis: try axis(layer, "axis", default: -1, rank: shapes.first?.rank ?? 0)).erased)]
        }
    }

    /// Numbers of another type. Types of fewer bits are computed with in Float32, as those of layers are.
    private static var cast: Steps {
        { layer, _ throws(ModelError) in
            for key in ["sparse", "ragged"] where try layer.bool(key, default: false) {
                throw layer.problem("keras.unsupported-call", "makes a tensor that is \(key)", key: key)
            }
            try requireFloat(layer)
            return [KerasStep("identity", Identity().erased)]
        }
    }

    /// - Throws: `keras.unsupported-call` for a type of the result that is none of floating point.
    static func requireFloat(_ layer: KerasLayer) throws(ModelError) {
        let type = try layer.string("dtype", default: "float32")
        guard ["float32", "float16", "half", "bfloat16", "float64", "double", "float"].contains(type) else {
            throw layer.problem(
                "keras.unsupported-call", "makes numbers of type \(type), and cnnconvert computes in Float32 alone", key: "dtype",
                hint: "cast to a floating-point type")
        }
    }

    /// Whatever the elements are, also NaN: their power of 0.
    private static var ones: Steps {
        { layer, _ throws(ModelError) in
            try requireFloat(layer)
            return [KerasStep("ones", Activation(.power(exponent: 0)).erased)]
        }
    }

    /// What a rectifier gives of `x`, then of `-x`.
    private static var concatenatedRelu: Steps {
        { layer, shapes throws(ModelError) in
            let axis = try axis(layer, "axis", default: -1, rank: shapes.first?.rank ?? 0)
            return [
                KerasStep("negative", Rescaling(scale: [-1], offset: [0]).erased, target: .besideThese([0])),
                KerasStep("concatenate", Concatenate(axis: axis).erased), KerasStep("activation", Activation(.relu).erased),
            ]
        }
    }
}
