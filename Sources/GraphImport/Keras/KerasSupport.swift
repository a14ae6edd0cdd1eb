import ModelCore

/// Which layers stand in the way of a conversion.
enum KerasSupport {
    /// - Throws: `keras.unsupported-layer` for every layer that cannot be converted, nested ones included.
    static func check(_ network: KerasNetwork) throws(ModelError) {
        var problems: [Problem] = []
        var pending = [network.layers]
        while let layers = pending.popLast() {
            for layer in layers {
                if let inner = layer.network {
                    pending.append(inner.layers)
                } else if !layer.wrapped.isEmpty {
                    pending.append(layer.wrapped)
                } else if let reason = obstacle(layer) {
                    problems.append(
                        Problem(
                            "keras.unsupported-layer", "layer '\(layer.name)' is \(reason.what)", at: Location(path: layer.path, node: layer.name),
                            hint: reason.hint))
                }
            }
        }
        if let error = ModelError(problems) { throw error }
    }

    private static func obstacle(_ layer: KerasLayer) -> (what: String, hint: String)? {
        if let custom = layer.customName {
            return (
                "a '\(custom)', a class of the model's author whose code is not in the file",
                "rebuild the model from layers of Keras and save it again"
            )
        }
        if let operation = layer.operation {
            return KerasOperation.all[operation] == nil
                ? (
                    "the operator '\(operation)' on tensors, which cnnconvert cannot convert",
                    "cnnconvert inspect lists every layer that stands in the way"
                ) : nil
        }
        if layer.className == "InputLayer" || KerasLayerKind.all[layer.className] != nil { return nil }
        switch layer.className {
        case "Lambda":
            return (
                "a Lambda, whose Python code is never run, so that its meaning cannot be known",
                "replace it by a layer of Keras that does the same (Rescaling, Reshape, ...) and save the model again"
            )
        case "LSTM", "GRU", "SimpleRNN", "RNN", "Bidirectional", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "CuDNNLSTM", "CuDNNGRU":
            return ("a \(layer.className), which is recurrent; cnnconvert converts feed-forward networks only", "convert the part before this layer")
        default:
            let article = "AEIOU".contains(layer.className.first ?? " ") && !layer.className.hasPrefix("Un") ? "an" : "a"
            return ("\(article) \(layer.className), which cnnconvert cannot convert", "cnnconvert inspect lists every layer that stands in the way")
        }
    }
}
