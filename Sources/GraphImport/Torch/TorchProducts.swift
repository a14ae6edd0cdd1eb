import ModelCore
import ModelGraph

// Products with matrices of the file, and of two values.
extension TorchFlow {
    /// One side of a product.
    private enum Factor {
        case value(String)
        case weight(TorchWeight)
    }

    private mutating func factor(_ name: String) throws(ModelError) -> Factor {
        guard let argument = argument([name]), case .value(let value) = argument else { throw unsupported("has no tensor as '\(name)'") }
        // The left side of a product of weights is the value, and the right its matrix.
        if ["self", "mat1", "batch1"].contains(name), let value = try derivedTensor(argument) { return .value(value) }
        switch values[value] {
        case .tensor(let value)?: return .value(value)
        case .weight(let key)?:
            if let weight = weights[key] { return .weight(weight) }
        case .view?: throw samples()
        default: break
        }
        throw unsupported("has no tensor as '\(name)'")
    }

    mutating func product(_ function: TorchFunction) throws(ModelError) -> String {
        switch function {
        case .linear: return try linear()
        case .addmm: return try sum("mat1", "mat2")
        case .baddbmm: return try sum("batch1", "batch2")
        case .mm, .bmm: return try product(try factor("self"), try factor("mat2"))
        default: return try product(try factor("self"), try factor("other"))
        }
    }

    private mutating func linear() throws(ModelError) -> String {
        let input = try tensor("input")
        let kernel = try requiredWeight("weight")
        guard kernel.source.shape.count == 2 else { throw unsupported("has a matrix of shape \(kernel.source.shape)") }
        var used = ["kernel": try use(kernel, .oi)]
        if let bias = try vector("bias") { used["bias"] = try use(bias, .vector) }
        return try emit(Dense().erased, [input], weights: used)
    }

    /// `beta * self + alpha * left * right`.
    private mutating func sum(_ left: String, _ right: String) throws(ModelError) -> String {
        let (beta, alpha) = (try number("beta", default: 1), try number("alpha", default: 1))
        let (left, right) = (try factor(left), try factor(right))
        if case .value(let input) = left, case .weight(let kernel) = right, kernel.source.shape.count == 2, (beta, alpha) == (1, 1),
            case .weight(let bias) = try factor("self"), bias.source.shape.count == 1
        {
            return try emit(Dense().erased, [input], weights: ["kernel": try use(kernel, .io), "bias": try use(bias, .vector)])
        }
        if beta == 0 {
            disregard("self")
            let whole = try product(left, right, part: alpha == 1 ? nil : "product")
            return alpha == 1 ? whole : try emit(Rescaling(scale: [alpha], offset: [0]).erased, [whole])
        }
        var terms: [String] = []
        switch try factor("self") {
        case .value(let value): terms.append(value)
        case .weight(let weight): terms.append(try constant(weight, rank: rank(left, right), part: "term"))
        }
        terms.append(try product(left, right, part: "product"))
        for (number, scale) in [beta, alpha].enumerated() where scale != 1 {
            terms[number] = try emit("scaled_\(number)", Rescaling(scale: [scale], offset: [0]).erased, [terms[number]])
        }
        return try emit(Merge(.add).erased, terms)
    }

    private func rank(_ left: Factor, _ right: Factor) -> Int {
        [left, right].map { if case .value(let value) = $0 { shape(value).rank } else { 0 } }.max() ?? 0
    }

    private mutating func product(_ left: Factor, _ right: Factor, part: String? = nil) throws(ModelError) -> String {
        let rank = rank(left, right)
        var operands: [String] = []
        if case .value(let value) = left, case .weight(let kernel) = right, (1...2).contains(kernel.source.shape.count) {
            return try dense(value, kernel, part: part)
        }
        for (number, factor) in [left, right].enumerated() {
            switch factor {
            case .value(let value): operands.append(value)
            case .weight(let weight):
                guard weight.source.shape.count >= 2 else { throw unsupported("has a tensor of shape \(weight.source.shape) on the left") }
                operands.append(try constant(weight, rank: rank, part: "matrix_\(number)"))
            }
        }
        guard rank >= 3, operands.allSatisfy({ shape($0).rank == rank }) else {
            if rank < 3 { throw samples() }
            throw unsupported("multiplies \(shape(operands[0])) and \(shape(operands[1])), whose first axes would not both count samples")
        }
        return if let part { try emit(part, MatMul().erased, operands) } else { try emit(MatMul().erased, operands) }
    }

    /// A product with a matrix of the file, or with a column, whose axis is left out of the result.
    private mutating func dense(_ input: String, _ kernel: TorchWeight, part: String?) throws(ModelError) -> String {
        let isColumn = kernel.source.shape.count == 1
        let used = ["kernel": try use(kernel, .io, shape: isColumn ? kernel.source.shape + [1] : nil)]
        guard isColumn else {
            return if let part { try emit(part, Dense().erased, [input], weights: used) } else { try emit(Dense().erased, [input], weights: used) }
        }
        let column = try emit("column", Dense().erased, [input], weights: used)
        guard case .tensor(let result) = try reshaped(column, shape(column).sizes.dropLast(), part: part) else { return column }
        return result
    }

    /// A tensor of the file as a value of so many axes, the same for all samples.
    mutating func constant(_ weight: TorchWeight, rank: Int, part: String) throws(ModelError) -> String {
        let shape = weight.source.shape
        guard shape.count < rank || shape.count == rank && shape[0] == 1 else {
            guard shape.count == rank, let one = try oneSample(of: try value(of: weight)) else {
                throw problem("torch.samples", "has a tensor of shape \(shape), which is not the same for all samples")
            }
            return try constant(TorchWeight(name: "\(name)/\(part)/value", derived: one), rank: rank, part: part)
        }
        let full = Array(repeating: 1, count: rank - shape.count) + shape
        return try emit(part, Constant().erased, [], weights: ["value": try use(weight, .other, shape: full)])
    }
}
