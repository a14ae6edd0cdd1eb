import ModelCore
import ModelGraph

// `F.unfold` and `F.fold` of patches that neither overlap nor leave a gap: elements in other places.
extension TorchFlow {
    /// `[N, C, H, W]` becomes `[N, C * p * q, H / p * W / q]`.
    mutating func unfolded() throws(ModelError) -> TorchValue {
        let input = try input()
        guard shape(input).rank == 4 else { throw unsupported("is called with \(shape(input)), expected 4 axes") }
        let (channels, height, width) = (try knownSize(input, 1), try knownSize(input, 2), try knownSize(input, 3))
        let patch = try patches(height, width)
        guard let rows = [channels, patch[0], patch[1]].checkedProduct else { throw unsupported("makes patches of \(patch)") }
        let (down, right) = (height / patch[0], width / patch[1])
        guard case .tensor(let parts) = try reshaped(input, [nil, channels, down, patch[0], right, patch[1]], part: "parts") else { return .nothing }
        let moved = try emit("moved", Transpose(permutation: [0, 1, 3, 5, 2, 4]).erased, [parts])
        return try reshaped(moved, [nil, rows, down * right])
    }

    /// The way back.
    mutating func foldedPatches() throws(ModelError) -> TorchValue {
        let input = try input()
        guard shape(input).rank == 3 else { throw unsupported("is called with \(shape(input)), expected 3 axes") }
        let size = try integers("output_size", count: 2)
        let patch = try patches(size[0], size[1])
        let (rows, places) = (try knownSize(input, 1), try knownSize(input, 2))
        guard let count = patch.checkedProduct, rows % count == 0, places == size[0] / patch[0] * (size[1] / patch[1]) else {
            throw unsupported("puts \(shape(input)) together to \(size)")
        }
        let (down, right) = (size[0] / patch[0], size[1] / patch[1])
        let sizes = [nil, rows / count, patch[0], patch[1], down, right]
        guard case .tensor(let parts) = try reshaped(input, sizes[...], part: "parts") else { return .nothing }
        let moved = try emit("moved", Transpose(permutation: [0, 1, 4, 2, 5, 3]).erased, [parts])
        return try reshaped(moved, [nil, rows / count, size[0], size[1]])
    }

    /// The size of patches that cover an image once.
    private func patches(_ height: Int, _ width: Int) throws(ModelError) -> [Int] {
        let patch = try integers("kernel_size", count: 2)
        let (strides, padding) = (try integers("stride", count: 2, default: 1), try integers("padding", count: 2, default: 0))
        guard patch.allSatisfy({ $0 >= 1 && $0 <= GraphLimits.size }), strides == patch, padding == [0, 0],
            try integers("dilation", count: 2, default: 1) == [1, 1], height >= 1, width >= 1, height <= GraphLimits.size, width <= GraphLimits.size,
            height % patch[0] == 0, width % patch[1] == 0
        else { throw unsupported("takes patches that overlap, are padded, or leave something of \(height) by \(width)") }
        return patch
    }
}
