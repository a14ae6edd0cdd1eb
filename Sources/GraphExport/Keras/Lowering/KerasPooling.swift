import ByteIO
import ModelCore
import ModelGraph

extension KerasLowering {
    /// MaxPooling or AveragePooling. Keras' padding is `same` or none; other amounts become zeros before the layer where zeros mean the same.
    func pooling(_ operation: Pooling) throws(KerasObstacle) -> [KerasPiece] {
        let rank = operation.layout.spatialRank
        guard operation.kind != .l2 else { throw KerasObstacle("is an L2 pooling, which Keras does not have") }
        guard operation.dilations.allSatisfy({ $0 == 1 }) else { throw KerasObstacle("is a pooling with dilations, which Keras does not have") }
        var config: JSONObject = [
            "pool_size": .integers(operation.window), "strides": .integers(operation.strides), "data_format": operation.layout.kerasFormat,
        ]
        let className = (operation.kind == .maximum ? "MaxPooling" : "AveragePooling") + "\(rank)D"
        let (padding, name) = try zeros(operation)
        config["padding"] = .string(name)
        return padding + [KerasPiece(className: className, config: config)]
    }

    /// What stands in for the padding: zeros before the layer, and the layer's own.
    private func zeros(_ operation: Pooling) throws(KerasObstacle) -> ([KerasPiece], String) {
        var before = operation.window.map { _ in 0 }
        var after = before
        switch operation.padding {
        case .same: return ([], "same")
        case .valid: break
        case .causal: throw KerasObstacle("is a pooling with causal padding, which Keras does not have")
        case .explicit(let first, let last, _):
            if isSame(operation) { return ([], "same") }
            (before, after) = (first, last)
        }
        let counts = (before + after).contains { $0 > 0 }
        if operation.ceilMode {
            for (position, axis) in operation.layout.spatialAxes.enumerated() {
                guard let size = inputs[0][axis] else { throw KerasObstacle("rounds an unknown size up, which Keras does not") }
                let window = operation.windows[position]
                let outputs = window.outputSize(operation.padding, axis: position, input: size, ceiling: true)
                let hanging = (outputs - 1) * window.stride + window.extent - size - before[position] - after[position]
                if hanging > 0 {
                    guard operation.kind == .maximum else { throw KerasObstacle("averages windows that hang over the end, which Keras does not") }
                    after[position] += hanging
                }
            }
        }
        guard (before + after).contains(where: { $0 > 0 }) else { return ([], "valid") }
        switch operation.kind {
        case .maximum where !isInputNotNegative:
            throw KerasObstacle("takes the maximum of padded values that may be negative; Keras pads by zeros, which would win")
        case .average where counts && !operation.countIncludesPadding:
            throw KerasObstacle("averages without its padding, for which Keras has no layer but with padding 'same'")
        default: return ([Self.zeroPadding(before, after, operation.layout, inputs[0])], "valid")
        }
    }

    /// Whether the amounts are those of `same` for this size of input, and count as there.
    private func isSame(_ operation: Pooling) -> Bool {
        guard !operation.ceilMode, operation.kind == .maximum || !operation.countIncludesPadding else { return false }
        return operation.layout.spatialAxes.enumerated().allSatisfy { position, axis in
            guard let size = inputs[0][axis] else { return false }
            let window = operation.windows[position]
            return window.padding(operation.padding, axis: position, input: size) == window.padding(.same, axis: position, input: size)
        }
    }

    func globalPooling(_ operation: GlobalPooling) throws(KerasObstacle) -> [KerasPiece] {
        guard operation.kind != .l2 else { throw KerasObstacle("is an L2 pooling, which Keras does not have") }
        return [
            KerasPiece(
                className: "Global\(operation.kind == .maximum ? "Max" : "Average")Pooling\(operation.layout.spatialRank)D",
                config: ["data_format": operation.layout.kerasFormat, "keepdims": .bool(operation.keepsAxes)])
        ]
    }

    /// AdaptiveMaxPooling or AdaptiveAveragePooling, of Keras 3.13 and later. It wants to know the sizes of its input.
    func adaptivePooling(_ operation: AdaptivePooling) throws(KerasObstacle) -> [KerasPiece] {
        guard operation.kind != .l2 else { throw KerasObstacle("is an L2 pooling, which Keras does not have") }
        guard operation.layout.spatialAxes.allSatisfy({ inputs[0][$0] != nil }) else {
            throw KerasObstacle("is an adaptive pooling of an unknown size, which Keras does not have")
        }
        return [
            KerasPiece(
                className: "Adaptive\(operation.kind == .maximum ? "Max" : "Average")Pooling\(operation.layout.spatialRank)D",
                config: ["output_size": .integers(operation.outputSize), "data_format": operation.layout.kerasFormat])
        ]
    }

    /// A reduction of all axes between the samples and the channels is a global pooling.
    func reduce(_ operation: Reduce) throws(KerasObstacle) -> [KerasPiece] {
        let rank = inputs[0].rank - 2
        guard (1...3).contains(rank), operation.axes == Array(1...rank), operation.kind == .mean || operation.kind == .maximum else {
            throw KerasObstacle("reduces axes \(operation.axes) to their \(operation.kind.rawValue), for which Keras has no layer")
        }
        return [
            KerasPiece(
                className: "Global\(operation.kind == .maximum ? "Max" : "Average")Pooling\(rank)D",
                config: ["data_format": .string("channels_last"), "keepdims": .bool(operation.keepsAxes)])
        ]
    }
}
