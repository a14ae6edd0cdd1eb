import ByteIO

extension TensorFlowFunction {
    /// Functions by the names under which tf.keras 2.4 and later writes them.
    static let functions: [String: TensorFlowFunction] = {
        var functions = binary.merging(unary) { first, _ in first }
        functions.merge(settled) { first, _ in first }
        functions.merge(movements) { first, _ in first }
        return functions.merging(images) { first, _ in first }
    }()

    private static let binary: [String: TensorFlowFunction] = {
        let names = [
            "__operators__.add": "Add", "math.add": "Add", "math.subtract": "Subtract", "math.multiply": "Multiply", "math.truediv": "TrueDivide",
            "math.divide": "TrueDivide", "compat.v1.div": "TrueDivide", "realdiv": "TrueDivide", "math.maximum": "Maximum", "math.minimum": "Minimum",
            "math.pow": "Power",
            "math.squared_difference": "SquaredDifference", "compat.v1.floor_div": "FloorDivide", "math.greater": "Greater",
            "math.greater_equal": "GreaterEqual", "math.less": "Less",
            "math.less_equal": "LessEqual", "math.equal": "Equal", "math.not_equal": "NotEqual", "math.logical_and": "LogicalAnd",
            "math.logical_or": "LogicalOr",
        ]
        return names.mapValues { TensorFlowFunction($0, "x=x1 y=x2 name") }
    }()

    private static let unary: [String: TensorFlowFunction] = {
        let ofX = [
            "math.negative": "Negative", "math.square": "Square", "math.abs": "Absolute", "math.sqrt": "Sqrt", "math.rsqrt": "Rsqrt",
            "math.exp": "Exp", "math.log": "Log", "math.reciprocal": "Reciprocal", "math.sigmoid": "Sigmoid", "math.tanh": "Tanh",
            "math.log_sigmoid": "LogSigmoid", "math.erf": "Erf", "math.sign": "Sign", "math.floor": "Floor", "math.ceil": "Ceil",
            "math.round": "Round", "math.rint": "Round", "math.logical_not": "LogicalNot",
        ]
        let ofFeatures = [
            "nn.relu": "Relu", "nn.relu6": "Relu6", "nn.elu": "Elu", "nn.selu": "Selu", "nn.softsign": "Softsign", "math.softplus": "Softplus",
            "nn.softplus": "Softplus",
        ]
        return ofX.mapValues { TensorFlowFunction($0) }.merging(ofFeatures.mapValues { TensorFlowFunction($0, "features=x name") }) { first, _ in
            first
        }
    }()

    /// Functions of numbers with settings, and reductions.
    private static let settled: [String: TensorFlowFunction] = {
        var functions: [String: TensorFlowFunction] = [
            "nn.leaky_relu": .init("LeakyRelu", "features=x alpha=negative_slope name"),
            "__operators__.eq": .init("Equal", "self=x1 other=x2"),
            "__operators__.ne": .init("NotEqual", "self=x1 other=x2"),
            "nn.silu": .init("Silu", "features=x beta"),
            "nn.gelu": .init("Gelu", "features=x approximate name", ["approximate": .bool(false)]),
            "nn.softmax": .init("Softmax", "logits=x axis name"),
            "compat.v1.nn.softmax": .init("Softmax", "logits=x axis name dim=axis"),
            "nn.log_softmax": .init("LogSoftmax", "logits=x axis name"),
            "compat.v1.nn.crelu": .init("ConcatenatedRelu", "features=x name axis"),
            "nn.local_response_normalization": .init("LocalResponseNormalization", "input=x depth_radius bias alpha beta name"),
            "linalg.matmul": .init(
                "Matmul",
                "a=x1 b=x2 transpose_a transpose_b adjoint_a adjoint_b a_is_sparse==false b_is_sparse==false output_type=_ grad_a==false grad_b==false name"
            ),
            "clip_by_value": .init("Clip", "t=x clip_value_min=x_min clip_value_max=x_max name"),
            "math.l2_normalize": .init("UnitNorm", "x axis epsilon name dim=axis"),
            "compat.v1.norm": .init("Norm", "tensor=x ord axis keepdims name keep_dims=keepdims"),
            "math.add_n": .init("AddN", "inputs=xs name"),
            "math.accumulate_n": .init("AddN", "inputs=xs shape=_ tensor_dtype=_ name"),
            "nn.bias_add": .init("BiasAdd", "value=x bias data_format name"),
        ]
        let reductions = [
            "math.reduce_mean": "Mean", "math.reduce_sum": "Sum", "math.reduce_max": "Max", "math.reduce_min": "Min", "math.reduce_variance": "Var",
            "math.reduce_std": "Std", "math.reduce_euclidean_norm": "Norm", "math.reduce_logsumexp": "Logsumexp",
        ]
        for (function, name) in reductions { functions[function] = .init(name, "input_tensor=x axis keepdims name") }
        return functions
    }()

    private static let movements: [String: TensorFlowFunction] = [
        "__operators__.getitem": .init("GetItem", "tensor=x slice_spec=key var=_"),
        "strided_slice": .init(
            "StridedSlice", "input_=x begin end strides=steps begin_mask end_mask ellipsis_mask new_axis_mask shrink_axis_mask var=_ name"),
        "slice": .init("SliceOfSize", "input_=x begin size name"),
        "compat.v1.gather": .init("Take", "params=x indices validate_indices=_ name axis batch_dims==0"),
        "concat": .init("Concatenate", "values=xs axis name"),
        "stack": .init("Stack", "values=x axis name"),
        "unstack": .init("Unstack", "value=x num=_ axis name"),
        "split": .init("SplitSizes", "value=x num_or_size_splits=indices_or_sections axis num=_ name"),
        "reshape": .init("Reshape", "tensor=x shape=newshape name"),
        "compat.v1.transpose": .init("Transpose", "a=x perm=axes name conjugate=_"),
        "transpose": .init("Transpose", "a=x perm=axes conjugate=_ name"),
        "expand_dims": .init("ExpandDims", "input=x axis name"),
        "compat.v1.squeeze": .init("Squeeze", "input=x axis name squeeze_dims=axis"),
        "squeeze": .init("Squeeze", "input=x axis name"),
        "compat.v1.pad": .init("Pad", "tensor=x paddings=pad_width mode name constant_values"),
        "pad": .init("Pad", "tensor=x paddings=pad_width mode constant_values name"),
        "tile": .init("Tile", "input=x multiples=repeats name"),
        "repeat": .init("Repeat", "input=x repeats axis name"),
        "roll": .init("Roll", "input=x shift axis name"),
        "reverse": .init("Flip", "tensor=x axis name"),
        "compat.v1.shape": .init("Shape", "input=x name out_type=_"),
        "broadcast_to": .init("BroadcastTo", "input=x shape name"),
        "identity": .init("Identity", "input=x name"),
        "stop_gradient": .init("StopGradient", "input=variable name"),
        "ensure_shape": .init("Identity", "x shape=_ name"),
        "convert_to_tensor": .init("Cast", "value=x dtype dtype_hint=_ name"),
        "cast": .init("Cast", "x dtype name"),
        "dtypes.saturate_cast": .init("SaturateCast", "value=x dtype name"),
        "keras.backend.cast_to_floatx": .init("Identity", "x"),
        "keras.backend.print_tensor": .init("Identity", "x message=_ summarize=_"),
        "keras.backend.batch_flatten": .init("BatchFlatten", "x"),
    ]

    private static let images: [String: TensorFlowFunction] = [
        "nn.depth_to_space": .init("DepthToSpace", "input=x block_size data_format name"),
        "compat.v1.nn.depth_to_space": .init("DepthToSpace", "input=x block_size name data_format"),
        "nn.space_to_depth": .init("SpaceToDepth", "input=x block_size data_format name"),
        "nn.max_pool2d": .init("MaxPool", "input=inputs ksize=pool_size strides padding data_format name"),
        "nn.max_pool3d": .init("MaxPool", "input=inputs ksize=pool_size strides padding data_format name"),
        "nn.avg_pool": .init("AveragePool", "input=inputs ksize=pool_size strides padding data_format name"),
        "nn.avg_pool2d": .init("AveragePool", "input=inputs ksize=pool_size strides padding data_format name"),
        "nn.avg_pool3d": .init("AveragePool", "input=inputs ksize=pool_size strides padding data_format name"),
        "compat.v1.nn.max_pool": .init("MaxPool", "value=inputs ksize=pool_size strides padding data_format name input=inputs"),
        "compat.v1.nn.avg_pool": .init("AveragePool", "value=inputs ksize=pool_size strides padding data_format name input=inputs"),
        "compat.v1.nn.pool": .init(
            "Pool", "input=inputs window_shape=pool_size pooling_type padding dilation_rate==1 strides name data_format dilations==1",
            ["strides": .integer(1)]),
        "image.resize": .init(
            "ResizeImages", "images size method=interpolation preserve_aspect_ratio==false antialias==false name",
            ["half_pixel_centers": .bool(true)]),
        "compat.v1.image.resize_bilinear": resizing("bilinear"),
        "compat.v1.image.resize_nearest_neighbor": resizing("nearest"),
        "compat.v1.image.resize_bicubic": resizing("bicubic"),
        "compat.v1.image.resize_area": .init("ResizeImages", "images size align_corners name", ["interpolation": .string("area")]),
        "image.flip_left_right": .init("Flip", "image=x", ["axis": .integer(-2)]),
        "image.flip_up_down": .init("Flip", "image=x", ["axis": .integer(-3)]),
        "image.transpose": .init("TransposeImages", "image=images name"),
        "image.rgb_to_grayscale": .init("RGBToGrayscale", "images name"),
        "image.crop_to_bounding_box": .init(
            "CropImages", "image=images offset_height=top_cropping offset_width=left_cropping target_height target_width"),
        "image.pad_to_bounding_box": .init(
            "PadImages", "image=images offset_height=top_padding offset_width=left_padding target_height target_width"),
    ]

    /// The resizing of TensorFlow 1, whose positions its flags say.
    private static func resizing(_ interpolation: String) -> TensorFlowFunction {
        TensorFlowFunction("ResizeImages", "images size align_corners name half_pixel_centers", ["interpolation": .string(interpolation)])
    }
}
