import ModelCore
import ModelGraph

// Several operations of arithmetic in one call.
extension TorchFlow {
    /// `self + value * tensor1 * tensor2`, or with a quotient.
    mutating func addedProduct(_ function: TorchFunction) throws(ModelError) -> String {
        let terms = try operands("self", "tensor1", "tensor2")
        let factor = try number("value", default: 1)
        let kind: MergeKind = function == .addcmul ? .multiply : .divide
        var left = terms[1]
        if factor != 1 { left = try emit("scaled", Rescaling(scale: [factor], offset: [0]).erased, [left]) }
        let product = try emit("term", Merge(kind).erased, [left, terms[2]])
        return try emit(Merge(.add).erased, [terms[0], product])
    }

    /// From `self` to `end` by a part of the way.
    mutating func interpolated() throws(ModelError) -> String {
        let isNumber = try number("weight") != nil
        let terms = isNumber ? try operands("self", "end") : try operands("self", "end", "weight")
        let way = try emit("way", Merge(.subtract).erased, [terms[1], terms[0]])
        let part =
            isNumber
            ? try emit("part", Rescaling(scale: [try required("weight")], offset: [0]).erased, [way])
            : try emit("part", Merge(.multiply).erased, [terms[2], way])
        return try emit(Merge(.add).erased, [terms[0], part])
    }

    /// Tensors, of which those of the file become values of as many axes as the others have.
    private mutating func operands(_ names: String...) throws(ModelError) -> [String] {
        var tensors: [String?] = []
        for name in names {
            guard let argument = argument([name]) else { throw unsupported("has no tensor as '\(name)'") }
            if case .value(let value) = argument, case .weight? = values[value], derived == nil {
                tensors.append(nil)
            } else {
                tensors.append(try tensor(name))
            }
        }
        let ranks = Set(tensors.compactMap { $0.map { shape($0).rank } })
        guard let rank = ranks.max(), ranks.count == 1 || derived != nil else {
            throw unsupported("combines tensors of several numbers of axes, whose first would not all count samples")
        }
        var result: [String] = []
        for (name, tensor) in zip(names, tensors) {
            if let tensor { result.append(tensor) } else { result.append(try constant(name, rank: rank, part: "constant_\(name)")) }
        }
        return result
    }
}
