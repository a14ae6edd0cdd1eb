import ModelCore
import ModelGraph

// Convolutions and products with weights.
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
        let padding = try padding(kernel.source.shape, dilations)
        let groups = try integer("groups", default: 1)
        var weights: [String: String] = [:]
        guard let kernelLayout = isTransposed ? KernelLayout.inputFirst(spatialRank: spatialRank) : .outputFirst(spatialRank: spatialRank) else {
            throw unsupported("has a kernel of shape \(kernel.source.shape)")
        }
        weights["kernel"] = use(kernel, kernelLayout)
        if let bias = try vector("bias") { weights["bias"] = use(bias, .vector) }
        let operation: Operator =
            isTransposed
            ? TransposedConvolution(
                layout: layout, strides: strides, dilations: dilations, groups: groups, padding: padding,
                outputPadding: try integers("output_padding", count: spatialRank, default: 0)
            ).erased
            : Convolution(layout: layout, strides: strides, dilations: dilations, groups: groups, padding: padding).erased
        return try emit(operation, [input], weights: weights)
    }

    /// The same on both sides; `same` puts the odd cell after.
    private func padding(_ kernel: [Int], _ dilations: [Int]) throws(ModelError) -> Padding {
        let count = dilations.count
        guard case .text(let name)? = argument(["padding"]) else {
            let amounts = try integers("padding", count: count, default: 0)
            return amounts.allSatisfy { $0 == 0 } && !isTransposedCall ? .valid : .explicit(before: amounts, after: amounts, mode: .constant)
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

    /// Where no padding is given explicitly, the output's size of a transposed convolution follows Keras.
    private var isTransposedCall: Bool { call.function.contains("transpose") || call.arguments["transposed"] == .bool(true) }

    /// Along the last axis.
    mutating func product(_ function: TorchFunction) throws(ModelError) -> String {
        let (inputs, matrix): ([String], [String]) =
            switch function {
            case .linear: (["input"], ["weight"])
            case .addmm: (["mat1"], ["mat2"])
            case .mm: (["self"], ["mat2"])
            default: (["self"], ["other"])
            }
        guard case .value(let name)? = argument(inputs), case .tensor(let input)? = values[name], case .value(let other)? = argument(matrix),
            case .weight(let key)? = values[other], let kernel = weights[key], kernel.source.shape.count == 2
        else { throw unsupported("multiplies what is no tensor by a matrix of the file") }
        let factors = (try number("beta", default: 1), try number("alpha", default: 1))
        if function == .addmm, factors != (1, 1) { throw unsupported("scales its terms") }
        var used = ["kernel": use(kernel, function == .linear ? .oi : .io)]
        if function == .linear, let bias = try vector("bias") { used["bias"] = use(bias, .vector) }
        if function == .addmm {
            guard let bias = try vector("self") else { throw unsupported("adds no tensor of the file") }
            used["bias"] = use(bias, .vector)
        }
        return try emit(Dense().erased, [input], weights: used)
    }
}
