import ModelCore
import ModelGraph

/// Layers that do something in training only.
let identityKinds: [String: KerasLayerKind] = {
    let names = [
        "Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "GaussianNoise", "GaussianDropout", "AlphaDropout",
        "ActivityRegularization", "Identity", "StochasticDepth", "RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation", "RandomContrast",
        "RandomBrightness", "RandomHeight", "RandomWidth", "RandomColorDegeneration", "RandomColorJitter", "RandomElasticTransform", "RandomErasing",
        "RandomGaussianBlur", "RandomGrayscale", "RandomHue", "RandomInvert", "RandomPerspective", "RandomPosterization", "RandomSaturation",
        "RandomSharpness", "RandomShear", "RandAugment", "AugMix", "CutMix", "MixUp",
    ]
    let kind = KerasLayerKind { _, _ throws(ModelError) in [KerasStep("identity", Identity().erased)] }
    return Dictionary(uniqueKeysWithValues: names.map { ($0, kind) })
}()
