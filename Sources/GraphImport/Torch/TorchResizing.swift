import ModelCore
import ModelGraph

// Other sizes.
extension TorchFlow {
    mutating func resize(_ function: TorchFunction, spatialRank: Int) throws(ModelError) -> String {
        let input = try input()
        let layout = try layout(spatialRank: spatialRank, of: input)
        let aligns = try bool("align_corners", default: false)
        let target: ResizeTarget
        let sizes = try extents(named: "output_size")
        if let sizes {
            guard sizes.count == spatialRank else { throw unsupported("makes \(sizes.count) sizes, expected \(spatialRank)") }
            let known = sizes.compactMap(\.known)
            target = known.count == sizes.count ? try self.target(known, aligns: aligns, of: input, layout) : .sizes(sizes.map { $0.known ?? 1 })
        } else if let factors = try numbers("scale_factors") {
            guard factors.count == spatialRank, factors.allSatisfy({ $0.isFinite && $0 > 0 }) else { throw unsupported("has factors \(factors)") }
            target =
                factors.allSatisfy { $0 == $0.rounded() && $0 <= Double(GraphLimits.size) } ? .factors(factors.map { Int($0) }) : .scales(factors)
        } else {
            throw unsupported("has neither sizes nor factors")
        }
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
        let resize = Resize(layout: layout, target: target, interpolation: interpolation, positions: positions).erased
        return if let sizes, case .sizes = target { try emit(resize, sizes: ["sizes": sizes], input) } else { try emit(resize, [input]) }
    }

    /// Sizes, beside which scales may say how long an element of the output is. Corners that are aligned need none.
    private func target(_ sizes: [Int], aligns: Bool, of input: String, _ layout: DataLayout) throws(ModelError) -> ResizeTarget {
        let names = sizes.count == 1 ? ["scales"] : ["scales_d", "scales_h", "scales_w"].suffix(sizes.count)
        var scales: [Double] = []
        for name in names { if let scale = try number(name) { scales.append(scale) } }
        guard !aligns, !scales.isEmpty else { return .sizes(sizes) }
        guard scales.count == sizes.count, scales.allSatisfy({ $0.isFinite && $0 > 0 }) else { throw unsupported("has scales \(scales)") }
        var isRatio = true
        for (axis, (size, scale)) in zip(layout.spatialAxes, zip(sizes, scales)) {
            let length = Double(try knownSize(input, axis))
            isRatio = isRatio && length * scale == Double(size)
            guard (length * scale).rounded(.down) == Double(size) else { throw unsupported("makes sizes \(sizes) by scales \(scales)") }
        }
        return isRatio ? .sizes(sizes) : .scales(scales)
    }
}
