/// The settings that change nothing at inference, whatever their values, by their names in Keras 3.
///
/// What is here is not read. All else is, or its layer is refused.
enum KerasIdleSettings {
    static func contains(_ key: String, of layer: KerasLayer) -> Bool {
        // What an image is padded with that keeps its aspect ratio, which is refused.
        if layer.operation != nil { return key == "name" || layer.operation == "Resize" && (key == "fill_mode" || key == "fill_value") }
        // `activation/name` is a setting of the layer that is the activation.
        let name = key.split(separator: "/").last.map(String.init) ?? key
        return everywhere.contains(name) || endings.contains { name.hasSuffix($0) } || classes[layer.className]?.contains(key) == true
            || identityKinds[layer.className] != nil && trainingOnly.contains(key)
    }

    /// How variables begin, and what training asks of them.
    private static let endings = ["_initializer", "_regularizer", "_constraint"]

    /// Of every class. The shape of an input is that of the tensor that comes. A kernel with LoRA is kept with its addends added.
    private static let everywhere: Set<String> = [
        "name", "trainable", "autocast", "batch_shape", "batch_input_shape", "input_shape", "input_dtype", "init", "W_regularizer", "b_regularizer",
        "W_constraint", "b_constraint", "lora_rank", "lora_alpha",
    ]

    private static let classes: [String: Set<String>] = {
        var classes: [String: Set<String>] = [
            "BatchNormalization": [
                "momentum", "synchronized", "renorm_clipping", "renorm_momentum", "fused", "virtual_batch_size", "adjustment", "beta_init",
                "gamma_init",
            ],
            "Dense": ["input_dim", "input_length"], "Embedding": ["input_length", "dropout"], "SpectralNormalization": ["power_iterations"],
            "LayerScale": ["init_values", "projection_dim"],
            "Resizing": ["fill_mode", "fill_value"],
        ]
        // The layer of a whole sequence in Keras 1 says how long it is.
        for name in ["Conv1D", "LocallyConnected1D"] { classes[name] = ["input_dim", "input_length"] }
        // Merge of Keras 1, whose mode is the class.
        for name in ["Add", "Multiply", "Average", "Maximum", "Concatenate", "Dot"] {
            classes[name] = [
                "mode", "mode_type", "concat_axis", "dot_axes", "output_shape", "output_shape_type", "output_mask", "output_mask_type", "arguments",
            ]
        }
        return classes
    }()

    /// Of the layers that do nothing at inference.
    private static let trainingOnly: Set<String> = [
        "rate", "p", "sigma", "stddev", "seed", "noise_shape", "l1", "l2", "drop_path_rate", "data_format", "factor", "mode", "fill_mode",
        "fill_value", "interpolation", "height_factor", "width_factor", "value_range", "rng_type", "alpha", "num_chains", "chain_depth", "all_ops",
        "num_ops", "brightness_factor", "contrast_factor", "saturation_factor", "hue_factor", "kernel_size", "scale", "x_factor", "y_factor",
    ]
}
