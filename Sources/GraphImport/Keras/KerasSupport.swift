import ModelCore

/// Which layers stand in the way of a conversion.
enum KerasSupport {
    /// - Throws: `keras.unsupported-layer` for every layer that cannot be converted, nested ones included.
    static func check(_ network: KerasNetwork) throws(ModelError) {
        var problems: [Problem] = []
        var pending = [network]
        while let network = pending.popLast() {
            for layer in network.layers {
                if let inner = layer.network {
                    pending.append(inner)
                } else if let reason = obstacle(layer) {
                    problems += layer.problem("keras.unsupported-layer", reason.message, hint: reason.hint).problems
                }
            }
        }
        if let error = ModelError(problems) { throw error }
    }

    private static func obstacle(_ layer: KerasLayer) -> (message: String, hint: String?)? {
        if let custom = layer.customName {
            return ("is a class of the model's author, '\(custom)', whose code is not in the file", "rebuild the model from layers of Keras")
        }
        if layer.className == "InputLayer" || KerasLayerKind.all[layer.className] != nil { return nil }
        switch layer.className {
        case "Lambda":
            return (
                "holds Python code, which is never run, so that its meaning cannot be known",
                "replace it by a layer of Keras that does the same (Rescaling, Reshape, ...) and save the model again"
            )
        case "LSTM", "GRU", "SimpleRNN", "RNN", "Bidirectional", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "CuDNNLSTM", "CuDNNGRU":
            return ("is recurrent, and cnnconvert converts feed-forward networks only", nil)
        default:
            return ("is of a class that cnnconvert cannot convert", "cnnconvert inspect lists every layer that stands in the way")
        }
    }
}
