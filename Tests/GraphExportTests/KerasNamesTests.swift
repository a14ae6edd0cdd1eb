import KerasFormat
import Testing

@Suite struct KerasNamesTests {
    /// What `keras.src.utils.naming.to_snake_case` of Keras 3.15 gives.
    @Test(arguments: [
        ("Conv2D", "conv2d"), ("Conv2DTranspose", "conv2d_transpose"), ("DepthwiseConv2D", "depthwise_conv2d"), ("PReLU", "p_re_lu"),
        ("ReLU", "re_lu"), ("LeakyReLU", "leaky_re_lu"), ("BatchNormalization", "batch_normalization"), ("InputLayer", "input_layer"),
        ("GlobalAveragePooling2D", "global_average_pooling2d"), ("ELU", "elu"), ("Dense", "dense"), ("SeparableConv1D", "separable_conv1d"),
        ("UpSampling2D", "up_sampling2d"), ("ZeroPadding3D", "zero_padding3d"), ("Sequential", "sequential"),
    ]) func classNamesBecomeSnakesAsInKeras(_ name: String, _ expected: String) {
        #expect(KerasVariableGroup.snakeCase(name) == expected)
    }
}
