import ByteIO
import ModelCore
import ModelGraph

extension KerasLowering {
    /// Conv1D to Conv3D, DepthwiseConv or SeparableConv.
    func convolution(_ operation: Convolution) throws(KerasObstacle) -> [KerasPiece] {
        let rank = operation.layout.spatialRank
        guard let layout = KernelLayout.windowFirst(spatialRank: rank),
            let kernel = try variable("kernel", of: unit.core, as: "kernel", layout: layout)
        else { throw KerasObstacle("is a convolution of rank \(rank), Keras has ranks 1 to 3") }
        if let depthwise = unit.depthwise { return try separable(operation, kernel, after: depthwise) }
        let window = Array(kernel.source.shape.prefix(rank))
        let bias = try variable("bias", of: unit.core, as: "bias")
        let isApart = operation.isStridedAndDilated
        let dense = isApart ? try withoutStrides(operation, window) : operation
        var list = KerasPieceList()
        var config = try settings(dense, window: window, hasBias: bias != nil)
        let padded = try explicitPadding(dense.padding, dense.layout, &config, &list)
        var piece: KerasPiece
        if isDepthwise(dense, kernel) {
            let multiplier = kernel.source.shape[rank + 1] / operation.groups
            config["depth_multiplier"] = .integer(multiplier)
            let view = kernel.reshaped(window + [operation.groups, multiplier])
            piece = KerasPiece(className: "DepthwiseConv\(rank)D", config: config, variables: [view, bias].compactMap(\.self))
        } else {
            config["filters"] = .integer(kernel.source.shape[rank + 1])
            config["groups"] = .integer(operation.groups)
            piece = KerasPiece(className: "Conv\(rank)D", config: config, variables: [kernel, bias].compactMap(\.self))
        }
        guard isApart else {
            _ = list.add(piece, of: padded)
            return list.pieces
        }
        piece.shape = output
        for (position, axis) in operation.layout.spatialAxes.enumerated() {
            piece.shape?[axis] = output[axis].map { ($0 - 1) * operation.strides[position] + 1 }
        }
        let ones = operation.strides.map { _ in 1 }
        let every = Pooling(kind: .maximum, layout: operation.layout, window: ones, strides: operation.strides, padding: .valid)
        var strided = Self.poolingLayer(every, "valid")
        strided.part = "strided"
        _ = list.add(strided, of: list.add(piece, of: padded))
        return list.pieces
    }

    /// The same convolution at every place, of which a pooling of single elements leaves those that the strides do: Keras has strides or dilations, not
    /// both.
    private func withoutStrides(_ operation: Convolution, _ window: [Int]) throws(KerasObstacle) -> Convolution {
        var result = operation
        result.strides = operation.strides.map { _ in 1 }
        guard operation.padding == .same else { return result }
        // How much this is depends on the strides.
        var (before, after): ([Int], [Int]) = ([], [])
        for (position, axis) in operation.layout.spatialAxes.enumerated() {
            guard let size = inputs[0][axis] else { throw KerasObstacle("has strides, dilations and padding that depends on an unknown size") }
            let place = Window(size: window[position], stride: operation.strides[position], dilation: operation.dilations[position])
            let amounts = place.padding(.same, axis: position, input: size)
            before.append(amounts.before)
            after.append(amounts.after)
        }
        result.padding = .explicit(before: before, after: after, mode: .constant)
        return result
    }

    /// Conv1DTranspose to Conv3DTranspose. What explicit padding crops is cropped after a convolution that crops nothing.
    func transposedConvolution(_ operation: TransposedConvolution) throws(KerasObstacle) -> [KerasPiece] {
        let rank = operation.layout.spatialRank
        guard let layout = KernelLayout.transposedWindowFirst(spatialRank: rank),
            let kernel = try variable("kernel", of: unit.core, as: "kernel", layout: layout)
        else { throw KerasObstacle("is a transposed convolution of rank \(rank), Keras has ranks 1 to 3") }
        guard operation.groups == 1 else {
            throw KerasObstacle("is a transposed convolution of \(operation.groups) groups, which Keras does not have")
        }
        guard operation.strides.allSatisfy({ $0 == 1 }) || operation.dilations.allSatisfy({ $0 == 1 }) else {
            throw KerasObstacle(
                "is a transposed convolution with strides \(operation.strides) and dilations \(operation.dilations), Keras has one or the other")
        }
        let window = Array(kernel.source.shape.prefix(rank))
        let bias = try variable("bias", of: unit.core, as: "bias")
        var config: JSONObject = [
            "filters": .integer(kernel.source.shape[rank]), "kernel_size": .integers(window), "strides": .integers(operation.strides),
            "dilation_rate": .integers(operation.dilations), "data_format": operation.layout.kerasFormat, "use_bias": .bool(bias != nil),
            "activation": .string(try activationName()),
        ]
        var extra = operation.outputPadding
        var cropping: [KerasPiece] = []
        switch operation.padding {
        case .same: config["padding"] = .string("same")
        case .valid, .causal: config["padding"] = .string("valid")
        case .explicit(let before, let after, _):
            config["padding"] = .string("valid")
            if extra.isEmpty { extra = before.map { _ in 0 } }
            if (before + after).contains(where: { $0 > 0 }) {
                var settings: JSONObject = [
                    "cropping": rank == 1 ? .integers([before[0], after[0]]) : .array(zip(before, after).map { .integers([$0, $1]) })
                ]
                if rank > 1 { settings["data_format"] = operation.layout.kerasFormat }
                cropping = [KerasPiece(className: "Cropping\(rank)D", config: settings, part: "cropping")]
            }
        }
        if !extra.isEmpty {
            guard zip(extra, operation.strides).allSatisfy({ $0 < $1 }) else {
                throw KerasObstacle("has output padding \(extra) for strides \(operation.strides), which Keras wants larger")
            }
            config["output_padding"] = rank == 1 ? .integer(extra[0]) : .integers(extra)
        }
        var piece = KerasPiece(className: "Conv\(rank)DTranspose", config: config, variables: [kernel, bias].compactMap(\.self))
        if !cropping.isEmpty, case .explicit(let before, let after, _) = operation.padding {
            var full = output
            for (position, axis) in operation.layout.spatialAxes.enumerated() {
                full[axis] = output[axis].map { $0 + before[position] + after[position] }
            }
            piece.shape = full
        }
        return [piece] + cropping
    }

    private func separable(_ pointwise: Convolution, _ kernel: KerasDraftVariable, after node: Node) throws(KerasObstacle) -> [KerasPiece] {
        let rank = pointwise.layout.spatialRank
        guard case .convolution(let operation) = node.operation, let layout = KernelLayout.windowFirst(spatialRank: rank),
            let first = try variable("kernel", of: node, as: "depthwise_kernel", layout: layout)
        else { return [] }
        let window = Array(first.source.shape.prefix(rank))
        let multiplier = first.source.shape[rank + 1] / operation.groups
        let bias = try variable("bias", of: unit.core, as: "bias")
        try requireOneOf(operation)
        var list = KerasPieceList()
        var config = try settings(operation, window: window, hasBias: bias != nil)
        let padded = try explicitPadding(operation.padding, operation.layout, &config, &list)
        config["filters"] = .integer(kernel.source.shape[rank + 1])
        config["depth_multiplier"] = .integer(multiplier)
        let variables = [
            first.reshaped(window + [operation.groups, multiplier]),
            KerasDraftVariable(name: "pointwise_kernel", weight: kernel.weight, source: kernel.source, isTrainable: true), bias,
        ]
        _ = list.add(KerasPiece(className: "SeparableConv\(rank)D", config: config, variables: variables.compactMap(\.self)), of: padded)
        return list.pieces
    }

    private func requireOneOf(_ operation: Convolution) throws(KerasObstacle) {
        guard operation.isStridedAndDilated else { return }
        throw KerasObstacle("is a convolution with strides \(operation.strides) and dilations \(operation.dilations), Keras has one or the other")
    }

    private func settings(_ operation: Convolution, window: [Int], hasBias: Bool) throws(KerasObstacle) -> JSONObject {
        [
            "kernel_size": .integers(window), "strides": .integers(operation.strides), "dilation_rate": .integers(operation.dilations),
            "data_format": operation.layout.kerasFormat, "use_bias": .bool(hasBias), "activation": .string(try activationName()),
        ]
    }

    /// The name of the unit's own activation.
    func activationName() throws(KerasObstacle) -> String {
        guard let activation = unit.activation else { return "linear" }
        let name =
            KerasActivations.name(of: activation, rank: output.rank, target: target)
            ?? KerasActivations.gateName(of: activation, rank: output.rank, isEnd: isEnd)
        guard let name else {
            throw KerasObstacle("applies \(activation.name), which has no name in Keras")
        }
        return name
    }

    /// Writes the padding into a configuration; amounts of one's own go before the layer.
    /// - Returns: what the layer reads.
    private func explicitPadding(
        _ padding: Padding, _ layout: DataLayout, _ config: inout JSONObject, _ list: inout KerasPieceList
    ) throws(KerasObstacle) -> KerasPiece.Operand {
        config["padding"] = .string("valid")
        switch padding {
        case .valid: break
        case .same: config["padding"] = .string("same")
        case .causal: config["padding"] = .string("causal")
        case .explicit(let before, let after, let mode):
            return try padded(.input(0), inputs[0], Pad(before, after, along: layout, mode: mode), &list)
        }
        return .input(0)
    }

    /// Whether a convolution with as many groups as channels was, or had better be, a depthwise one.
    private func isDepthwise(_ operation: Convolution, _ kernel: KerasDraftVariable) -> Bool {
        let rank = operation.layout.spatialRank
        // TensorFlow has depthwise convolutions with equal strides only.
        guard rank <= 2, kernel.source.shape[rank] == 1, operation.padding != .causal, Set(operation.strides).count == 1 else { return false }
        switch kernel.weight.split(separator: "/").last {
        case "depthwise_kernel": return true
        case "kernel": return false
        default: return operation.groups > 1
        }
    }
}

extension Convolution {
    fileprivate var isStridedAndDilated: Bool { strides.contains { $0 > 1 } && dilations.contains { $0 > 1 } }
}

extension Pad {
    /// Padding of the spatial axes alone.
    init(_ before: [Int], _ after: [Int], along layout: DataLayout, mode: PaddingMode = .constant) {
        let none = [Int](repeating: 0, count: layout.rank)
        self.init(before: none, after: none, mode: mode)
        for (position, axis) in layout.spatialAxes.enumerated() { (self.before[axis], self.after[axis]) = (before[position], after[position]) }
    }
}
