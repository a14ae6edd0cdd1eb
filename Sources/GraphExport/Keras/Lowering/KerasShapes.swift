import ByteIO
import ModelCore
import ModelGraph

extension KerasLowering {
    func permute(_ operation: Transpose) throws(KerasObstacle) -> [KerasPiece] {
        guard operation.permutation.first == 0 else { throw KerasObstacle("moves the first axis, which is that of samples in Keras") }
        return [KerasPiece(className: "Permute", config: ["dims": .integers(Array(operation.permutation.dropFirst()))])]
    }

    func pad(_ operation: Pad) throws(KerasObstacle) -> [KerasPiece] {
        if !(operation.before + operation.after).contains(where: { $0 > 0 }) { return [.nothing] }
        var list = KerasPieceList()
        _ = try padded(.input(0), inputs[0], operation, &list)
        return list.pieces
    }

    /// Axes that run backwards.
    func flip(_ operation: Flip) throws(KerasObstacle) -> [KerasPiece] {
        try requireOperations(KerasObstacle("runs axes backwards, for which Keras has no layer"))
        var list = KerasPieceList()
        _ = list.operation(.flip, ["axis": .integers(operation.axes)], of: .input(0))
        return list.pieces
    }

    /// Sums along an axis; those without the element itself are those of the axis moved by one.
    func cumulativeSum(_ operation: CumulativeSum) throws(KerasObstacle) -> [KerasPiece] {
        try requireOperations(KerasObstacle("adds up along an axis, for which Keras has no layer"))
        var list = KerasPieceList()
        var value = KerasPiece.Operand.input(0)
        let axis: JSONObject = ["axis": .integers([operation.axis])]
        if operation.isReverse { value = list.operation(.flip, axis, of: value, part: "backward") }
        if operation.isExclusive {
            var (shape, before) = (inputs[0], [Int](repeating: 0, count: inputs[0].rank))
            shape[operation.axis] = shape[operation.axis].map { $0 + 1 }
            before[operation.axis] = 1
            value = try padded(value, inputs[0], Pad(before: before, after: before.map { _ in 0 }), &list)
            let key = KerasSlice.key(KerasSlice.slice(nil, -1), axis: operation.axis, rank: shape.rank)
            value = list.operation(.getItem, of: value, key, part: "before")
        }
        value = list.operation(.cumsum, ["axis": .integer(operation.axis)], of: value)
        if operation.isReverse { _ = list.operation(.flip, axis, of: value, part: "forward") }
        return list.pieces
    }

    /// Cropping, and a pooling whose window has one element where every so many-th stays; or a slice.
    func crop(_ operation: Crop) throws(KerasObstacle) -> [KerasPiece] {
        do throws(KerasObstacle) {
            guard let steps = operation.steps else { return try borders("Cropping", "cropping", operation.before, operation.after) }
            let every = try everySoMany(steps)
            guard (operation.before + operation.after).contains(where: { $0 > 0 }) else { return every }
            var cropped = try borders("Cropping", "cropping", operation.before, operation.after)
            cropped[0].part = "cropping"
            cropped[0].shape = Shape(
                inputs[0].sizes.enumerated().map { axis, size in size.map { $0 - operation.before[axis] - operation.after[axis] } })
            return cropped + every
        } catch {
            try requireOperations(error)
            guard operation.before.first == 0, operation.after.first == 0, operation.steps?.first ?? 1 == 1 else { throw error }
            let key = zip(operation.before, operation.after).enumerated().map { axis, amounts in
                // An end counted from the back holds for every size.
                let stop = amounts.1 == 0 ? nil : inputs[0][axis].map { $0 - amounts.1 } ?? -amounts.1
                let step = operation.steps?[axis] ?? 1
                return amounts == (0, 0) && step == 1 ? KerasSlice.everything : KerasSlice.slice(amounts.0, stop, step: step == 1 ? nil : step)
            }
            var list = KerasPieceList()
            _ = list.operation(.getItem, of: .input(0), .constant(.array(key)))
            return list.pieces
        }
    }

    /// The largest of windows of one element each.
    private func everySoMany(_ steps: [Int]) throws(KerasObstacle) -> [KerasPiece] {
        let isLast = steps.last == 1
        let spatial = isLast ? Array(steps.dropFirst().dropLast()) : Array(steps.dropFirst(2))
        guard steps.first == 1, isLast || steps[1] == 1, (1...3).contains(spatial.count) else {
            throw KerasObstacle("takes every so many-th element of axes of which Keras' layers leave one alone")
        }
        let config: JSONObject = [
            "pool_size": .integers(spatial.map { _ in 1 }), "strides": .integers(spatial), "padding": .string("valid"),
            "data_format": .string(isLast ? "channels_last" : "channels_first"),
        ]
        return [KerasPiece(className: "MaxPooling\(spatial.count)D", config: config)]
    }

    /// ZeroPadding or Cropping, which leave one axis alone beside that of samples: the last, or the one after the samples.
    func borders(_ className: String, _ key: String, _ before: [Int], _ after: [Int]) throws(KerasObstacle) -> [KerasPiece] {
        let amounts = zip(before, after).map { [$0, $1] }
        if amounts.allSatisfy({ $0 == [0, 0] }) { return [.nothing] }
        guard amounts.first == [0, 0] else { throw KerasObstacle("changes the first axis, which is that of samples in Keras") }
        let rank = amounts.count - 2
        guard (1...3).contains(rank) else { throw KerasObstacle("works on \(amounts.count) axes, Keras has such layers for 3 to 5") }
        let isLast = amounts.last == [0, 0]
        guard isLast || amounts[1] == [0, 0] else { throw KerasObstacle("changes all axes, Keras leaves one alone") }
        guard isLast || rank > 1 else { throw KerasObstacle("changes the last of three axes, which Keras leaves alone") }
        let pairs = isLast ? Array(amounts[1..<1 + rank]) : Array(amounts[2...])
        if rank == 1 { return [KerasPiece(className: "\(className)1D", config: [key: .integers(pairs[0])])] }
        let format = isLast ? "channels_last" : "channels_first"
        return [
            KerasPiece(
                className: "\(className)\(rank)D", config: [key: .array(pairs.map(JSONValue.integers)), "data_format": .string(format)])
        ]
    }
}
