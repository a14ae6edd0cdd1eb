import ModelCore
import ModelGraph

// Pooling.
extension TorchFlow {
    mutating func pooling(_ kind: PoolingKind, spatialRank: Int) throws(ModelError) -> String {
        let input = try input()
        let layout = try layout(spatialRank: spatialRank, of: input)
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

    mutating func adaptivePooling(_ kind: PoolingKind, spatialRank: Int) throws(ModelError) -> String {
        let input = try input()
        let layout = try layout(spatialRank: spatialRank, of: input)
        var sizes: [Int] = []
        let given: [TorchArgument] =
            if case .list(let items)? = argument(["output_size"]) { items } else { argument(["output_size"]).map { [$0] } ?? [] }
        for (position, axis) in layout.spatialAxes.enumerated() {
            let wanted = given.count == 1 ? given[0] : given.indices.contains(position) ? given[position] : .other("")
            if wanted == .none {
                sizes.append(try knownSize(input, axis))
            } else if case .integer(let size)? = try size(wanted) {
                sizes.append(size)
            } else {
                throw unsupported("has no sizes as 'output_size'")
            }
        }
        if sizes.allSatisfy({ $0 == 1 }) { return try emit(GlobalPooling(kind: kind, layout: layout, keepsAxes: true).erased, [input]) }
        return try emit(AdaptivePooling(kind: kind, layout: layout, outputSize: sizes).erased, [input])
    }
}
