import ModelCore
import ModelGraph

// Convolutions.
extension TorchFlow {
    mutating func convolution(_ function: TorchFunction) throws(ModelError) -> String {
        let isTransposed =
            switch function {
            case .convTranspose1d, .convTranspose2d, .convTranspose3d: true
            case .convolution, .convolutionOld: try bool("transposed", default: false)
            default: false
            }
        let input = try input()
        let kernel = try requiredWeight("weight")
        let spatialRank = kernel.source.shape.count - 2
        guard (1...3).contains(spatialRank) else { throw unsupported("has a kernel of shape \(kernel.source.shape), expected 3 to 5 axes") }
        let layout = try layout(spatialRank: spatialRank, of: input)
        let strides = try integers("stride", count: spatialRank, default: 1)
        let dilations = try integers("dilation", count: spatialRank, default: 1)
        let padding = try padding(kernel.source.shape, dilations, isTransposed: isTransposed)
        let groups = try integer("groups", default: 1)
        if !isTransposed { disregard("output_padding") }
        var weights: [String: String] = [:]
        guard let kernelLayout = isTransposed ? KernelLayout.inputFirst(spatialRank: spatialRank) : .outputFirst(spatialRank: spatialRank) else {
            throw unsupported("has a kernel of shape \(kernel.source.shape)")
        }
        weights["kernel"] = try use(kernel, kernelLayout)
        if let bias = try vector("bias") { weights["bias"] = try use(bias, .vector) }
        let operation: Operator =
            isTransposed
            ? TransposedConvolution(
                layout: layout, strides: strides, dilations: dilations, groups: groups, padding: padding,
                outputPadding: try integers("output_padding", count: spatialRank, default: 0)
            ).erased
            : Convolution(layout: layout, strides: strides, dilations: dilations, groups: groups, padding: padding).erased
        return try emit(operation, [input], weights: weights)
    }

    /// The same on both sides; `same` puts the odd cell after. Where a transposed convolution has no padding, `valid` would be Keras' output size.
    func padding(_ kernel: [Int], _ dilations: [Int], isTransposed: Bool) throws(ModelError) -> Padding {
        let count = dilations.count
        guard case .text(let name)? = argument(["padding"]) else {
            let amounts = try integers("padding", count: count, default: 0)
            return amounts.allSatisfy { $0 == 0 } && !isTransposed ? .valid : .explicit(before: amounts, after: amounts, mode: .constant)
        }
        switch name {
        case "valid": return .valid
        case "same":
            var (before, after): ([Int], [Int]) = ([], [])
            for (size, dilation) in zip(kernel.suffix(count), dilations) {
                guard let total = (size - 1).multiplied(by: dilation), total >= 0 else { throw unsupported("has a dilation of \(dilation)") }
                before.append(total / 2)
                after.append(total - total / 2)
            }
            return .explicit(before: before, after: after, mode: .constant)
        default: throw unsupported("has padding '\(name)'")
        }
    }
}
