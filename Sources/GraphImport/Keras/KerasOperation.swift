import ByteIO
import ModelCore
import ModelGraph

/// Operators on tensors: nodes of a Functional model that are functions of `keras.ops` or of TensorFlow.
///
/// An operator reads its settings as a layer does, by their names in Keras 3, wherever a version keeps them: `KerasLayer.called(with:)` puts
/// the arguments of a call among them.
enum KerasOperation {
    /// The steps of an operator with the arguments of a call, for inputs of these shapes.
    typealias Steps = @Sendable (KerasLayer, [Shape]) throws(ModelError) -> [KerasStep]

    /// The name of an operator in Keras 3 for an entry of a configuration, or `nil` for a layer.
    static func name(of entry: JSONValue, className: String, origin: KerasOrigin) -> String? {
        switch className {
        case "TFOpLambda", "SlicingOpLambda":
            let function = entry["config"]?["function"]?.string ?? ""
            return TensorFlowFunction.functions[function]?.name ?? function
        case "TensorFlowOpLayer":
            let operation = entry["config"]?["node_def"]?["op"]?.string ?? ""
            return TensorFlowFunction.operations[operation]?.name ?? operation
        default: break
        }
        if let module = entry["module"]?.string { return isModule(module) ? className : nil }
        // In .h5 files an operator has no module, nor what every layer's configuration has.
        guard KerasVersionTable.operators[origin.version] == .bare, entry["module"] == nil, let config = entry["config"]?.object,
            config["trainable"] == nil,
            className != "Functional", className != "Sequential"
        else { return nil }
        return KerasSupport.isLayer(className) && (all[className] == nil || config["dtype"] != nil) ? nil : className
    }

    /// Whether a module of Keras 3 holds operators.
    static func isModule(_ name: String) -> Bool {
        ["keras.src.ops", "keras.ops", "keras.src.activations", "keras.activations"].contains(where: name.hasPrefix)
    }

    /// Every operator that can be converted, by its name in Keras 3.
    static let all: [String: Steps] = [arithmetic, comparisons, products, functions, reductions, reshaping, parts, images].reduce(into: [:]) {
        all, family in
        all.merge(family) { first, _ in first }
    }

    /// Those of them that Keras 3 does not have: what TensorFlow has besides.
    static let ofTensorFlow: Set<String> = [
        "AddN", "BatchFlatten", "BiasAdd", "ConcatenatedRelu", "FloorDivide", "LocalResponseNormalization", "Pool", "ResizeImages", "Shape",
        "Identity", "SliceOfSize", "SplitSizes", "SquaredDifference", "StridedSlice", "TransposeImages", "UnitNorm",
    ]

    /// The parameters of an operator's call in Keras 3, in their order.
    static func parameters(of name: String) -> [String] { ownParameters[name] ?? ["x"] }

    private static let ownParameters: [String: [String]] = {
        var parameters: [String: [String]] = [
            "GetItem": ["x", "key"], "Pad": ["x", "constant_values"], "Concatenate": ["xs"], "Take": ["x", "indices"], "StopGradient": ["variable"],
            "Einsum": ["operands*"], "Average": ["x", "weights"],
        ]
        for name in [
            "Add", "Subtract", "Multiply", "TrueDivide", "Divide", "Maximum", "Minimum", "Power", "FloorDivide", "Matmul", "Greater", "GreaterEqual",
            "Less",
            "LessEqual", "Equal", "NotEqual", "LogicalAnd", "LogicalOr", "LogicalXor",
        ] { parameters[name] = ["x1", "x2"] }
        for name in ["MaxPool", "AveragePool", "AdaptiveMaxPool", "AdaptiveAveragePool"] { parameters[name] = ["inputs"] }
        for name in ["Resize", "CropImages", "PadImages", "RGBToGrayscale"] { parameters[name] = ["images"] }
        return parameters
    }()
}
