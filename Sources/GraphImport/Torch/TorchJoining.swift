import ModelCore
import ModelGraph

// Tensors that depend on an input and tensors of the file, one after the other: a token before the rows of every sample, channels of zeros.
extension TorchFlow {
    /// What depends on an input with zeros in the places of the others, to which these are added; `nil` where all depend on an input.
    mutating func joinedWithWeights() throws(ModelError) -> String? {
        guard case .list(let items)? = argument(["tensors"]) else { return nil }
        var parts: [Part] = []
        for item in items {
            guard case .value(let name) = item else { return nil }
            switch values[name] {
            case .tensor(let value)?: parts.append(.value(value))
            case .weight(let key)?:
                guard let weight = weights[key] else { return nil }
                parts.append(.weight(try self.value(of: weight)))
            default: return nil
            }
        }
        guard let first = parts.compactMap(\.value).first, parts.contains(where: { $0.value == nil }) else { return nil }
        let axis = try innerAxis(try integer("dim", default: 0), rank: shape(first).rank)
        let constant = try constant(parts, axis)
        let padded = try padded(parts, axis)
        let isZero = try constant.tensor().scalars.allSatisfy { $0 == 0 }
        if padded.count == 1, isZero { return padded[0] }
        let join = Concatenate(axis: axis).erased
        if isZero { return try emit(join, padded) }
        let row = padded.count == 1 ? padded[0] : try emit("padded", join, padded)
        let weight = TorchWeight(name: "\(name)/tensors", derived: constant)
        return try emit(Merge(.add).erased, [row, try self.constant(weight, rank: shape(row).rank, part: "constant")])
    }

    private enum Part {
        case value(String)
        case weight(DerivedValue)

        var value: String? { if case .value(let value) = self { value } else { nil } }
    }

    /// The tensors of the file with zeros in the places of the values.
    private func constant(_ parts: [Part], _ axis: Int) throws(ModelError) -> DerivedValue {
        var whole: [DerivedValue] = []
        for part in parts {
            switch part {
            case .weight(let weight):
                guard let weight = weight.shape.first == 1 ? weight : try oneSample(of: weight) else {
                    throw problem("torch.samples", "has a tensor of shape \(weight.shape), which is not the same for all samples")
                }
                whole.append(weight)
            case .value(let value):
                var sizes = [1]
                for axis in 1..<shape(value).rank { sizes.append(try knownSize(value, axis)) }
                guard sizes.checkedProduct.map({ $0 <= DerivedValue.elementLimit }) == true else { throw unsupported("joins \(shape(value))") }
                whole.append(try DerivedValue(Tensor(repeating: 0, shape: sizes), by: ""))
            }
        }
        return try DerivedValue(Concatenate(axis: axis).erased, whole, by: call.function)
    }

    /// The values, each with zeros for the tensors of the file after it, and the first also with those before it.
    private mutating func padded(_ parts: [Part], _ axis: Int) throws(ModelError) -> [String] {
        var rooms: [(value: String, before: Int, after: Int)] = []
        var before = 0
        for part in parts {
            switch part {
            case .value(let value): rooms.append((value, rooms.isEmpty ? before : 0, 0))
            case .weight(let weight) where rooms.isEmpty: before += weight.shape[axis]
            case .weight(let weight): rooms[rooms.count - 1].after += weight.shape[axis]
            }
        }
        var padded: [String] = []
        for (number, room) in rooms.enumerated() {
            guard room.before + room.after > 0 else {
                padded.append(room.value)
                continue
            }
            var (first, last) = (shape(room.value).sizes.map { _ in 0 }, shape(room.value).sizes.map { _ in 0 })
            (first[axis], last[axis]) = (room.before, room.after)
            padded.append(try emit("room_\(number)", Pad(before: first, after: last, mode: .constant, value: 0).erased, [room.value]))
        }
        return padded
    }
}
