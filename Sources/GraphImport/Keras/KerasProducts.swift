import ByteIO
import ModelCore
import ModelGraph

// Products of two tensors.
extension KerasOperation {
    static let products: [String: Steps] = ["Matmul": matmul, "Einsum": einsum]

    private static var matmul: Steps {
        { layer, shapes throws(ModelError) in
            func flag(_ key: String) throws(ModelError) -> Bool { try layer.bool(key, default: false) }
            // Of real numbers, what is adjoint is transposed.
            let transposesLeft = try flag("transpose_a") != flag("adjoint_a")
            let transposesRight = try flag("transpose_b") != flag("adjoint_b")
            guard case .tensor(let left) = try operand(layer, "x1", shapes) else {
                throw layer.problem("keras.unsupported-call", "multiplies a constant by a tensor, the samples' axis of which is not the first")
            }
            guard let rank = shapes.first?.rank, rank >= 3, shapes.last?.rank == rank || shapes.count == 1 else {
                throw layer.problem(
                    "keras.unsupported-call",
                    "multiplies \(shapes.map(\.description).joined(separator: " and ")), whose first axes would not both count samples")
            }
            switch try operand(layer, "x2", shapes) {
            case .tensor(let right):
                let product = MatMul(transposesLeft: transposesLeft, transposesRight: transposesRight)
                return [KerasStep("product", product.erased, target: .these([left, right]))]
            case .constant(let kernel):
                guard kernel.shape.count == 2, !transposesLeft else {
                    throw layer.problem("keras.unsupported-call", "multiplies by a constant of shape \(kernel.shape), expected a matrix")
                }
                return [
                    KerasStep("product", Dense().erased, constants: ["kernel": kernel], layouts: ["kernel": transposesRight ? .oi : .io])
                ]
            }
        }
    }

    private static var einsum: Steps {
        { layer, shapes throws(ModelError) in
            let text = try layer.string("subscripts")
            let count = text.split(separator: "-").first.map { $0.split(separator: ",").count } ?? 0
            guard count == 1 || count == 2, shapes.count == 1 || shapes.count == count else {
                throw layer.problem("keras.unsupported-call", "combines other than one or two tensors: '\(text)'")
            }
            let operands = shapes.count == count ? shapes : [shapes[0], shapes[0]]
            guard let plan = EinsumPlan(text, operands) else {
                throw layer.problem(
                    "keras.unsupported-call",
                    "has the equation '\(text)'; the first axis must be the same in every tensor and in the result, and no axis twice in one")
            }
            let twice = shapes.count < count ? [KerasStep("again", Identity().erased, target: .besideThese([0]))] : []
            let steps = plan.operands.enumerated().flatMap { position, operations in
                operations.enumerated().map { KerasStep("operand_\(position)_\($0)", $1, target: .input(position)) }
            }
            let products = (count == 2 ? [plan.product] : []) + plan.result
            let last = products.enumerated().map { KerasStep("product_\($0)", $1) }
            return twice + steps + (last.isEmpty && steps.isEmpty ? [KerasStep("identity", Identity().erased)] : last)
        }
    }
}

/// What `einsum` does to one or two operands, and to their product.
private struct EinsumPlan {
    typealias Label = EinsumEquation.Label

    var operands: [[Operator]] = []
    let product = MatMul().erased
    var result: [Operator] = []

    /// `nil` for an equation that does not fit the operands, takes a diagonal, or has the samples elsewhere than first.
    init?(_ text: String, _ shapes: [Shape]) {
        guard let equation = EinsumEquation(text, ranks: shapes.map(\.rank)), let samples = equation.result.first,
            equation.operands.allSatisfy({ $0.first == samples && Set($0).count == $0.count })
        else { return nil }
        var sizes: [Label: Int] = [:]
        for (labels, shape) in zip(equation.operands, shapes) {
            for (label, size) in zip(labels, shape.sizes) { sizes[label] = size ?? -1 }
        }
        func size(_ labels: [Label]) -> Int {
            let known = labels.map { sizes[$0] ?? -1 }
            return known.contains(-1) ? -1 : known.checkedProduct ?? -1
        }
        func moved(_ labels: [Label], to order: [Label]) -> [Operator] {
            let permutation = order.compactMap { labels.firstIndex(of: $0) }
            return permutation == Array(permutation.indices) ? [] : [Transpose(permutation: permutation).erased]
        }
        func summed(_ labels: [Label], except needed: Set<Label>) -> [Operator] {
            let axes = labels.indices.filter { !needed.contains(labels[$0]) }
            return axes.isEmpty ? [] : [Reduce(kind: .sum, axes: axes, keepsAxes: false).erased]
        }
        let needed = Set(equation.result)
        guard equation.operands.count == 2 else {
            let left = equation.operands[0].filter(needed.contains)
            operands = [summed(equation.operands[0], except: needed)]
            result = moved(left, to: equation.result)
            return
        }
        let all = equation.operands.indices.map { needed.union(equation.operands[1 - $0]) }
        let labels = equation.operands.indices.map { number in equation.operands[number].filter(all[number].contains) }
        let shared = labels[0].dropFirst().filter(labels[1].contains)
        let (pairs, sums) = (shared.filter(needed.contains), shared.filter { !needed.contains($0) })
        let (rows, columns) = (labels[0].filter { !labels[1].contains($0) }, labels[1].filter { !labels[0].contains($0) })
        for (number, groups) in [[rows, sums], [sums, columns]].enumerated() {
            var operations = summed(equation.operands[number], except: all[number])
            operations += moved(labels[number], to: [samples] + pairs + groups.flatMap(\.self))
            if groups.contains(where: { $0.count != 1 }) {
                operations.append(Reshape(sizes: pairs.map { size([$0]) } + groups.map(size)).erased)
            }
            operands.append(operations)
        }
        let made = [samples] + pairs + rows + columns
        if rows.count != 1 || columns.count != 1 { result.append(Reshape(sizes: made.dropFirst().map { size([$0]) }).erased) }
        result += moved(made, to: equation.result)
    }
}
