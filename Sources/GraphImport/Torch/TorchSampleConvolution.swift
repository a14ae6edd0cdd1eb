import ModelCore
import ModelGraph

// A convolution whose kernel is another one for each sample: the samples are groups, as `F.conv2d(x.view(1, n * c, h, w), kernels, groups=n)`. Dynamic
// convolutions, modulated ones and cross-correlations are written so. It is a product of matrices: kernels by the cells that they see.
extension TorchFlow {
    /// The sizes of such a convolution for one sample.
    private struct SampleConvolution {
        let channels: Int
        let outputs: Int
        let groups: Int
        let kernel: [Int]
        let strides: [Int]
        let dilations: [Int]

        var cells: Int { kernel.reduce(1, *) }
    }

    /// - Returns: `nil` for a call whose kernel is a tensor of the file, and for other functions.
    mutating func convolutionOfSamples(_ function: TorchFunction) throws(ModelError) -> TorchValue? {
        guard [.conv1d, .conv2d, .conv3d, .convolution, .convolutionOld].contains(function), let kernel = seen("weight"), let input = seen("input")
        else {
            return nil
        }
        let (image, sizes) = (try imageOfSamples(input), try sampleConvolution(kernel, input))
        let padding = try padding(Array(repeating: 1, count: 2) + sizes.kernel, sizes.dilations, isTransposed: false)
        disregard("output_padding")
        var value = image
        if case .explicit(let before, let after, _) = padding, (before + after).contains(where: { $0 != 0 }) {
            let pad = Pad(before: [0, 0] + before, after: [0, 0] + after, mode: .constant, value: 0)
            value = try emit("padded", pad.erased, [value])
        }
        let (cells, places) = try cells(value, sizes)
        guard let terms = (sizes.channels / sizes.groups).multiplied(by: sizes.cells), let count = places.checkedProduct else {
            throw unsupported("has too many cells")
        }
        let rows: [Int?] = [nil, sizes.groups, terms, count]
        let kernels: [Int?] = [nil, sizes.groups, sizes.outputs / sizes.groups, terms]
        guard case .tensor(let right) = try reshaped(cells, rows[...], part: "rows"),
            case .tensor(let left) = try reshaped(kernel.value, kernels[...], part: "kernels")
        else { return nil }
        var product = try emit("product", MatMul().erased, [left, right])
        if let bias = try biasOfSamples(sizes) { product = try emit("biased", Merge(.add).erased, [product, bias]) }
        let whole = [nil, 1] + (sizes.outputs > 1 ? [sizes.outputs] : []) + places.map { $0 }
        guard case .tensor(let result) = try reshaped(product, whole[...]) else { return nil }
        return self.result(TorchView(value: result, rank: input.rank, axis: 1, hasInner: sizes.outputs > 1))
    }

    /// `[1, samples * C, ...]` as a value `[samples, C, ...]`. Of a network that was recorded with one sample that is how it stands already.
    private mutating func imageOfSamples(_ view: TorchView) throws(ModelError) -> String {
        if view.isPlain, recordedBatch == 1 { return view.value }
        let extent = try extent(view)
        guard view.axis == 1, extent.before == [1], extent.outer == 1 else { throw samples() }
        let sizes: [TorchSize] = [1, .constant(extent.inner)] + extent.after
        guard case .tensor(let image) = try reshaped(view.value, sizes[...], part: "image") else { throw samples() }
        return image
    }

    private func sampleConvolution(_ kernel: TorchView, _ input: TorchView) throws(ModelError) -> SampleConvolution {
        if try bool("transposed", default: false) { throw unsupported("is transposed, with another kernel for each sample") }
        let extent = try extent(kernel)
        let sizes = extent.after.compactMap(\.known)
        let groups: Int
        let given: TorchValue? = if let argument = argument(["groups"]) { try size(argument) } else { .integer(1) }
        switch given {
        case .samples(let count)?: groups = count
        case .integer(let count)?:
            // The number of samples with which the network was recorded is in it.
            guard let recorded = recordedBatch, recorded >= 1, count % recorded == 0, kernel.hasInner || recorded > 1 else { throw samples() }
            groups = count / recorded
        default: throw samples()
        }
        let channels = input.isPlain ? try knownSize(input.value, 1) : try self.extent(input).inner
        guard kernel.axis == 0, extent.outer == 1, sizes.count == kernel.rank - 1, (3...5).contains(kernel.rank), input.rank == kernel.rank,
            groups >= 1, channels % groups == 0, extent.inner % groups == 0, sizes[0] == channels / groups
        else { throw samples() }
        return SampleConvolution(
            channels: channels, outputs: extent.inner, groups: groups, kernel: Array(sizes.dropFirst()),
            strides: try integers("stride", count: kernel.rank - 2, default: 1),
            dilations: try integers("dilation", count: kernel.rank - 2, default: 1))
    }

    /// For each cell of the kernel what it meets at every place, `[samples, C, cells, places]`, and the number of places along each axis.
    private mutating func cells(_ value: String, _ sizes: SampleConvolution) throws(ModelError) -> (value: String, places: [Int]) {
        try requireParts(sizes.cells)
        var places: [Int] = []
        for (position, size) in sizes.kernel.enumerated() {
            let (stride, dilation) = (sizes.strides[position], sizes.dilations[position])
            let whole = try knownSize(value, position + 2)
            guard stride >= 1, dilation >= 1, let reach = (size - 1).multiplied(by: dilation), reach < whole else {
                throw unsupported("has a kernel of \(size) cells over \(whole) elements")
            }
            places.append((whole - reach - 1) / stride + 1)
        }
        var parts: [String] = []
        for cell in 0..<sizes.cells {
            var (part, rest) = (value, cell)
            for position in sizes.kernel.indices.reversed() {
                let (quotient, index) = rest.quotientAndRemainder(dividingBy: sizes.kernel[position])
                rest = quotient
                let (axis, stride, start) = (position + 2, sizes.strides[position], index * sizes.dilations[position])
                part = try cropped(part, axis, from: start, to: start + (places[position] - 1) * stride + 1, part: "cell_\(cell)_\(position)")
                if stride > 1 { part = try strided(part, axis, stride, part: "step_\(cell)_\(position)") }
            }
            let row: [Int?] = [nil, sizes.channels, 1] + places.map { $0 }
            guard case .tensor(let column) = try reshaped(part, row[...], part: "column_\(cell)") else { continue }
            parts.append(column)
        }
        return (parts.count == 1 ? parts[0] : try emit("cells", Concatenate(axis: 2).erased, parts), places)
    }

    /// A bias for each output of each sample.
    private mutating func biasOfSamples(_ sizes: SampleConvolution) throws(ModelError) -> String? {
        guard argument(["bias"]) != nil else { return nil }
        guard let view = seen("bias"), view.rank == 1, try extent(view).inner == sizes.outputs else { throw samples() }
        let row: [Int?] = [nil, sizes.groups, sizes.outputs / sizes.groups, 1]
        guard case .tensor(let bias) = try reshaped(view.value, row[...], part: "bias") else { return nil }
        return bias
    }
}
