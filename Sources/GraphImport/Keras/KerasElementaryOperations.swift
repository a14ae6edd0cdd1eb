import ByteIO
import ModelCore
import ModelGraph

// Functions of one number or one row whose constants are settings of the call.
extension KerasOperation {
    static let elementary: [String: Steps] = [
        "Celu": function { layer throws(ModelError) in .celu(alpha: try layer.number("alpha", default: 1)) },
        "HardShrink": function { layer throws(ModelError) in .hardShrink(lambda: try layer.number("threshold", default: 0.5)) },
        "SoftShrink": function { layer throws(ModelError) in .softShrink(lambda: try layer.number("threshold", default: 0.5)) },
        "Squareplus": function { layer throws(ModelError) in .squareplus(b: try layer.number("b", default: 4)) },
        "Threshold": function { layer throws(ModelError) in
            .threshold(threshold: try layer.number("threshold"), value: try layer.number("default_value"))
        },
        "Sparsemax": softmax(.sparsemaxKeras), "StopGradient": identity, "Glu": gate, "Power": power, "Reciprocal": reciprocal, "Var": variance(nil),
        "Std": variance(.squareRoot), "Normalize": normalize,
    ]

    private static func function(_ read: @escaping @Sendable (KerasLayer) throws(ModelError) -> ActivationFunction) -> Steps {
        { layer, _, _ throws(ModelError) in [KerasStep("activation", Activation(try read(layer)).erased)] }
    }

    private static var gate: Steps {
        { layer, arguments, shapes throws(ModelError) in
            let axis = setting(layer, arguments, 1, "axis")?.integer ?? -1
            return [KerasStep("gate", GatedLinearUnit(axis: try layer.axis(axis, rank: shapes.first?.rank ?? 0, key: "axis")).erased)]
        }
    }

    /// A tensor to the power of a number.
    private static var power: Steps {
        { layer, arguments, _ throws(ModelError) in
            guard let base = arguments.value(0, "x1", "x"), KerasArguments.isTensor(base), let exponent = arguments.value(1, "x2", "y")?.double,
                exponent.isFinite
            else { throw layer.problem("keras.unsupported-call", "raises to a power that is no number") }
            if exponent == 2 { return [KerasStep("square", Merge(.multiply).erased, target: .twice)] }
            return [KerasStep("power", Activation(.power(exponent: exponent)).erased)]
        }
    }

    private static var reciprocal: Steps {
        { layer, _, _ throws(ModelError) in try constantSteps(layer, .divide, .integer(1), constantIsFirst: true) }
    }

    /// The mean of squares of differences to the mean, and a function of it.
    private static func variance(_ function: ActivationFunction?) -> Steps {
        { layer, arguments, shapes throws(ModelError) in
            let (axes, keeps) = try reducedAxes(layer, arguments, shapes)
            return [
                KerasStep("mean", Reduce(kind: .mean, axes: axes, keepsAxes: true).erased, target: .beside),
                KerasStep("difference", Merge(.subtract).erased),
                KerasStep("square", Merge(.multiply).erased, target: .twice),
                KerasStep("variance", Reduce(kind: .mean, axes: axes, keepsAxes: keeps).erased),
            ] + (function.map { [KerasStep("root", Activation($0).erased)] } ?? [])
        }
    }

    /// Division by the Euclidean norm along an axis, which is at least the square root of epsilon.
    private static var normalize: Steps {
        { layer, arguments, shapes throws(ModelError) in
            guard try layer.integer("order", default: 2) == 2 else { throw layer.problem("keras.unsupported-call", "normalises by another norm") }
            let axis = try layer.axis(setting(layer, arguments, 1, "axis")?.integer ?? -1, rank: shapes.first?.rank ?? 0, key: "axis")
            let epsilon = layer.gives("epsilon") ? try layer.number("epsilon") : 1e-7
            return [KerasStep("normalization", RowNormalization(kind: .unit, axes: [axis], epsilon: epsilon).erased)]
        }
    }
}
