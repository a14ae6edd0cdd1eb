/// Networks that other libraries have, with tensors of the same names and shapes as one of the catalogue. `fixtures/generate/torch_twins.py` makes the
/// list: it compares the state dicts of all networks of timm with those of torchvision, and what both compute with the same weights.
enum TorchTwins {
    /// Those that compute something else: they have other strides, pools or activations.
    static func others(of name: String) -> [String] {
        (computeOtherwise[name] ?? []).map { "\($0) of timm" } + (stridesFirst.contains(name) ? ["\(name) with strides as in Caffe"] : [])
    }

    /// Whether a name is one of another network than those of the catalogue.
    static func isKnown(_ name: String) -> Bool {
        computeOtherwise.values.contains { $0.contains(name) }
    }

    private static let computeOtherwise: [String: [String]] = ["resnet18": ["resnetblur18"], "resnet50": ["resnetaa50", "resnetblur50"]]

    /// Caffe's ResNets halve the size in the first convolution of a block, of 1 by 1, and so do those that were converted from them.
    private static let stridesFirst: Set<String> = [
        "resnet50", "resnet101", "resnet152", "resnext50_32x4d", "resnext101_32x8d", "resnext101_64x4d", "wide_resnet50_2", "wide_resnet101_2",
    ]
}
