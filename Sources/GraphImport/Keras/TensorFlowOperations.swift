import ByteIO

extension TensorFlowFunction {
    /// Operations of TensorFlow's graph, which tf.keras 2.0 to 2.3 writes.
    static let operations: [String: TensorFlowFunction] = {
        let binary = [
            "Add": "Add", "AddV2": "Add", "Sub": "Subtract", "Mul": "Multiply", "RealDiv": "TrueDivide", "Div": "TrueDivide", "Maximum": "Maximum",
            "Minimum": "Minimum", "Pow": "Power", "SquaredDifference": "SquaredDifference", "FloorDiv": "FloorDivide", "Greater": "Greater",
            "GreaterEqual": "GreaterEqual",
            "Less": "Less", "LessEqual": "LessEqual", "LogicalAnd": "LogicalAnd", "LogicalOr": "LogicalOr",
        ]
        let unary = [
            "Neg": "Negative", "Square": "Square", "Abs": "Absolute", "Sqrt": "Sqrt", "Rsqrt": "Rsqrt", "Exp": "Exp", "Log": "Log",
            "Reciprocal": "Reciprocal", "Inv": "Reciprocal", "Sigmoid": "Sigmoid", "Tanh": "Tanh", "Relu": "Relu", "Relu6": "Relu6", "Elu": "Elu",
            "Selu": "Selu", "Softsign": "Softsign", "Softplus": "Softplus", "Softmax": "Softmax", "LogSoftmax": "LogSoftmax", "Identity": "Identity",
            "Snapshot": "Identity", "Erf": "Erf", "Sign": "Sign", "Floor": "Floor", "Ceil": "Ceil", "Round": "Round", "Rint": "Round",
            "LogicalNot": "LogicalNot",
        ]
        let reductions = ["Mean": "Mean", "Sum": "Sum", "Max": "Max", "Min": "Min", "EuclideanNorm": "Norm"]
        var operations = binary.mapValues { TensorFlowFunction($0, "x=x1 y=x2") }
        operations.merge(unary.mapValues { TensorFlowFunction($0, "x") }) { first, _ in first }
        operations.merge(reductions.mapValues { TensorFlowFunction($0, "x axis | keep_dims=keepdims") }) { first, _ in first }
        return operations.merging(others) { first, _ in first }
    }()

    private static let others: [String: TensorFlowFunction] = [
        "LeakyRelu": .init("LeakyRelu", "x | alpha=negative_slope"),
        "ClipByValue": .init("Clip", "x x_min x_max"),
        "Equal": .init("Equal", "x=x1 y=x2 | incompatible_shape_error=_"),
        "NotEqual": .init("NotEqual", "x=x1 y=x2 | incompatible_shape_error=_"),
        "AddN": .init("AddN", "xs*"),
        "BatchMatMul": .init("Matmul", "x1 x2 | adj_x=adjoint_a adj_y=adjoint_b grad_x==false grad_y==false"),
        "BatchMatMulV2": .init("Matmul", "x1 x2 | adj_x=adjoint_a adj_y=adjoint_b grad_x==false grad_y==false"),
        "BiasAdd": .init("BiasAdd", "x bias | data_format"),
        "LRN": .init("LocalResponseNormalization", "x | depth_radius bias alpha beta"),
        "StridedSlice": .init(
            "StridedSlice", "x begin end steps | begin_mask end_mask ellipsis_mask new_axis_mask shrink_axis_mask"),
        "Slice": .init("SliceOfSize", "x begin size"),
        "Gather": .init("Take", "x indices | validate_indices=_", ["axis": .integer(0)]),
        "GatherV2": .init("Take", "x indices axis | batch_dims==0"),
        "Concat": .init("Concatenate", "axis xs*"),
        "ConcatV2": .init("Concatenate", "xs* axis"),
        "Pack": .init("Stack", "x* | axis"),
        "Unpack": .init("Unstack", "x | num=_ axis"),
        "Split": .init("SplitSizes", "axis x | num_split=indices_or_sections"),
        "SplitV": .init("SplitSizes", "x indices_or_sections axis | num_split=_"),
        "Shape": .init("Shape", "x | out_type=_"),
        "BroadcastTo": .init("BroadcastTo", "x shape"),
        "Reshape": .init("Reshape", "x newshape"),
        "Transpose": .init("Transpose", "x axes"),
        "ExpandDims": .init("ExpandDims", "x axis"),
        "Squeeze": .init("Squeeze", "x | squeeze_dims=axis"),
        "Pad": .init("Pad", "x pad_width"),
        "PadV2": .init("Pad", "x pad_width constant_values"),
        "MirrorPad": .init("Pad", "x pad_width | mode"),
        "Tile": .init("Tile", "x repeats"),
        "Roll": .init("Roll", "x shift axis"),
        "ReverseV2": .init("Flip", "x axis"),
        "StopGradient": .init("StopGradient", "variable"),
        "PreventGradient": .init("StopGradient", "variable | message=_"),
        "Cast": .init("Cast", "x | DstT=dtype Truncate==false"),
        "DepthToSpace": .init("DepthToSpace", "x | block_size data_format"),
        "SpaceToDepth": .init("SpaceToDepth", "x | block_size data_format"),
        "MaxPool": .init("MaxPool", "inputs | ksize=pool_size strides padding data_format explicit_paddings=_"),
        "AvgPool": .init("AveragePool", "inputs | ksize=pool_size strides padding data_format"),
        "ResizeBilinear": .init("ResizeImages", "images size | align_corners half_pixel_centers", ["interpolation": .string("bilinear")]),
        "ResizeNearestNeighbor": .init("ResizeImages", "images size | align_corners half_pixel_centers", ["interpolation": .string("nearest")]),
        "ResizeBicubic": .init("ResizeImages", "images size | align_corners half_pixel_centers", ["interpolation": .string("bicubic")]),
        "ResizeArea": .init("ResizeImages", "images size | align_corners", ["interpolation": .string("area")]),
    ]
}
