import ByteIO

/// What the constructors and `build` of Keras 2.15 and of Keras 3 demand of settings, whatever a lowering writes: a file that breaks one of these is
/// written, and loads nowhere. (`__init__` and `build` in `keras/src/layers` of 3.15 and `tf_keras/src/layers` of 2.21.)
enum KerasDemands {
    private typealias Demand = @Sendable (JSONObject) -> Bool

    /// - Throws: the setting that Keras refuses.
    static func check(_ piece: KerasPiece) throws(KerasObstacle) {
        guard piece.module == nil else { return }
        for (keys, demand, text) in demands where keys.contains(name(piece.className)) && !demand(piece.config) {
            throw KerasObstacle("would be a \(piece.className) layer of Keras, which demands \(text)")
        }
    }

    /// The class without its number of axes.
    private static func name(_ className: String) -> String {
        for rank in ["1D", "2D", "3D"] where className.contains(rank) { return className.replacing(rank, with: "") }
        return className
    }

    private static let convolutions = ["Conv", "DepthwiseConv", "SeparableConv", "ConvTranspose"]
    private static let poolings = ["MaxPooling", "AveragePooling"]

    private static let demands: [(layers: [String], demand: Demand, text: String)] = [
        (["ReLU"], { ($0["max_value"]?.double ?? 0) >= 0 }, "a max_value that is not negative"),
        (["ReLU"], { ($0["negative_slope"]?.double ?? 0) >= 0 }, "a negative_slope that is not negative"),
        (["ReLU"], { ($0["threshold"]?.double ?? 0) >= 0 }, "a threshold that is not negative"),
        (
            convolutions, { isPositive($0["kernel_size"]) && isPositive($0["strides"]) && isPositive($0["dilation_rate"]) },
            "positive windows and steps"
        ),
        (convolutions, { !isAboveOne($0["strides"]) || !isAboveOne($0["dilation_rate"]) }, "strides or a dilation_rate above 1, not both"),
        (["DepthwiseConv", "SeparableConv"], { Set(numbers($0["strides"])).count <= 1 }, "equal strides, for TensorFlow has no others"),
        (["DepthwiseConv", "SeparableConv"], { isPositive($0["depth_multiplier"]) }, "a positive depth_multiplier"),
        (["Conv", "SeparableConv", "ConvTranspose"], { isPositive($0["filters"]) }, "a positive number of filters"),
        (
            ["Conv"],
            { config in
                guard let groups = config["groups"]?.integer, let filters = config["filters"]?.integer else { return true }
                return groups > 0 && filters % groups == 0
            }, "as many filters as its groups divide"
        ),
        (
            ["ConvTranspose"],
            { config in zip(numbers(config["output_padding"]), numbers(config["strides"])).allSatisfy { $0 < $1 && $0 >= 0 } },
            "an output_padding below the strides"
        ),
        (["DepthwiseConv", "ConvTranspose"] + poolings, { $0["padding"] != .string("causal") }, "padding 'valid' or 'same'"),
        (poolings, { isPositive($0["pool_size"]) && isPositive($0["strides"]) }, "positive windows and steps"),
        (["ZeroPadding"], { numbers($0["padding"]).allSatisfy { $0 >= 0 } }, "amounts that are not negative"),
        (["Cropping"], { numbers($0["cropping"]).allSatisfy { $0 >= 0 } }, "amounts that are not negative"),
        (["UpSampling"], { isPositive($0["size"]) }, "positive factors"),
        (["RepeatVector"], { isPositive($0["n"]) }, "a positive n"),
        (["Resizing"], { isPositive($0["height"]) && isPositive($0["width"]) }, "positive sizes"),
        (
            ["Permute"],
            {
                let dims = numbers($0["dims"]); return dims.sorted() == Array(1..<dims.count + 1)
            }, "dims that are 1, 2, ... in some order"
        ),
        (["GroupNormalization"], { $0["groups"] == .integer(-1) || isPositive($0["groups"]) }, "a positive number of groups, or -1"),
        (["Embedding"], { isPositive($0["input_dim"]) && isPositive($0["output_dim"]) }, "a table that is not empty"),
        (["Dense"], { isPositive($0["units"]) }, "a positive number of units"),
    ]

    /// A number, or all numbers of a list and of the lists in it.
    private static func numbers(_ value: JSONValue?) -> [Int] {
        if let integer = value?.integer { return [integer] }
        return (value?.array ?? []).flatMap { $0.integer.map { [$0] } ?? ($0.array ?? []).compactMap(\.integer) }
    }

    private static func isPositive(_ value: JSONValue?) -> Bool { numbers(value).allSatisfy { $0 > 0 } }
    private static func isAboveOne(_ value: JSONValue?) -> Bool { numbers(value).contains { $0 > 1 } }
}
