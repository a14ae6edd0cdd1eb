import ModelCore
import ModelGraph

// Pooling.
extension TorchFlow {
    mutating func pooling(_ kind: PoolingKind, spatialRank: Int) throws(ModelError) -> String {
        let input = try input()
        let layout = try layout(spatialRank: spatialRank, of: input)
        if let sizes = try extents(named: "kernel_size"), sizes.contains(where: { $0.known == nil }) {
            return try pooling(kind, over: sizes, layout, of: input)
        }
        let window = try integers("kernel_size", count: spatialRank)
        let amounts = try integers("padding", count: spatialRank, default: 0)
        if argument(["divisor_override"]) != nil { throw unsupported("divides by a number of its own") }
        let strides = try integers("stride", count: spatialRank, default: 0)
        let operation = Pooling(
            kind: kind, layout: layout, window: window, strides: strides.allSatisfy { $0 == 0 } ? window : strides,
            dilations: try integers("dilation", count: spatialRank, default: 1),
            padding: amounts.allSatisfy { $0 == 0 } ? .valid : .explicit(before: amounts, after: amounts, mode: .constant),
            countIncludesPadding: kind == .average ? try bool("count_include_pad", default: true) : false,
            ceilMode: try bool("ceil_mode", default: false))
        return try emit(operation.erased, [input])
    }

    /// Windows whose sizes are known when the network runs: side by side, without padding.
    private mutating func pooling(_ kind: PoolingKind, over sizes: [TorchSize], _ layout: DataLayout, of input: String) throws(ModelError) -> String {
        let windows = sizes.count == 1 ? layout.spatialAxes.map { _ in sizes[0] } : sizes
        let strides = try extents(named: "stride") ?? []
        let padding = try integers("padding", count: layout.spatialRank, default: 0)
        let dilations = try integers("dilation", count: layout.spatialRank, default: 1)
        let roundsUp = try bool("ceil_mode", default: false)
        let isPlain = (strides.isEmpty || strides == sizes) && padding.allSatisfy { $0 == 0 } && dilations.allSatisfy { $0 == 1 }
        guard isPlain, !roundsUp, argument(["divisor_override"]) == nil, windows.count == layout.spatialRank else {
            throw openSize("as 'kernel_size'")
        }
        if windows == layout.spatialAxes.map({ extent(input, $0) }) {
            return try emit(GlobalPooling(kind: kind, layout: layout, keepsAxes: true).erased, [input])
        }
        let ones = windows.map { _ in 1 }
        let operation = Pooling(kind: kind, layout: layout, window: ones, strides: ones, padding: .valid)
        return try emit(operation.erased, sizes: ["window": windows, "strides": windows], input)
    }

    mutating func adaptivePooling(_ kind: PoolingKind, spatialRank: Int) throws(ModelError) -> String {
        let input = try input()
        let layout = try layout(spatialRank: spatialRank, of: input)
        var sizes: [TorchSize] = []
        let given: [TorchArgument] =
            if case .list(let items)? = argument(["output_size"]) { items } else { argument(["output_size"]).map { [$0] } ?? [] }
        for (position, axis) in layout.spatialAxes.enumerated() {
            let wanted = given.count == 1 ? given[0] : given.indices.contains(position) ? given[position] : .other("")
            if wanted == .none {
                sizes.append(extent(input, axis))
            } else if let size = try size(wanted)?.extent {
                sizes.append(size)
            } else {
                throw unsupported("has no sizes as 'output_size'")
            }
        }
        if sizes.allSatisfy({ $0.known == 1 }) { return try emit(GlobalPooling(kind: kind, layout: layout, keepsAxes: true).erased, [input]) }
        let operation = AdaptivePooling(kind: kind, layout: layout, outputSize: sizes.map { _ in 1 })
        return try emit(operation.erased, sizes: ["output_size": sizes], input)
    }
}
