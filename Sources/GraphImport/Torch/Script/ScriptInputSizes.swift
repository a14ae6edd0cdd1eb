import ModelCore

/// The sizes of an input as the first layer with a kernel tells them: as many axes as the kernel is for, and its channels. Other sizes are open.
struct ScriptInputSizes {
    private let network: TorchNetwork

    init(_ network: TorchNetwork) {
        self.network = network
    }

    /// - Returns: sizes without samples; `nil` where no call says them.
    func sizes(of input: String) -> [Int?]? {
        // What has the axes and the channels of the input.
        var alike: Set<String> = [input]
        for call in network.calls {
            guard case .value(let source)? = call.arguments["self"] ?? call.arguments["input"], alike.contains(source),
                let function = TorchFunction(call.function)
            else { continue }
            if let sizes = sizes(function, call) { return sizes }
            if function.keepsChannels { alike.formUnion(call.outputs.prefix(1)) }
        }
        return nil
    }

    private func sizes(_ function: TorchFunction, _ call: TorchCall) -> [Int?]? {
        guard case .value(let name)? = call.arguments["weight"], let kernel = network.weights[name]?.source.shape else { return nil }
        let isTransposed: Bool
        switch function {
        case .conv1d, .conv2d, .conv3d, .convolutionMode: isTransposed = false
        case .convTranspose1d, .convTranspose2d, .convTranspose3d: isTransposed = true
        case .convolution, .convolutionOld: isTransposed = call.arguments["transposed"] == .bool(true)
        // Rows alone: a traced network has its other axes in what comes before.
        case .linear: return kernel.count == 2 ? [kernel[1]] : nil
        default: return nil
        }
        var groups = 1
        if case .integer(let given)? = call.arguments["groups"] { groups = given }
        guard kernel.count >= 3, let channels = isTransposed ? kernel[0] : kernel[1].multiplied(by: groups), channels >= 1 else { return nil }
        return [channels] + Array(repeating: nil, count: kernel.count - 2)
    }
}

extension TorchFunction {
    /// Whether the result has as many axes and channels as the first argument.
    fileprivate var keepsChannels: Bool {
        switch self {
        case .add, .sub, .mul, .div, .subtract, .multiply, .divide, .pad, .constantPad, .reflectionPad2d, .replicationPad2d, .batchNorm,
            .instanceNorm,
            .relu, .relu6, .clamp, .maxPool2d, .avgPool2d, .neg, .upsampleBilinear2d, .upsampleNearest2d, .upsampleBicubic2d:
            true
        default: isIdentity
        }
    }
}
