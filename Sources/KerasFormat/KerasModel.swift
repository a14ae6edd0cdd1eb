package import ByteIO
package import ModelCore

/// A Keras model as its file has it: names, axes and order are those of Keras.
package struct KerasModel: Sendable {
    /// What kind of file it was.
    package let container: Container
    /// The architecture, an object with `class_name` and `config`; `nil` for a file of weights only.
    package let configuration: JSONValue?
    /// Where the architecture is: `/model_config`, `config.json`, or nothing for a file of its own.
    package let configurationPath: String
    /// The file of an architecture that came apart from the weights.
    package let configurationFile: String?
    /// The version in whose words the architecture is, where it is not the one that wrote the weights.
    package let configurationVersion: String?
    /// The version that wrote the file, `2.15.0`; `nil` where the file does not say, as files of Keras 1 may not.
    package let kerasVersion: String?
    /// `tensorflow`, `theano`, `jax`, `torch`, ...; `nil` where the file does not say, as files of Keras 1 may not.
    package let backend: String?
    /// The layers of the outermost model in the file's order, those without weights too; where weights are addressed by paths, every object
    /// of the model that has a group.
    package let layers: [KerasLayerWeights]
    /// How the architecture's layers find theirs.
    package let addressing: Addressing

    package enum Container: Sendable, Hashable {
        /// A whole model in HDF5.
        case model
        /// Weights by layer in HDF5.
        case weights
        /// Variables by class in HDF5, `.weights.h5`.
        case variables
        /// A `.keras` archive.
        case archive
        /// An index and so many files of variables.
        case shards(Int)
    }

    package enum Addressing: Sendable {
        /// By the layers' names.
        case names
        /// By the layers' names if all of them fit, else by the order of the layers that have weights.
        case namesOrOrder
        /// By paths of class names.
        case paths
    }

    package init(
        container: Container = .model, configuration: JSONValue?, configurationPath: String = "/model_config", configurationFile: String? = nil,
        configurationVersion: String? = nil, kerasVersion: String?, backend: String?, layers: [KerasLayerWeights], addressing: Addressing = .names
    ) {
        self.container = container
        self.configuration = configuration
        self.configurationPath = configurationPath
        self.configurationFile = configurationFile
        self.configurationVersion = configurationVersion
        self.kerasVersion = kerasVersion
        self.backend = backend
        self.layers = layers
        self.addressing = addressing
    }

    /// What wrote the file: `Keras 2.15.0 (tensorflow)`.
    package var framework: String {
        (["Keras"] + [kerasVersion, backend.map { "(\($0))" }].compactMap(\.self)).joined(separator: " ")
    }

    /// What the file is: `Keras 2.15.0 (tensorflow), HDF5`.
    package var description: String {
        switch container {
        case .model: framework + ", HDF5"
        case .weights: framework + ", weights in HDF5"
        case .variables: framework + ", weights in HDF5 by class"
        case .archive: framework + ", .keras archive"
        case .shards(let count): framework + ", weights in \(count) files"
        }
    }

    /// The architecture.
    ///
    /// - Throws: `keras.no-architecture` for a file of weights only.
    package func architecture() throws(ModelError) -> JSONValue {
        guard let configuration else {
            throw ModelError(
                Problem(
                    "keras.no-architecture", "holds weights only, and no architecture",
                    hint:
                        "give the architecture with `Conversion.Options.config`: the text of model.to_json(), a config.json, or a .keras or .cnnm file; or with `Conversion.Options.architecture`, if it is one that `Conversion.architectures` lists"
                ))
        }
        return configuration
    }
}

/// The weights that a file keeps for one layer of the outermost model.
///
/// Measured on files of Keras 1.2, 2.0 to 2.21 and 3.15:
///
/// - A layer that is called several times has one entry. A layer without weights has an entry without weights.
/// - A nested model is one layer here: all weights inside it, however deep, are listed flat under the outermost model's layer. They come in
///   the order of `layer.trainable_weights + layer.non_trainable_weights`: first the trainable weights of every inner layer, then the rest
///   (moving averages, and every weight of a layer with `trainable: false`). The order follows from the configuration's flags at the time
///   of saving, so it is not the order layer by layer: `c1, b1.gamma, b1.beta, c2, ..., b1.moving_mean, ...`.
/// - The names in a nested model tell the inner layer but not by a rule: Keras 2 has `c/kernel:0` (the innermost layer only, and cannot save
///   two of one name in one nested model); Keras 3 has the path from when the weight was made, `mid/inner/c/kernel` or `inner/c/kernel`,
///   for a layer first built in another model `m1/c/kernel`. A name from an older graph may have a number more: `conv2d_10_1/kernel:0`.
///   Wrapped layers are named by the wrapper (`td/kernel:0`) in Keras 2, by both (`td/inner/kernel`) in Keras 3.
/// - Keras itself matches weights to variables by position, never by name.
package struct KerasLayerWeights: Sendable {
    /// The layer's name, or `top_level_model_weights` for weights that belong to the model itself; the path of an object, `layers/conv2d_1`,
    /// where weights are addressed by paths.
    package let name: String
    /// The layer's name where weights are addressed by paths and the file notes it.
    package let label: String?
    package let weights: [KerasWeight]

    package init(name: String, label: String? = nil, weights: [KerasWeight]) {
        self.name = name
        self.label = label
        self.weights = weights
    }
}

/// A weight by the name that its file gives it.
package struct KerasWeight: Sendable {
    /// As in `weight_names`: `conv/kernel:0`, `convolution2d_1_W:0`, `conv/kernel`; or the path `layers/conv2d_1/vars/0`.
    package let name: String
    package let source: WeightSource

    package init(name: String, source: WeightSource) {
        self.name = name
        self.source = source
    }
}
