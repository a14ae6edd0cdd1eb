import ByteIO
import ModelCore
import ModelGraph

extension KerasLowering {
    /// MaxPooling or AveragePooling. Keras' padding is `same` or none; other amounts go before the layer where that means the same, and windows that
    /// have more or fewer elements than others are reduced on their own.
    func pooling(_ operation: Pooling) throws(KerasObstacle) -> [KerasPiece] {
        var list = KerasPieceList()
        switch operation.padding {
        case .same where operation.dilations.contains { $0 > 1 }: break
        case .causal: throw KerasObstacle("is a pooling with causal padding, which Keras does not have")
        case .same where operation.kind == .maximum || operation.kind == .average && !operation.countIncludesPadding:
            _ = list.add(Self.poolingLayer(operation, "same"), of: .input(0))
            return list.pieces
        case .explicit where operation.dilations.allSatisfy { $0 == 1 } && isSame(operation):
            _ = list.add(Self.poolingLayer(operation, "same"), of: .input(0))
            return list.pieces
        default: break
        }
        var (before, after) = try amounts(operation)
        let hanging = try self.hanging(operation, before, after)
        if operation.dilations.contains(where: { $0 > 1 }) {
            return try dilatedPooling(operation, before: before, after: zip(after, hanging).map { $0 + max($1, 0) })
        }
        switch operation.kind {
        case .maximum:
            for position in after.indices { after[position] += max(hanging[position], 0) }
            // Zeros change no maximum of what is not negative, and copies of the border, of which a window has the original, change none at all.
            var pad = Pad(before, after, along: operation.layout)
            if !isInputNotNegative, (before + after).contains(where: { $0 > 0 }) {
                try requireOperations(
                    KerasObstacle("takes the maximum of padded values that may be negative; Keras pads by zeros, which would win"))
                pad.mode = .replicate
            }
            let value = try padded(.input(0), inputs[0], pad, &list)
            _ = list.add(Self.poolingLayer(operation, "valid"), of: value)
        case .average: try average(operation, before, after, hanging, &list)
        case .l2: try norm(operation, before, after, hanging, &list)
        }
        return list.pieces
    }

    static func poolingLayer(_ operation: Pooling, _ padding: String) -> KerasPiece {
        KerasPiece(
            className: (operation.kind == .maximum ? "MaxPooling" : "AveragePooling") + "\(operation.layout.spatialRank)D",
            config: [
                "pool_size": .integers(operation.window), "strides": .integers(operation.strides), "data_format": operation.layout.kerasFormat,
                "padding": .string(padding),
            ], part: "pooling")
    }

    private func amounts(_ operation: Pooling) throws(KerasObstacle) -> (before: [Int], after: [Int]) {
        let none = operation.window.map { _ in 0 }
        switch operation.padding {
        case .valid, .causal: return (none, none)
        case .explicit(let before, let after, _): return (before, after)
        case .same:
            var (before, after) = (none, none)
            for (position, axis) in operation.layout.spatialAxes.enumerated() {
                guard let size = inputs[0][axis] else { throw KerasObstacle("has padding that depends on an unknown size") }
                (before[position], after[position]) = operation.windows[position].padding(.same, axis: position, input: size)
            }
            return (before, after)
        }
    }

    /// By how much the last window is longer than what is there, for each spatial axis; at most 0 where it is not.
    private func hanging(_ operation: Pooling, _ before: [Int], _ after: [Int]) throws(KerasObstacle) -> [Int] {
        guard operation.ceilMode else { return operation.window.map { _ in 0 } }
        var hanging: [Int] = []
        for (position, axis) in operation.layout.spatialAxes.enumerated() {
            guard let size = inputs[0][axis] else { throw KerasObstacle("rounds an unknown size up, which Keras does not") }
            let window = operation.windows[position]
            let outputs = window.outputSize(operation.padding, axis: position, input: size, ceiling: true)
            hanging.append((outputs - 1) * window.stride + window.extent - size - before[position] - after[position])
        }
        return hanging
    }

    /// A mean over windows. Padding that counts becomes zeros; what does not count shortens windows.
    private func average(
        _ operation: Pooling, _ before: [Int], _ after: [Int], _ hanging: [Int], _ list: inout KerasPieceList
    ) throws(KerasObstacle) {
        let layout = operation.layout
        let isPadded = (before + after).contains { $0 > 0 }
        var value = KerasPiece.Operand.input(0)
        var shape = inputs[0]
        var starts = before
        if operation.countIncludesPadding, isPadded {
            let pad = Pad(before, after, along: layout)
            value = try padded(value, shape, pad, &list)
            for axis in pad.before.indices { shape[axis] = shape[axis].map { $0 + pad.before[axis] + pad.after[axis] } }
            starts = before.map { _ in 0 }
        }
        let isShortened = !operation.countIncludesPadding && isPadded || hanging.contains { $0 > 0 }
        guard isShortened else {
            _ = list.add(Self.poolingLayer(operation, "valid"), of: value)
            return
        }
        try requireOperations(
            KerasObstacle(
                hanging.contains { $0 > 0 }
                    ? "averages windows that hang over the end, which Keras does not"
                    : "averages without its padding, for which Keras has no layer but with padding 'same'"))
        // A mean over a window is the mean over its columns of the means over its rows.
        for (position, axis) in layout.spatialAxes.enumerated() {
            guard let size = shape[axis], let count = output[axis] else {
                throw KerasObstacle("averages windows of several sizes along an axis of unknown size")
            }
            guard count <= Self.mostPlaces else { throw KerasObstacle("averages windows of several sizes at \(count) places") }
            let windows = (0..<count).map { index in
                let start = index * operation.strides[position] - starts[position]
                let end = min(start + operation.window[position], size)
                return min(max(start, 0), end)..<end
            }
            guard windows.allSatisfy({ !$0.isEmpty }) else { throw KerasObstacle("averages windows that cover nothing") }
            value = try reduced(value, &shape, axis, windows, .average, layout, &list)
        }
    }

    private static let mostPlaces = 1 << 14

    /// The root of the sum of squares.
    private func norm(
        _ operation: Pooling, _ before: [Int], _ after: [Int], _ hanging: [Int], _ list: inout KerasPieceList
    ) throws(KerasObstacle) {
        try requireOperations(KerasObstacle("is an L2 pooling, which Keras does not have"))
        let pad = Pad(before, zip(after, hanging).map { $0 + max($1, 0) }, along: operation.layout)
        let value = try padded(.input(0), inputs[0], pad, &list)
        let square = list.layer("Multiply", of: .list([value, value]), part: "square")
        let mean = list.add(Self.poolingLayer(operation, "valid"), of: square)
        let area = operation.window.reduce(1.0) { $0 * Double($1) }
        let sum = list.layer("Rescaling", ["scale": .number(area), "offset": .number(0)], of: mean, part: "sum")
        _ = list.operation(.sqrt, of: sum)
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
        return [Self.globalPooling(operation.kind, operation.layout, keepsAxes: operation.keepsAxes)]
    }

    private static func globalPooling(_ kind: PoolingKind, _ layout: DataLayout, keepsAxes: Bool) -> KerasPiece {
        KerasPiece(
            className: "Global\(kind == .maximum ? "Max" : "Average")Pooling\(layout.spatialRank)D",
            config: ["data_format": layout.kerasFormat, "keepdims": .bool(keepsAxes)])
    }

    /// A reduction of all axes between the samples and the channels is a global pooling, any other an operation.
    func reduce(_ operation: Reduce) throws(KerasObstacle) -> [KerasPiece] {
        let rank = inputs[0].rank - 2
        if (1...3).contains(rank), operation.axes == Array(1...rank), operation.kind == .mean || operation.kind == .maximum {
            let layout = DataLayout.channelsLast(spatialRank: rank)
            if let layout { return [Self.globalPooling(operation.kind == .mean ? .average : .maximum, layout, keepsAxes: operation.keepsAxes)] }
        }
        try requireOperations(
            KerasObstacle("reduces axes \(operation.axes) to their \(operation.kind.rawValue), for which Keras has no layer"))
        guard !operation.axes.contains(0) else { throw KerasObstacle("reduces the first axis, which is that of samples in Keras") }
        let kinds: [ReductionKind: KerasOperationClass] = [.sum: .sum, .mean: .mean, .maximum: .max, .minimum: .min]
        var list = KerasPieceList()
        let config: JSONObject = ["axis": .integers(operation.axes), "keepdims": .bool(operation.keepsAxes)]
        _ = list.operation(kinds[operation.kind] ?? .mean, config, of: .input(0))
        return list.pieces
    }
}
