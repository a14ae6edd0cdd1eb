import ByteIO
import ModelCore
import ModelGraph

// What is left of many elements, and normalisation by it.
extension KerasOperation {
    static let reductions: [String: Steps] = [
        "Mean": reduction(.mean), "Sum": reduction(.sum), "Max": reduction(.maximum), "Min": reduction(.minimum), "Amax": reduction(.maximum),
        "Amin": reduction(.minimum), "Var": variance(nil), "Std": variance(.squareRoot), "Logsumexp": logSumExp, "Norm": norm, "Ptp": spread,
        "Average": average, "Cumsum": cumulativeSum, "Normalize": normalize, "UnitNorm": unitNorm, "Moments": moments,
        "LocalResponseNormalization": localResponseNormalization,
    ]

    private static func reduction(_ kind: ReductionKind) -> Steps {
        { layer, shapes throws(ModelError) in
            let (axes, keeps) = try reduced(layer, shapes)
            return [KerasStep("reduce", Reduce(kind: kind, axes: axes, keepsAxes: keeps).erased)]
        }
    }

    /// Which axes a reduction takes away, and whether they stay with size 1.
    private static func reduced(_ layer: KerasLayer, _ shapes: [Shape], key: String = "axis") throws(ModelError) -> (axes: [Int], keeps: Bool) {
        guard let axes = try axes(layer, key, rank: shapes.first?.rank ?? 0), !axes.isEmpty else {
            throw layer.problem("keras.unsupported-call", "reduces every axis, the samples' too")
        }
        return (axes, try layer.bool("keepdims", default: false))
    }

    /// The mean of squares of differences to the mean, and a function of it.
    private static func variance(_ function: ActivationFunction?) -> Steps {
        { layer, shapes throws(ModelError) in
            let (axes, keeps) = try reduced(layer, shapes)
            return [
                KerasStep("mean", Reduce(kind: .mean, axes: axes, keepsAxes: true).erased, target: .besideThese([0])),
                KerasStep("difference", Merge(.subtract).erased), square,
                KerasStep("variance", Reduce(kind: .mean, axes: axes, keepsAxes: keeps).erased),
            ] + (function.map { [KerasStep("root", Activation($0).erased)] } ?? [])
        }
    }

    /// Mean and variance.
    private static var moments: Steps {
        { layer, shapes throws(ModelError) in
            let (axes, keeps) = try reduced(layer, shapes, key: "axes")
            if try layer.bool("synchronized", default: false) {
                throw layer.problem("keras.unsupported-call", "computes over several devices", key: "synchronized")
            }
            return [
                KerasStep("0", Reduce(kind: .mean, axes: axes, keepsAxes: keeps).erased, target: .outputOf([0])),
                KerasStep("mean", Reduce(kind: .mean, axes: axes, keepsAxes: true).erased, target: .besideThese([0])),
                KerasStep("difference", Merge(.subtract).erased, target: .these([0, 1])), square,
                KerasStep("1", Reduce(kind: .mean, axes: axes, keepsAxes: keeps).erased, target: .outputOf([0])),
            ]
        }
    }

    /// The logarithm of a sum of exponentials, of which the largest is taken out so that none is infinite.
    private static var logSumExp: Steps {
        { layer, shapes throws(ModelError) in
            let (axes, keeps) = try reduced(layer, shapes)
            let steps = [
                KerasStep("largest", Reduce(kind: .maximum, axes: axes, keepsAxes: true).erased, target: .besideThese([0])),
                KerasStep("difference", Merge(.subtract).erased, target: .besideThese([0, 1])),
                KerasStep("exponential", Activation(.exponential).erased, target: .besideThese([2])),
                KerasStep("sum", Reduce(kind: .sum, axes: axes, keepsAxes: true).erased, target: .besideThese([3])),
                KerasStep("logarithm", Activation(.logarithm).erased, target: .besideThese([4])),
                KerasStep("total", Merge(.add).erased, target: .these([5, 1])),
            ]
            // A maximum of one element takes its axis away.
            return keeps ? steps : steps + [KerasStep("squeeze", Reduce(kind: .maximum, axes: axes, keepsAxes: false).erased)]
        }
    }

    /// The root of the sum of squares.
    private static var norm: Steps {
        { layer, shapes throws(ModelError) in
            let order = layer.config["ord"] ?? .null
            guard order.isNull || order.double == 2 || order == .string("euclidean") else {
                throw layer.problem("keras.unsupported-call", "has the norm \(KerasLayer.brief(order)), which cnnconvert cannot convert", key: "ord")
            }
            let (axes, keeps) = try reduced(layer, shapes)
            guard axes.count == 1 || order.double != 2 else {
                throw layer.problem("keras.unsupported-call", "has the spectral norm of matrices, which cnnconvert cannot convert", key: "ord")
            }
            return [
                square, KerasStep("sum", Reduce(kind: .sum, axes: axes, keepsAxes: keeps).erased),
                KerasStep("root", Activation(.squareRoot).erased),
            ]
        }
    }

    /// From the smallest to the largest.
    private static var spread: Steps {
        { layer, shapes throws(ModelError) in
            let (axes, keeps) = try reduced(layer, shapes)
            return [
                KerasStep("largest", Reduce(kind: .maximum, axes: axes, keepsAxes: keeps).erased, target: .besideThese([0])),
                KerasStep("smallest", Reduce(kind: .minimum, axes: axes, keepsAxes: keeps).erased, target: .besideThese([0])),
                KerasStep("difference", Merge(.subtract).erased, target: .these([1, 2])),
            ]
        }
    }

    private static var cumulativeSum: Steps {
        { layer, shapes throws(ModelError) in
            guard layer.gives("axis") else { throw layer.problem("keras.unsupported-call", "adds up over every axis, the samples' too") }
            try requireFloat(layer)
            let sum = CumulativeSum(
                axis: try axis(layer, "axis", rank: shapes.first?.rank ?? 0), isExclusive: try layer.bool("exclusive", default: false),
                isReverse: try layer.bool("reverse", default: false))
            return [KerasStep("sum", sum.erased)]
        }
    }

    private static var average: Steps {
        { layer, shapes throws(ModelError) in
            guard !layer.gives("weights") else {
                throw layer.problem("keras.unsupported-call", "computes a mean with weights, which cnnconvert cannot convert")
            }
            return try reduction(.mean)(layer, shapes)
        }
    }

    /// Division by the Euclidean norm along an axis, which is at least `epsilon`.
    private static var normalize: Steps {
        { layer, shapes throws(ModelError) in
            guard try layer.number("order", default: 2) == 2 else {
                throw layer.problem("keras.unsupported-call", "normalises by another norm", key: "order")
            }
            let axes = try axes(layer, "axis", rank: shapes.first?.rank ?? 0) ?? [max((shapes.first?.rank ?? 0) - 1, 0)]
            return [KerasStep("normalization", RowNormalization(kind: .unit, axes: axes, epsilon: try layer.number("epsilon", default: 1e-7)).erased)]
        }
    }

    /// Division by the root of the sum of squares, which is at least `epsilon`.
    private static var unitNorm: Steps {
        { layer, shapes throws(ModelError) in
            let (axes, _) = try reduced(layer, shapes)
            let smallest = try layer.number("epsilon", default: 1e-12)
            guard smallest > 0 else { throw layer.problem("keras.unsupported-call", "has epsilon \(smallest), expected more than 0", key: "epsilon") }
            return [KerasStep("normalization", RowNormalization(kind: .unit, axes: axes, epsilon: smallest.squareRoot()).erased)]
        }
    }

    /// `x / (bias + alpha * sum of x^2 over the channels from c - radius to c + radius)^beta`: the sum is a product with a matrix of bands.
    private static var localResponseNormalization: Steps {
        { layer, shapes throws(ModelError) in
            let (radius, bias) = (try layer.integer("depth_radius", default: 5), try layer.number("bias", default: 1))
            let (alpha, beta) = (try layer.number("alpha", default: 1), try layer.number("beta", default: 0.5))
            guard let shape = shapes.first, shape.rank == 4, let channels = shape[3], channels <= 1 << 12, radius >= 0 else {
                throw layer.problem("keras.unsupported-call", "normalises \(shapes.first ?? Shape([])), expected up to 4096 channels that are known")
            }
            var bands = [Float](repeating: 0, count: channels * channels)
            for channel in 0..<channels {
                for other in max(channel - min(radius, channels), 0)...min(channel + min(radius, channels), channels - 1) {
                    bands[other * channels + channel] = Float(alpha)
                }
            }
            guard let kernel = Tensor(shape: [channels, channels], scalars: bands) else { return [] }
            return [
                KerasStep("square", Merge(.multiply).erased, target: .besideThese([0, 0])),
                KerasStep(
                    "sum", Dense().erased, constants: ["kernel": kernel, "bias": Tensor(repeating: Float(bias), shape: [channels])],
                    layouts: ["kernel": .io, "bias": .vector], target: .besideThese([1])),
                KerasStep("power", Activation(.power(exponent: -beta)).erased, target: .besideThese([2])),
                KerasStep("product", Merge(.multiply).erased, target: .these([0, 3])),
            ]
        }
    }
}
