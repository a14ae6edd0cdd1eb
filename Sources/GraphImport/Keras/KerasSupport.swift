import ByteIO
import ModelCore

/// Which layers stand in the way of a conversion.
enum KerasSupport {
    /// - Throws: `keras.unsupported-layer` and `keras.unsupported-operator` for everything that cannot be converted, in nested models too.
    static func check(_ network: KerasNetwork) throws(ModelError) {
        var problems: [Problem] = []
        var pending = [network.layers]
        while let layers = pending.popLast() {
            for layer in layers {
                if let inner = layer.network {
                    pending.append(inner.layers)
                } else if !layer.wrapped.isEmpty {
                    pending.append(layer.wrapped)
                } else if let problem = obstacle(layer) {
                    problems.append(problem)
                }
            }
        }
        if let error = ModelError(problems) { throw error }
    }

    private static func obstacle(_ layer: KerasLayer) -> Problem? {
        if let operation = layer.operation {
            guard KerasOperation.all[operation] == nil else { return nil }
            return Problem(
                "keras.unsupported-operator", "operator '\(layer.name)' is '\(operation)' on tensors, which cnnconvert cannot convert",
                at: Location(path: layer.path, node: layer.name))
        }
        return reason(layer).map { what, hint in
            Problem(
                "keras.unsupported-layer", "layer '\(layer.name)' is \(what)", at: Location(path: layer.path, node: layer.name), hint: hint)
        }
    }

    private static func reason(_ layer: KerasLayer) -> (what: String, hint: String?)? {
        let className = layer.className
        let article = "AEIOU".contains(className.first ?? " ") && !className.hasPrefix("Un") ? "an" : "a"
        if let mode = quantization(layer) {
            return ("\(article) \(className) quantised to \(mode), which cnnconvert cannot convert", "save the model before it is quantised")
        }
        if layer.customName == nil, className == "InputLayer" || KerasLayerKind.all[className] != nil { return nil }
        switch className {
        case _ where layer.customName != nil || !unsupported.contains(className):
            return (
                "\(article) '\(layer.customName ?? className)', which is no class of Keras: its code, the author's, is not in the file",
                "where a layer of Keras does the same at inference, write its class into the architecture, a text in JSON, and give that with `Conversion.Options.config`"
            )
        case "Lambda":
            return (
                "a Lambda, whose Python code is never run, so that its meaning cannot be known",
                "replace it by a layer of Keras that does the same (Rescaling, Reshape, ...) and save the model again"
            )
        case _ where recurrent.contains(className):
            return (
                "\(article) \(className), which is recurrent; cnnconvert converts feed-forward networks only", "convert the part before this layer"
            )
        default:
            return ("\(article) \(className), which cnnconvert cannot convert", nil)
        }
    }

    /// What Keras has quantised a layer to, `int8`; `nil` for one of floating-point numbers.
    private static func quantization(_ layer: KerasLayer) -> String? {
        let values = layer.config.values
        let policy = values["dtype"]
        if policy?["class_name"]?.string?.hasPrefix("Quantized") == true { return policy?["config"]?["mode"]?.string ?? "fewer bits" }
        // The name of such a policy: int8_from_float32.
        if let name = policy?.string ?? policy?["config"]?["name"]?.string, let end = name.firstRange(of: "_from_") {
            return String(name[..<end.lowerBound])
        }
        return ["quantization_mode", "quantization_config"].lazy.compactMap { values[$0] }.first { !$0.isNull }.map { $0.string ?? "fewer bits" }
    }

    private static let recurrent: Set<String> = [
        "LSTM", "GRU", "SimpleRNN", "RNN", "Bidirectional", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "CuDNNLSTM", "CuDNNGRU", "GRUCell", "LSTMCell",
        "SimpleRNNCell", "StackedRNNCells",
    ]

    /// The other layers of Keras, of all its versions.
    private static let unsupported: Set<String> = recurrent.union([
        "AdditiveAttention", "Attention", "AutoContrast", "CategoryCrossing", "CategoryEncoding", "ContrastLimitedAdaptiveHistogramEqualization",
        "ConvRNN2D", "DenseFeatures", "Discretization", "EinsumDense", "Equalization", "FlaxLayer", "GroupQueryAttention", "GroupedQueryAttention",
        "HashedCrossing", "Hashing", "Highway", "IntegerLookup", "JaxLayer", "Lambda", "Layer", "Masking", "MaxNumBoundingBoxes", "MaxoutDense",
        "MelSpectrogram", "MultiHeadAttention", "ParametricSoftplus", "Pipeline", "RandomCrop", "RandomFourierFeatures", "ReversibleEmbedding",
        "STFTSpectrogram", "SReLU", "Solarization", "SpectralNormalization", "StringLookup", "TFSMLayer", "TensorFlowOpLayer", "TextVectorization",
        "TimeDistributed", "TorchModuleWrapper", "Wrapper",
    ])

    /// Whether a class is a layer of Keras, in any of its versions.
    static func isLayer(_ className: String) -> Bool {
        className == "InputLayer" || unsupported.contains(className) || KerasLayerKind.all[className] != nil
    }
}
