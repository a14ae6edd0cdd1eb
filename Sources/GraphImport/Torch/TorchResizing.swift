import ModelCore
import ModelGraph

// Other sizes.
extension TorchFlow {
    mutating func resize(_ function: TorchFunction, spatialRank: Int) throws(ModelError) -> String {
        let input = try input()
        let layout = try layout(spatialRank: spatialRank, of: input)
        let target: ResizeTarget
        if let sizes = try list("output_size") {
            guard sizes.count == spatialRank else { throw unsupported("makes sizes \(sizes), expected \(spatialRank)") }
            target = .sizes(sizes)
        } else if let factors = try numbers("scale_factors") {
            guard factors.count == spatialRank, factors.allSatisfy({ $0.isFinite && $0 > 0 }) else { throw unsupported("has factors \(factors)") }
            target =
                factors.allSatisfy { $0 == $0.rounded() && $0 <= Double(GraphLimits.size) } ? .factors(factors.map { Int($0) }) : .scales(factors)
        } else {
            throw unsupported("has neither sizes nor factors")
        }
        let aligns = try bool("align_corners", default: false)
        let interpolation: Interpolation
        var positions = aligns ? ResizePositions.alignedCorners : .halfPixel
        switch function {
        case .upsampleNearest1d, .upsampleNearest2d, .upsampleNearest3d:
            interpolation = .nearest
            positions = .leadingEdge
        case .upsampleNearestExact1d, .upsampleNearestExact2d, .upsampleNearestExact3d: interpolation = .nearest
        case .upsampleBicubic2d: interpolation = .cubicReplicated(coefficient: -0.75)
        default: interpolation = .linear
        }
        return try emit(Resize(layout: layout, target: target, interpolation: interpolation, positions: positions).erased, [input])
    }
}
