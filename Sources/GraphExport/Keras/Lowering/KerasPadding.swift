import ByteIO
import ModelCore
import ModelGraph

extension KerasLowering {
    /// Adds what pads a value: ZeroPadding, the operation Pad, or slices of the value beside it where Pad has not got the mode.
    func padded(
        _ value: KerasPiece.Operand, _ shape: Shape, _ pad: Pad, _ list: inout KerasPieceList, part: String = "padding"
    ) throws(KerasObstacle) -> KerasPiece.Operand {
        guard (pad.before + pad.after).contains(where: { $0 > 0 }) else { return value }
        guard pad.before.first == 0, pad.after.first == 0 else {
            throw KerasObstacle("changes the first axis, which is that of samples in Keras")
        }
        var result = shape
        for axis in pad.before.indices { result[axis] = shape[axis].map { $0 + pad.before[axis] + pad.after[axis] } }
        let isZero = pad.mode == .constant && pad.value == 0
        if isZero, let piece = try? borders("ZeroPadding", "padding", pad.before, pad.after).first {
            var piece = piece
            (piece.part, piece.shape) = (part, result)
            return list.add(piece, of: value)
        }
        let what = pad.mode == .constant ? "with \(pad.value)" : "by \(pad.mode.rawValue)"
        try requireOperations(KerasObstacle("pads \(what), for which Keras has no layer"))
        let width: JSONObject = ["pad_width": .array(zip(pad.before, pad.after).map { .integers([$0, $1]) })]
        func operation(_ mode: String) -> JSONObject {
            var config = width
            config["mode"] = .string(mode)
            return config
        }
        switch pad.mode {
        case .constant where isZero: return list.operation(.pad, operation("constant"), of: value, part: part, shape: result)
        case .constant: return list.operation(.pad, operation("constant"), of: value, .constant(.number(pad.value)), part: part, shape: result)
        case .reflect: return list.operation(.pad, operation("reflect"), of: value, part: part, shape: result)
        case .symmetric: return list.operation(.pad, operation("symmetric"), of: value, part: part, shape: result)
        // The border mirrored once is the border.
        case .replicate where (pad.before + pad.after).allSatisfy({ $0 <= 1 }):
            return list.operation(.pad, operation("symmetric"), of: value, part: part, shape: result)
        case .replicate, .circular: return try joined(value, shape, pad, &list, part: part)
        }
    }

    /// Axis by axis, what stands before, the value, and what stands after, one beside the other.
    private func joined(
        _ value: KerasPiece.Operand, _ shape: Shape, _ pad: Pad, _ list: inout KerasPieceList, part: String
    ) throws(KerasObstacle) -> KerasPiece.Operand {
        guard pad.mode == .circular || (pad.before + pad.after).allSatisfy({ $0 <= Self.mostCopies }) else {
            throw KerasObstacle("repeats the border more than \(Self.mostCopies) times, for which Keras has no layer")
        }
        var (value, shape) = (value, shape)
        for axis in pad.before.indices {
            let (before, after) = (pad.before[axis], pad.after[axis])
            guard before + after > 0 else { continue }
            guard let size = shape[axis] else { throw KerasObstacle("pads an axis of unknown size by \(pad.mode.rawValue)") }
            func slice(_ start: Int, _ stop: Int, _ name: String) -> KerasPiece.Operand {
                var sliced = shape
                sliced[axis] = stop - start
                let key = KerasSlice.key(KerasSlice.slice(start, stop), axis: axis, rank: shape.rank)
                return list.operation(.getItem, of: value, key, part: "\(part)/\(name)_\(axis)", shape: sliced)
            }
            var members: [KerasPiece.Operand] = []
            if pad.mode == .circular {
                if before > 0 { members.append(slice(size - before, size, "before")) }
                members.append(value)
                if after > 0 { members.append(slice(0, after, "after")) }
            } else {
                if before > 0 { members += Array(repeating: slice(0, 1, "before"), count: before) }
                members.append(value)
                if after > 0 { members += Array(repeating: slice(size - 1, size, "after"), count: after) }
            }
            shape[axis] = size + before + after
            value = list.layer("Concatenate", ["axis": .integer(axis)], of: .list(members), part: "\(part)/\(axis)", shape: shape)
        }
        return value
    }

    private static let mostCopies = 64
}
