/// The functions of PyTorch that have a meaning here, by the names of `torch.ops.aten` without overloads.
enum TorchFunction: String, CaseIterable, Sendable {
    // Convolutions and products with weights.
    case conv1d, conv2d, conv3d
    case convTranspose1d = "conv_transpose1d"
    case convTranspose2d = "conv_transpose2d"
    case convTranspose3d = "conv_transpose3d"
    case convolution
    case convolutionOld = "_convolution"
    case convolutionMode = "_convolution_mode"
    case linear, addmm, mm, matmul, bmm, baddbmm, einsum
    case linalgMatmul = "linalg_matmul"
    case scaledDotProductAttention = "scaled_dot_product_attention"
    case multiheadAttention = "_native_multi_head_attention"
    case transformerLayer = "_transformer_encoder_layer_fwd"
    case attentionForCPU = "_scaled_dot_product_flash_attention_for_cpu"
    case attentionMath = "_scaled_dot_product_attention_math"
    case attentionEfficient = "_scaled_dot_product_efficient_attention"

    // Pooling.
    case maxPool1d = "max_pool1d"
    case maxPool2d = "max_pool2d"
    case maxPool3d = "max_pool3d"
    case maxPool2dWithIndices = "max_pool2d_with_indices"
    case maxPool3dWithIndices = "max_pool3d_with_indices"
    case avgPool1d = "avg_pool1d"
    case avgPool2d = "avg_pool2d"
    case avgPool3d = "avg_pool3d"
    case adaptiveAvgPool1d = "adaptive_avg_pool1d"
    case adaptiveAvgPool2d = "adaptive_avg_pool2d"
    case adaptiveAvgPool3d = "adaptive_avg_pool3d"
    case adaptiveAvgPool2dPlain = "_adaptive_avg_pool2d"
    case adaptiveAvgPool3dPlain = "_adaptive_avg_pool3d"
    case adaptiveMaxPool1d = "adaptive_max_pool1d"
    case adaptiveMaxPool2d = "adaptive_max_pool2d"
    case adaptiveMaxPool3d = "adaptive_max_pool3d"

    // Normalisation.
    case batchNorm = "batch_norm"
    case nativeBatchNorm = "native_batch_norm"
    case batchNormNoTraining = "_native_batch_norm_legit_no_training"
    case cudnnBatchNorm = "cudnn_batch_norm"
    case instanceNorm = "instance_norm"
    case groupNorm = "group_norm"
    case nativeGroupNorm = "native_group_norm"
    case layerNorm = "layer_norm"
    case nativeLayerNorm = "native_layer_norm"
    case rmsNorm = "rms_norm"

    // Functions of one element.
    case relu, relu6, elu, selu, celu, silu, gelu, hardswish, hardsigmoid, hardtanh
    case leakyRelu = "leaky_relu"
    case prelu
    case prelu2 = "_prelu_kernel"
    case rrelu
    case softplus, softshrink, hardshrink, tanh, sigmoid, mish, threshold
    case logSigmoid = "log_sigmoid"
    case abs, neg, exp, log, sqrt, rsqrt, square, reciprocal, clamp, clip
    case clampMin = "clamp_min"
    case clampMax = "clamp_max"

    // Functions of a row.
    case softmax
    case softmaxPlain = "_softmax"
    case safeSoftmax = "_safe_softmax"
    case logSoftmax = "log_softmax"
    case logSoftmaxPlain = "_log_softmax"
    case glu

    // Arithmetic.
    case add, sub, rsub, mul, div, pow, maximum, minimum
    case trueDivide = "true_divide"
    case multiply, subtract, divide
    case floorDivide = "floor_divide"
    case addcmul, addcdiv, lerp
    case remainder, ceil, trunc, round, sign, erf, sin, cos
    case cumsum
    case logicalNot = "logical_not"
    case bitwiseNot = "bitwise_not"

    // Comparisons.
    case equal = "eq"
    case notEqual = "ne"
    case less = "lt"
    case lessOrEqual = "le"
    case greater = "gt"
    case greaterOrEqual = "ge"

    // Reductions.
    case mean, sum, amax, amin, max, min
    case varianceOf = "var"
    case std
    case vectorNorm = "linalg_vector_norm"
    case stdMean = "std_mean"
    case varMean = "var_mean"

    // Parametrizations of weights.
    case weightNorm = "_weight_norm"
    case weightNormInterface = "_weight_norm_interface"
    case normExceptDim = "norm_except_dim"
    case mv, dot, vdot

    // Tensors of numbers.
    case arange, linspace, eye, full, zeros, ones, meshgrid
    case scalarTensor = "scalar_tensor"
    case zerosLike = "zeros_like"
    case onesLike = "ones_like"
    case fullLike = "full_like"
    case newZeros = "new_zeros"
    case newOnes = "new_ones"
    case newFull = "new_full"

    // Elements elsewhere.
    case view, reshape, flatten, unflatten, squeeze, unsqueeze, permute, transpose, movedim, moveaxis, swapaxes, t, slice, select, narrow, chunk
    case tensorSplit = "tensor_split"
    case reshapeAs = "reshape_as"
    case viewAs = "view_as"
    case index
    case indexSelect = "index_select"
    case unfold
    case viewPlain = "_unsafe_view"
    case viewCopy = "view_copy"
    case reshapeAlias = "_reshape_alias"
    case split
    case splitWithSizes = "split_with_sizes"
    case unbind, cat, concat, concatenate, stack, flip, roll, expand
    case expandAs = "expand_as"
    case `repeat`
    case pixelShuffle = "pixel_shuffle"
    case pixelUnshuffle = "pixel_unshuffle"
    case channelShuffle = "channel_shuffle"
    case im2col, col2im
    case nativeChannelShuffle = "native_channel_shuffle"
    case pad
    case constantPad = "constant_pad_nd"
    case reflectionPad1d = "reflection_pad1d"
    case reflectionPad2d = "reflection_pad2d"
    case reflectionPad3d = "reflection_pad3d"
    case replicationPad1d = "replication_pad1d"
    case replicationPad2d = "replication_pad2d"
    case replicationPad3d = "replication_pad3d"

    // Other sizes.
    case upsampleNearest1d = "upsample_nearest1d"
    case upsampleNearest2d = "upsample_nearest2d"
    case upsampleNearest3d = "upsample_nearest3d"
    case upsampleNearestExact1d = "_upsample_nearest_exact1d"
    case upsampleNearestExact2d = "_upsample_nearest_exact2d"
    case upsampleNearestExact3d = "_upsample_nearest_exact3d"
    case upsampleLinear1d = "upsample_linear1d"
    case upsampleBilinear2d = "upsample_bilinear2d"
    case upsampleTrilinear3d = "upsample_trilinear3d"
    case upsampleBicubic2d = "upsample_bicubic2d"

    // The same elements, outside of training.
    case dropout, contiguous, clone, detach, alias, to
    case featureDropout = "feature_dropout"
    case alphaDropout = "alpha_dropout"
    case featureAlphaDropout = "feature_alpha_dropout"
    case nativeDropout = "native_dropout"
    case toCopy = "_to_copy"
    case typeAs = "type_as"
    case liftFresh = "lift_fresh"
    case liftFreshCopy = "lift_fresh_copy"
    case positive, float

    // Numbers that are computed from sizes, and what only checks.
    case getItem = "getitem"
    case floor
    case size
    case symSize = "sym_size"
    case assertTensorMetadata = "_assert_tensor_metadata"
    case assertScalar = "_assert_scalar"
    case symConstrain = "sym_constrain_range_for_size"

    /// The function of a call; one that changes its first argument has an underscore at the end of its name.
    init?(_ name: String) {
        if let function = TorchFunction(rawValue: name) {
            self = function
        } else if name.hasSuffix("_"), let function = TorchFunction(rawValue: String(name.dropLast())) {
            self = function
        } else {
            return nil
        }
    }

    /// Whether it makes a tensor of numbers alone.
    var makesTensor: Bool {
        switch self {
        case .arange, .linspace, .eye, .scalarTensor, .full, .zeros, .ones: true
        default: takesTypeOfTensor
        }
    }

    /// Whether it makes a tensor of numbers that has the type of its first argument, and nothing else of it.
    var takesTypeOfTensor: Bool {
        switch self {
        case .newZeros, .newOnes, .newFull: true
        default: false
        }
    }

    /// How the result's memory and that of the first argument go together.
    enum Memory {
        case own
        /// The same elements, in the same places.
        case same
        /// The same elements seen in another way, or a copy of them.
        case shared
    }

    var memory: Memory {
        switch self {
        case .dropout, .featureDropout, .alphaDropout, .featureAlphaDropout, .detach, .alias, .liftFresh, .positive: .same
        case .view, .viewPlain, .reshapeAlias, .reshape, .reshapeAs, .viewAs, .flatten, .unflatten, .squeeze, .unsqueeze, .permute, .transpose,
            .movedim, .moveaxis,
            .swapaxes,
            .t, .slice, .select, .narrow, .chunk, .tensorSplit, .split, .splitWithSizes, .unbind, .expand, .expandAs, .contiguous, .to, .typeAs,
            .float:
            .shared
        default: .own
        }
    }

    /// Whether the result has the elements of the first argument, at inference.
    var isIdentity: Bool {
        switch self {
        case .dropout, .featureDropout, .alphaDropout, .featureAlphaDropout, .nativeDropout, .contiguous, .clone, .detach, .alias, .to, .toCopy,
            .typeAs,
            .liftFresh, .liftFreshCopy, .positive, .float:
            true
        default: false
        }
    }
}
