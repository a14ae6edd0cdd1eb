import ByteIO
import ModelCore
import ModelGraph

// Functions of images: windows, blocks of pixels, other sizes.
extension KerasOperation {
    static let images: [String: Steps] = [
        "MaxPool": pool("MaxPooling"), "AveragePool": pool("AveragePooling"), "AdaptiveMaxPool": pool("AdaptiveMaxPooling"),
        "AdaptiveAveragePool": pool("AdaptiveAveragePooling"), "Pool": poolOfType, "DepthToSpace": depthToSpace, "SpaceToDepth": spaceToDepth,
        "Resize": resize, "ResizeImages": resizeImages, "CropImages": cropImages, "PadImages": padImages, "RGBToGrayscale": grayscale,
        "TransposeImages": transpose,
    ]

    private static var transpose: Steps {
        { layer, shapes throws(ModelError) in
            try requireImages(layer, shapes)
            return [KerasStep("transpose", Transpose(permutation: [0, 2, 1, 3]).erased)]
        }
    }

    @discardableResult
    private static func requireImages(_ layer: KerasLayer, _ shapes: [Shape]) throws(ModelError) -> Shape {
        guard let shape = shapes.first, shape.rank == 4 else {
            throw layer.problem("keras.unsupported-call", "is called with \(shapes.first ?? Shape([])), expected images with samples and channels")
        }
        return shape
    }

    /// The operator has a layer's settings.
    private static func pool(_ name: String) -> Steps {
        { layer, shapes throws(ModelError) in
            let rank = (shapes.first?.rank ?? 0) - 2
            guard let kind = KerasLayerKind.all["\(name)\(rank)D"] else {
                throw layer.problem(
                    "keras.unsupported-call", "pools \(shapes.first ?? Shape([])), which has no one to three axes between samples and channels")
            }
            return try kind.steps(layer, shapes)
        }
    }

    private static var poolOfType: Steps {
        { layer, shapes throws(ModelError) in
            switch try layer.string("pooling_type") {
            case "max": try pool("MaxPooling")(layer, shapes)
            case "avg": try pool("AveragePooling")(layer, shapes)
            case let other: throw layer.problem("keras.unsupported-call", "pools by '\(other)', expected max or avg", key: "pooling_type")
            }
        }
    }

    private static func blocks(_ layer: KerasLayer, _ shapes: [Shape]) throws(ModelError) -> (size: Int, height: Int, width: Int, channels: Int) {
        let block = try layer.integer("block_size")
        guard try layer.dataLayout(spatialRank: 2).isChannelsLast else {
            throw layer.problem("keras.unsupported-call", "takes blocks of pixels with channels first", key: "data_format")
        }
        guard let shape = shapes.first, shape.rank == 4, let height = shape[1], let width = shape[2], let channels = shape[3], block >= 1,
            block <= 1 << 15
        else {
            throw layer.problem(
                "keras.unsupported-call", "takes blocks of \(block) from \(shapes.first ?? Shape([])), expected known sizes")
        }
        return (block, height, width, channels)
    }

    /// Blocks of channels become blocks of pixels: `[N, H, W, B * B * C]` is `[N, H, W, B, B, C]`, then `[N, H, B, W, B, C]`.
    private static var depthToSpace: Steps {
        { layer, shapes throws(ModelError) in
            let (block, height, width, channels) = try blocks(layer, shapes)
            guard channels % (block * block) == 0, let high = height.multiplied(by: block), let wide = width.multiplied(by: block) else {
                throw layer.problem("keras.unsupported-call", "makes blocks of \(block) by \(block) of \(channels) channels")
            }
            let depth = channels / block / block
            return [
                KerasStep("blocks", Reshape(sizes: [height, width, block, block, depth]).erased),
                KerasStep("pixels", Transpose(permutation: [0, 1, 3, 2, 4, 5]).erased),
                KerasStep("image", Reshape(sizes: [high, wide, depth]).erased),
            ]
        }
    }

    /// Blocks of pixels become blocks of channels.
    private static var spaceToDepth: Steps {
        { layer, shapes throws(ModelError) in
            let (block, height, width, channels) = try blocks(layer, shapes)
            guard height % block == 0, width % block == 0, let depth = channels.multiplied(by: block * block) else {
                throw layer.problem("keras.unsupported-call", "takes blocks of \(block) by \(block) from \(height) by \(width)")
            }
            return [
                KerasStep("pixels", Reshape(sizes: [height / block, block, width / block, block, channels]).erased),
                KerasStep("blocks", Transpose(permutation: [0, 1, 3, 2, 4, 5]).erased),
                KerasStep("image", Reshape(sizes: [height / block, width / block, depth]).erased),
            ]
        }
    }

    private static var resize: Steps {
        { layer, shapes throws(ModelError) in
            try requireImages(layer, shapes)
            for flag in ["antialias", "crop_to_aspect_ratio", "pad_to_aspect_ratio"] where try layer.bool(flag, default: false) {
                throw layer.problem("keras.unsupported", "resizes with \(flag), which cnnconvert cannot convert", key: flag)
            }
            let operation = Resize(
                layout: try layer.dataLayout(spatialRank: 2), target: .sizes(try layer.integers("size", count: 2)),
                interpolation: try interpolation(layer, default: "bilinear"))
            return [KerasStep("resize", operation.erased)]
        }
    }

    /// TensorFlow's resizing, whose positions are those of the call and not of the version.
    private static var resizeImages: Steps {
        { layer, shapes throws(ModelError) in
            try requireImages(layer, shapes)
            let name = try layer.string("interpolation", default: "bilinear")
            let kinds: [String: Interpolation] = [
                "nearest": .nearest, "bilinear": .linear, "area": .area, "bicubic": .cubic(coefficient: -0.5, tableSize: 1024),
                "lanczos3": .lanczos(radius: 3), "lanczos5": .lanczos(radius: 5),
            ]
            guard let kind = kinds[name] else {
                throw layer.problem("keras.unsupported", "interpolates by '\(name)', which cnnconvert cannot convert", key: "interpolation")
            }
            let isHalfPixel = try layer.bool("half_pixel_centers", default: name == "area")
            let isAligned = try layer.bool("align_corners", default: false)
            let positions: ResizePositions = isAligned ? .alignedCorners : isHalfPixel ? .halfPixel : .leadingEdge
            guard positions == .halfPixel || name == "bilinear" || name == "nearest" && !isAligned, !(isHalfPixel && isAligned) || name == "area"
            else {
                let flag = isAligned ? "align_corners" : "half_pixel_centers"
                throw layer.problem(
                    "keras.unsupported", "interpolates by '\(name)' with \(flag) \(isAligned), which cnnconvert cannot convert", key: flag)
            }
            let operation = Resize(
                layout: .nhwc, target: .sizes(try layer.integers("size", count: 2)), interpolation: kind, positions: positions)
            return [KerasStep("resize", operation.erased)]
        }
    }

    /// What stands before and after along height and width: each where it is given, or what the other and the size that is wanted leave.
    private static func borders(
        _ layer: KerasLayer, _ shape: Shape, _ what: String, isPadding: Bool
    ) throws(ModelError) -> (before: [Int], after: [Int]) {
        let layout = try layer.dataLayout(spatialRank: 2)
        var (before, after) = (Array(repeating: 0, count: 4), Array(repeating: 0, count: 4))
        for (axis, keys) in zip(layout.spatialAxes, [("top", "bottom", "target_height"), ("left", "right", "target_width")]) {
            func amount(_ key: String) throws(ModelError) -> Int? { layer.gives(key) ? try layer.integer(key) : nil }
            let (first, last) = (try amount("\(keys.0)_\(what)"), try amount("\(keys.1)_\(what)"))
            let wanted = try amount(keys.2)
            var change: Int?
            if let wanted, let size = shape[axis], wanted >= 1, wanted <= GraphLimits.size { change = isPadding ? wanted - size : size - wanted }
            let all = [first, last, change].compactMap(\.self)
            guard all.count == 2, all.allSatisfy({ $0 >= 0 && $0 <= GraphLimits.size }) else {
                throw layer.problem(
                    "keras.unsupported-call", "needs two of \(keys.0)_\(what), \(keys.1)_\(what) and \(keys.2), of an axis of known size")
            }
            before[axis] = first ?? (change ?? 0) - (last ?? 0)
            after[axis] = last ?? (change ?? 0) - (first ?? 0)
            guard before[axis] >= 0, after[axis] >= 0 else {
                throw layer.problem("keras.unsupported-call", "has \(what) that leaves its \(keys.2) no room", key: keys.2)
            }
        }
        return (before, after)
    }

    private static var cropImages: Steps {
        { layer, shapes throws(ModelError) in
            let (before, after) = try borders(layer, try requireImages(layer, shapes), "cropping", isPadding: false)
            return [KerasStep("crop", Crop(before: before, after: after).erased)]
        }
    }

    private static var padImages: Steps {
        { layer, shapes throws(ModelError) in
            let (before, after) = try borders(layer, try requireImages(layer, shapes), "padding", isPadding: true)
            return [KerasStep("pad", Pad(before: before, after: after).erased)]
        }
    }

    /// One channel of three, weighted as the eye sees them.
    private static var grayscale: Steps {
        { layer, shapes throws(ModelError) in
            let shape = try requireImages(layer, shapes)
            let layout = try layer.dataLayout(spatialRank: 2)
            let axis = layout.isChannelsLast ? 3 : 1
            guard shape[axis] == 3, let weights = Tensor<Float>(shape: layout.isChannelsLast ? [3] : [3, 1, 1], scalars: [0.2989, 0.587, 0.114])
            else {
                throw layer.problem("keras.unsupported-call", "makes one channel of \(shape), expected three")
            }
            return constantSteps(.multiply, weights, constantIsFirst: false) + [
                KerasStep("sum", Reduce(kind: .sum, axes: [axis], keepsAxes: true).erased)
            ]
        }
    }
}
