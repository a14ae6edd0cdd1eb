import ByteIO
import ModelCore
import ModelGraph

/// Operators on tensors: nodes of a Functional model that are functions of `keras.ops` or of TensorFlow.
enum KerasOperation {
    typealias Steps = @Sendable (KerasLayer, KerasArguments, [Shape]) throws(ModelError) -> [KerasStep]

    /// The name of an operator in Keras 3 for an entry of a configuration, or `nil` for a layer.
    static func name(of entry: JSONValue, className: String, origin: KerasOrigin) -> String? {
        if className == "TFOpLambda" || className == "SlicingOpLambda" {
            let function = entry["config"]?["function"]?.string ?? ""
            return functions[function] ?? function
        }
        if let module = entry["module"]?.string { return module.hasPrefix("keras.src.ops") || module.hasPrefix("keras.ops") ? className : nil }
        // In .h5 files an operator has no module, nor what every layer's configuration has.
        guard KerasVersionTable.operators[origin.version] == .bare, let config = entry["config"]?.object, config["trainable"] == nil,
            className != "Functional", className != "Sequential"
        else { return nil }
        return KerasSupport.isLayer(className) && (all[className] == nil || config["dtype"] != nil) ? nil : className
    }

    /// TensorFlow's functions, as Keras 2 names them, by the name of the operator in Keras 3.
    private static let functions: [String: String] = [
        "__operators__.add": "Add", "math.add": "Add", "math.subtract": "Subtract", "math.multiply": "Multiply", "math.truediv": "TrueDivide",
        "math.divide": "TrueDivide", "math.negative": "Negative", "math.maximum": "Maximum", "math.minimum": "Minimum", "math.reduce_mean": "Mean",
        "math.reduce_max": "Max", "math.reduce_min": "Min", "math.reduce_sum": "Sum", "concat": "Concatenate", "reshape": "Reshape",
        "transpose": "Transpose", "nn.relu": "Relu", "nn.relu6": "Relu6", "math.sigmoid": "Sigmoid", "nn.sigmoid": "Sigmoid", "math.tanh": "Tanh",
        "nn.tanh": "Tanh", "nn.softmax": "Softmax", "nn.silu": "Silu", "nn.swish": "Silu", "nn.elu": "Elu", "nn.selu": "Selu", "math.exp": "Exp",
        "clip_by_value": "Clip", "math.square": "Square", "expand_dims": "ExpandDims", "squeeze": "Squeeze", "math.abs": "Absolute",
        "math.sqrt": "Sqrt", "math.rsqrt": "Rsqrt", "math.log": "Log", "math.pow": "Power", "math.reciprocal": "Reciprocal", "pad": "Pad",
        "stack": "Stack", "split": "Split", "unstack": "Unstack", "nn.depth_to_space": "DepthToSpace", "identity": "Identity",
        "stop_gradient": "StopGradient", "linalg.matmul": "Matmul", "einsum": "Einsum", "nn.leaky_relu": "LeakyRelu", "nn.softplus": "Softplus",
    ]

    /// `|x|` is what a rectifier gives that turns negative numbers round.
    private static let absolute = ActivationFunction.relu(negativeSlope: -1, maximum: nil, threshold: 0)

    /// Every operator that can be converted, by its name in Keras 3.
    static let all: [String: Steps] = {
        var all: [String: Steps] = [
            "Add": binary(.add), "Subtract": binary(.subtract), "Multiply": binary(.multiply), "TrueDivide": binary(.divide),
            "Divide": binary(.divide), "Maximum": binary(.maximum), "Minimum": binary(.minimum),
            "Mean": reduction(.mean), "Sum": reduction(.sum), "Max": reduction(.maximum), "Min": reduction(.minimum),
            "Negative": negative, "Square": square, "Identity": identity,
            "Reshape": reshape, "Transpose": transpose, "Concatenate": concatenate, "ExpandDims": expandDims, "Squeeze": squeeze, "Clip": clip,
            "Softmax": softmax(.softmax), "LogSoftmax": softmax(.logSoftmax),
        ]
        let functions: [String: ActivationFunction] = [
            "Relu": .relu, "Relu6": .relu(negativeSlope: 0, maximum: 6, threshold: 0), "Sigmoid": .sigmoid, "Tanh": .tanh, "Silu": .silu,
            "Softplus": .softplus, "Softsign": .softsign, "Selu": .selu(alpha: 1.6732632423543772, scale: 1.0507009873554805), "Exp": .exponential,
            "HardSigmoid": .hardSigmoid(slope: 1 / 6, offset: 0.5), "HardSilu": .hardSilu(slope: 1 / 6, offset: 0.5), "LogSigmoid": .logSigmoid,
            "HardTanh": .hardTanh(minimum: -1, maximum: 1), "TanhShrink": .tanhShrink, "SparsePlus": .sparsePlus, "SparseSigmoid": .sparseSigmoid,
            "Sqrt": .squareRoot, "Log": .logarithm, "Rsqrt": .power(exponent: -0.5), "Absolute": absolute, "Abs": absolute,
        ]
        for (name, function) in functions {
            all[name] = activation(function)
        }
        all["LeakyRelu"] = leakyRelu
        all["Elu"] = elu
        all["Gelu"] = gelu
        all.merge(elementary) { first, _ in first }
        all.merge(arrays) { first, _ in first }
        all.merge(products) { first, _ in first }
        return all
    }()
}
