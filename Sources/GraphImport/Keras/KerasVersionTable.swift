/// What versions of Keras mean differently, in one place. Everything that is not here means the same in all of them.
///
/// A configuration is read as the version meant it that wrote the file, whatever later versions make of it.
enum KerasVersionTable {
    // MARK: Names

    /// Classes of layers by their name in Keras 3.
    static let layerNames = KerasHistory<[String: String]>(
        "names of layers",
        .init(
            "1.0", "`Convolution2D`, `AtrousConvolution2D`, `Deconvolution2D`, `SeparableConvolution2D`, `TimeDistributedDense`, `Model`",
            keras1Layers),
        .init("2.0", "`Conv2D`, `Conv2DTranspose`, `SeparableConv2D`, `Dense`; `Model` until 2.3, then `Functional`", aliases))

    private static let aliases: [String: String] = [
        "MaxPool1D": "MaxPooling1D", "MaxPool2D": "MaxPooling2D", "MaxPool3D": "MaxPooling3D",
        "AvgPool1D": "AveragePooling1D", "AvgPool2D": "AveragePooling2D", "AvgPool3D": "AveragePooling3D",
        "GlobalMaxPool1D": "GlobalMaxPooling1D", "GlobalMaxPool2D": "GlobalMaxPooling2D", "GlobalMaxPool3D": "GlobalMaxPooling3D",
        "GlobalAvgPool1D": "GlobalAveragePooling1D", "GlobalAvgPool2D": "GlobalAveragePooling2D", "GlobalAvgPool3D": "GlobalAveragePooling3D",
        "Convolution1D": "Conv1D", "Convolution2D": "Conv2D", "Convolution3D": "Conv3D", "SeparableConvolution1D": "SeparableConv1D",
        "SeparableConvolution2D": "SeparableConv2D", "DepthwiseConvolution2D": "DepthwiseConv2D", "Convolution2DTranspose": "Conv2DTranspose",
        "Convolution3DTranspose": "Conv3DTranspose", "BatchNormalizationV1": "BatchNormalization", "BatchNormalizationV2": "BatchNormalization",
        "SyncBatchNormalization": "BatchNormalization", "Model": "Functional",
    ]

    private static let keras1Layers = aliases.merging([
        "AtrousConvolution1D": "Conv1D", "AtrousConvolution2D": "Conv2D", "Deconvolution2D": "Conv2DTranspose", "TimeDistributedDense": "Dense",
    ]) { $1 }

    /// The merge layers that were modes of one.
    static let mergeModes = KerasHistory<[String: String]>(
        "merge layers",
        .init(
            "1.0", "modes of `Merge`: `sum`, `mul`, `ave`, `max`, `concat`, `dot`",
            ["sum": "Add", "mul": "Multiply", "ave": "Average", "max": "Maximum", "concat": "Concatenate", "dot": "Dot"]),
        .init("2.0", "a class each", [:]))

    /// Keys of every class by their name in Keras 3.
    static let keys = KerasHistory<[String: String]>(
        "names of settings",
        .init(
            "1.0", "`nb_filter`, `nb_row` and `nb_col`, `subsample`, `border_mode`, `dim_ordering`, `bias`, `output_dim`, `batch_input_shape`",
            [
                "nb_filter": "filters", "subsample": "strides", "subsample_length": "strides", "border_mode": "padding",
                "dim_ordering": "data_format", "bias": "use_bias", "atrous_rate": "dilation_rate", "filter_length": "kernel_size",
                "pool_length": "pool_size", "stride": "strides", "output_dim": "units", "batch_input_shape": "batch_shape",
            ]),
        .init(
            "2.0", "`filters`, `kernel_size`, `strides`, `padding`, `data_format`, `use_bias`, `units`, `batch_input_shape`",
            ["batch_input_shape": "batch_shape"]),
        .init("3.0", "likewise, and `batch_shape`", ["batch_input_shape": "batch_shape"]))

    /// Keys that are other ones in one class.
    static let keysOfLayers = KerasHistory<[String: [String: String]]>(
        "slope of `LeakyReLU`",
        .init(
            "1.0", "`alpha`",
            [
                "LeakyReLU": ["alpha": "negative_slope"], "UpSampling1D": ["length": "size"], "Concatenate": ["concat_axis": "axis"],
                "Dot": ["dot_axes": "axes"], "Embedding": ["output_dim": "output_dim"],
            ]),
        .init("2.0", "`alpha`", ["LeakyReLU": ["alpha": "negative_slope"]]),
        .init("3.0", "`negative_slope`", ["LeakyReLU": ["alpha": "negative_slope"]]))

    /// Keys whose values together are the sizes of a kernel.
    static let kernelSizes = KerasHistory<[[String]]>(
        "sizes of a kernel", .init("1.0", "a key for each axis", [["nb_row", "nb_col"], ["kernel_dim1", "kernel_dim2", "kernel_dim3"]]),
        .init("2.0", "`kernel_size`", []))

    /// Values of `data_format` by their name in Keras 3.
    static let dataFormats = KerasHistory<[String: String]>(
        "order of axes", .init("1.0", "`tf` and `th`", ["tf": "channels_last", "th": "channels_first"]),
        .init("2.0", "`channels_last` and `channels_first`", [:]))

    // MARK: What is not in the file

    /// Where the order of axes comes from for a layer that does not name it, as ZeroPadding, UpSampling and Cropping of Keras 1 never do.
    enum MissingOrder: Sendable {
        /// From the model's other layers, and for a model without any, this one.
        case others(String)
        /// It is this one.
        case always(String)
    }

    static let missingOrder = KerasHistory<MissingOrder>(
        "order of axes of a layer that does not name it", .init("1.0", "that of the other layers, else `th`", .others("channels_first")),
        .init("1.1", "that of the other layers, else `tf`", .others("channels_last")), .init("2.0", "`channels_last`", .always("channels_last")))

    static let batchNormalizationEpsilon = KerasHistory<Double>(
        "`epsilon` of `BatchNormalization` where it is not given", .init("1.0", "1e-6", 1e-6), .init("1.0.8", "1e-5", 1e-5),
        .init("1.2", "1e-3", 1e-3))

    // MARK: Weights

    enum KernelOrder: Sendable {
        /// `[out, in, window...]` for channels first, `[window..., in, out]` for channels last, of transposed convolutions too.
        case byDataFormat
        /// `[window..., in, out]`, of transposed convolutions `[window..., out, in]`.
        case windowFirst
    }

    static let kernelOrder = KerasHistory<KernelOrder>(
        "axes of kernels", .init("1.0", "by the order of axes: `[rows, cols, in, out]` or `[out, in, rows, cols]`", .byDataFormat),
        .init("2.0", "`[rows, cols, in, out]`, transposed `[rows, cols, out, in]`", .windowFirst))

    enum SequenceKernel: Sendable {
        /// `[out, in, length, 1]`.
        case outputFirst
        /// `[length, 1, in, out]`.
        case twoDimensional
        /// `[length, in, out]`.
        case plain
    }

    static let sequenceKernel = KerasHistory<SequenceKernel>(
        "axes of the kernel of `Conv1D`", .init("1.0", "`[out, in, length, 1]`", .outputFirst),
        .init("1.1", "`[length, 1, in, out]`", .twoDimensional), .init("2.0", "`[length, in, out]`", .plain))

    enum Backend: Sendable {
        /// The attribute `backend`, and where a file has none, as no file of Keras 1 has: TensorFlow ends names of weights in `:0`, Theano does not.
        case attributeOrNames
        case attribute
        /// No backend turns kernels.
        case indifferent
    }

    /// Theano convolves with the kernel turned by half a turn.
    static let turnedKernels = KerasHistory<Backend>(
        "kernels turned by half a turn", .init("1.0", "under Theano: names of weights do not end in `:0`", .attributeOrNames),
        .init("2.0", "under Theano: the attribute `backend`", .attribute), .init("3.0", "never", .indifferent))

    enum Spread: Sendable {
        /// A standard deviation s: `(x - mean) / (s + epsilon)`.
        case deviation
        /// A variance v: `(x - mean) / sqrt(v + epsilon)`.
        case variance
    }

    static let spread = KerasHistory<Spread>(
        "`running_std` of `BatchNormalization`", .init("1.0", "a deviation s: (x - mean) / (s + epsilon)", .deviation),
        .init("1.0.6", "a variance v: (x - mean) / sqrt(v + epsilon); called `moving_variance` from 2.0", .variance))

    // MARK: Formulas

    static let hardSigmoid = KerasHistory<(slope: Double, offset: Double)>(
        "`hard_sigmoid`, between 0 and 1", .init("1.0", "0.2 x + 0.5", (0.2, 0.5)), .init("3.0", "x / 6 + 0.5", (1 / 6, 0.5)))

    enum Centres: Sendable {
        /// Output i of n times as many stands at input i / n.
        case corners
        case halfPixels
    }

    static let centres = KerasHistory<Centres>(
        "`bilinear` of `UpSampling2D`", .init("1.0", "output i stands at input i / n; refused", .corners),
        .init("2.4", "at (i + 0.5) / n - 0.5; in tf.keras from 2.2.4-tf", .halfPixels))

    /// The smallest norm that rows are divided by.
    static let smallestNorm = KerasHistory<Double>(
        "smallest norm in `UnitNormalization`", .init("1.0", "1e-6", 1e-6), .init("3.6", "1e-12", 1e-12))

    static let smallestNormOfDot = KerasHistory<Double>(
        "smallest norm in `Dot` with `normalize`", .init("1.0", "1e-6", 1e-6), .init("3.0", "sqrt(1e-7)", 3.1622776601683795e-4),
        .init("3.1", "1e-7", 1e-7))

    // MARK: Structure

    enum Operators: Sendable {
        /// `TFOpLambda` and its kin.
        case layers
        /// Entries of their own, without what the configuration of every layer has.
        case bare
    }

    static let operators = KerasHistory<Operators>(
        "operators on tensors", .init("1.0", "`TensorFlowOpLayer` in tf.keras 2.0 to 2.3, then `TFOpLambda` and `SlicingOpLambda`", .layers),
        .init("3.0", "entries of `keras.ops`", .bare))

    enum ModelCalls: Sendable {
        /// From 1 where the model was built on inputs of its own; what numbers there are shows it.
        case shown
        /// From 0 where other layers read them, from 1 in the list of a model's outputs.
        case endsFromOne
    }

    static let callsOfModels = KerasHistory<ModelCalls>(
        "numbers of the calls of a model that is a layer", .init("1.0", "from 1, or from 0 where it has no inputs of its own", .shown),
        .init("3.0", "from 0 in calls, from 1 in `output_layers`", .endsFromOne))

    // MARK: Layers

    /// The major versions whose files have a layer. Merge layers are modes of `Merge` in Keras 1.
    static func versions(of layer: String) -> ClosedRange<Int> {
        let first = notBefore3.contains(layer) || layer.hasPrefix("Adaptive") ? 3 : notBefore2.contains(layer) ? 2 : 1
        return first...(notAfter2.contains(layer) ? max(first, 2) : 3)
    }

    private static let notBefore2: Set<String> = [
        "Conv1DTranspose", "Conv3DTranspose", "DepthwiseConv1D", "DepthwiseConv2D", "SeparableConv1D", "ReLU", "Softmax", "LayerNormalization",
        "GroupNormalization", "UnitNormalization", "LayerScale", "Rescaling", "Normalization", "Resizing", "CenterCrop", "Subtract", "Minimum",
        "AlphaDropout", "Identity", "StochasticDepth", "RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation", "RandomContrast",
        "RandomBrightness", "RandomHeight", "RandomWidth",
    ]
    private static let notBefore3: Set<String> = [
        "RMSNormalization", "CustomScaleLayer", "RandomColorDegeneration", "RandomColorJitter", "RandomElasticTransform", "RandomErasing",
        "RandomGaussianBlur",
        "RandomGrayscale", "RandomHue", "RandomInvert", "RandomPerspective", "RandomPosterization", "RandomSaturation", "RandomSharpness",
        "RandomShear", "RandAugment", "AugMix", "CutMix", "MixUp",
    ]
    private static let notAfter2: Set<String> = ["LocallyConnected1D", "LocallyConnected2D", "ThresholdedReLU", "RandomHeight", "RandomWidth"]

    /// The lines of README.md's table.
    static var lines: [String] {
        [
            layerNames.lines, mergeModes.lines, keys.lines, keysOfLayers.lines, kernelSizes.lines, dataFormats.lines, missingOrder.lines,
            batchNormalizationEpsilon.lines, kernelOrder.lines, sequenceKernel.lines, turnedKernels.lines, spread.lines, hardSigmoid.lines,
            centres.lines, smallestNorm.lines, smallestNormOfDot.lines, operators.lines, callsOfModels.lines,
        ].flatMap(\.self)
    }
}
