import ByteIO

/// What a layer's configuration is called in Keras 3, where an older version called it something else.
///
/// Only names change here. Values whose meaning changed are read with the version in hand, where they are read.
enum KerasDialect {
    /// Classes of Keras 1 and 2 by their name in Keras 3.
    private static let classNames: [String: String] = [
        "Convolution1D": "Conv1D", "Convolution2D": "Conv2D", "Convolution3D": "Conv3D",
        "AtrousConvolution1D": "Conv1D", "AtrousConvolution2D": "Conv2D",
        "SeparableConvolution1D": "SeparableConv1D", "SeparableConvolution2D": "SeparableConv2D",
        "DepthwiseConvolution2D": "DepthwiseConv2D",
        "Deconvolution2D": "Conv2DTranspose", "Convolution2DTranspose": "Conv2DTranspose", "Convolution3DTranspose": "Conv3DTranspose",
        "MaxPool1D": "MaxPooling1D", "MaxPool2D": "MaxPooling2D", "MaxPool3D": "MaxPooling3D",
        "AvgPool1D": "AveragePooling1D", "AvgPool2D": "AveragePooling2D", "AvgPool3D": "AveragePooling3D",
        "GlobalMaxPool1D": "GlobalMaxPooling1D", "GlobalMaxPool2D": "GlobalMaxPooling2D", "GlobalMaxPool3D": "GlobalMaxPooling3D",
        "GlobalAvgPool1D": "GlobalAveragePooling1D", "GlobalAvgPool2D": "GlobalAveragePooling2D", "GlobalAvgPool3D": "GlobalAveragePooling3D",
        "BatchNormalizationV1": "BatchNormalization", "BatchNormalizationV2": "BatchNormalization",
        "SyncBatchNormalization": "BatchNormalization",
        "Model": "Functional",
    ]

    /// Keys of Keras 1 and 2 by their name in Keras 3, for every class.
    private static let keys: [String: String] = [
        "nb_filter": "filters", "subsample": "strides", "border_mode": "padding", "dim_ordering": "data_format", "bias": "use_bias",
        "atrous_rate": "dilation_rate", "subsample_length": "strides", "filter_length": "kernel_size",
        "pool_length": "pool_size", "stride": "strides", "output_dim": "units", "p": "rate", "batch_input_shape": "batch_shape",
    ]

    /// Keys of one class only.
    private static let keysByClass: [String: [String: String]] = [
        "UpSampling1D": ["length": "size"],
        "RepeatVector": [:],
        "LeakyReLU": ["alpha": "negative_slope"],
        "Concatenate": ["concat_axis": "axis"],
        "Embedding": ["output_dim": "output_dim"],
    ]

    /// The merge layers that Keras 1 had as modes of one.
    private static let mergeModes: [String: String] = [
        "sum": "Add", "mul": "Multiply", "ave": "Average", "max": "Maximum", "concat": "Concatenate",
    ]

    /// The name in Keras 3 of a class, without the package that TensorFlow's versions put before it.
    static func className(_ name: String, config: JSONObject) -> String {
        if name == "Merge", let mode = config["mode"]?.string { return mergeModes[mode] ?? "Merge (\(mode))" }
        return classNames[name] ?? name
    }

    /// The configuration in the keys of Keras 3.
    static func config(_ config: JSONObject, className: String) -> JSONObject {
        var result = JSONObject()
        let own = keysByClass[className] ?? [:]
        for (key, value) in config {
            result[own[key] ?? keys[key] ?? key] = value
        }
        if result["kernel_size"] == nil {
            let sizes = [["nb_row", "nb_col"], ["kernel_dim1", "kernel_dim2", "kernel_dim3"]]
            for names in sizes {
                let values = names.compactMap { config[$0] }
                if values.count == names.count { result["kernel_size"] = .array(values) }
            }
        }
        switch result["data_format"]?.string {
        case "tf": result["data_format"] = .string("channels_last")
        case "th": result["data_format"] = .string("channels_first")
        default: break
        }
        return result
    }
}
