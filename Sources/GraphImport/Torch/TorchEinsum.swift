import ModelCore
import ModelGraph

/// An operand of `einsum`: a value of the graph or a tensor of the file, with a label for each axis.
private struct Term {
    typealias Label = EinsumEquation.Label

    enum Source {
        case value(String)
        case weight(TorchWeight)
    }

    var source: Source
    /// Of the axes; of a value samples first.
    var labels: [Label]

    var isValue: Bool { if case .value = source { true } else { false } }
    /// The label of the axis of samples.
    var samples: Label? { isValue ? labels.first : nil }
}

// `einsum`: sums, permutations, and products of matrices.
extension TorchFlow {
    mutating func einsum() throws(ModelError) -> TorchValue {
        let text = try text("equation", default: "")
        guard case .list(let items)? = argument(["operands"]) ?? argument(["tensors"]) else { throw unsupported("has no tensors") }
        var terms: [(view: TorchView?, weight: TorchWeight?)] = []
        for item in items {
            guard case .value(let name) = item, let value = values[name] else { throw unsupported("has no tensors") }
            if case .weight(let key) = value { terms.append((nil, weights[key])) } else { terms.append((seen(value), nil)) }
        }
        let ranks = terms.map { $0.view?.rank ?? $0.weight?.source.shape.count ?? 0 }
        guard let equation = EinsumEquation(text, ranks: ranks) else { throw unsupported("has the equation '\(text)'") }
        guard equation.operands.allSatisfy({ Set($0).count == $0.count }) else { throw unsupported("takes a diagonal: '\(text)'") }
        var rest: [Term] = []
        for (position, (term, labels)) in zip(terms, equation.operands).enumerated() {
            if derived != nil, let value = try derivedTensor(items[position]) {
                // Weights alone are as those of one sample.
                let row = try sized(value, [1] + shape(value).sizes, "row_\(position)")
                rest.append(Term(source: .value(row), labels: [.ellipsis(.max)] + labels))
            } else if let view = term.view {
                guard !view.hasOuter, !view.hasInner else { throw samples() }
                let others = labels.indices.filter { $0 != view.axis }.map { labels[$0] }
                rest.append(Term(source: .value(view.value), labels: [labels[view.axis]] + others))
            } else if let weight = term.weight {
                rest.append(Term(source: .weight(weight), labels: labels))
            }
        }
        guard let samplesLabel = rest.lazy.compactMap(\.samples).first, rest.allSatisfy({ ($0.samples ?? samplesLabel) == samplesLabel }),
            let place = derived != nil ? 0 : equation.result.firstIndex(of: samplesLabel)
        else { throw samples() }
        var number = 0
        // The products of the file's own tensors come last, so that one of both is a value.
        if let first = rest.firstIndex(where: \.isValue) { rest.swapAt(0, first) }
        while rest.count > 1 {
            let right = rest.remove(at: 1)
            let needed = Set([samplesLabel] + equation.result + rest[1...].flatMap(\.labels))
            rest[0] = try multiplied(rest[0], right, needed, "\(number)")
            number += 1
        }
        let whole = try summed(rest[0], Set(equation.result + [samplesLabel]), "sum")
        guard case .value(let value) = whole.source else { throw unsupported("has no tensor that depends on an input") }
        let order = ([samplesLabel] + equation.result.filter { $0 != samplesLabel }).compactMap { whole.labels.firstIndex(of: $0) }
        let isInOrder = order == Array(order.indices)
        let result = isInOrder ? value : try emit(Transpose(permutation: order).erased, [value])
        if derived != nil { return .tensor(try deriveReshaped(result, shape(result).sizes.dropFirst().compactMap(\.self), part: nil)) }
        return self.result(TorchView(value: result, rank: equation.result.count, axis: place))
    }

    /// The sum over the axes that nobody needs.
    private mutating func summed(_ term: Term, _ needed: Set<Term.Label>, _ part: String) throws(ModelError) -> Term {
        let axes = term.labels.indices.filter { !needed.contains(term.labels[$0]) }
        guard !axes.isEmpty else { return term }
        guard case .value(let value) = term.source else { throw unsupported("sums a tensor of the file by itself") }
        guard axes.first != 0 else { throw samples() }
        let sum = try emit(part, Reduce(kind: .sum, axes: axes, keepsAxes: false).erased, [value])
        return Term(source: .value(sum), labels: term.labels.filter(needed.contains))
    }

    /// The product of a value and another term, summed over what nobody needs.
    private mutating func multiplied(_ left: Term, _ right: Term, _ needed: Set<Term.Label>, _ part: String) throws(ModelError) -> Term {
        let left = try summed(left, needed.union(right.labels), "left_\(part)")
        let right = try summed(right, needed.union(left.labels), "right_\(part)")
        let samples = left.labels[0]
        let shared = left.labels.filter { right.labels.contains($0) && $0 != samples }
        let sums = shared.filter { !needed.contains($0) }
        let pairs = shared.filter(needed.contains)
        let rows = left.labels.filter { $0 != samples && !right.labels.contains($0) }
        let columns = right.labels.filter { $0 != samples && !left.labels.contains($0) }
        let labels = [samples] + pairs + rows + columns
        if case .value(let value) = left.source, case .weight(let weight) = right.source, pairs.isEmpty, !right.labels.contains(samples),
            !sums.isEmpty
        {
            let input = try arranged(left, [samples] + rows, group: sums, "left_\(part)_rows", value)
            let kernel = try matrix(weight, right.labels, sums, columns)
            let product = try emit("product_\(part)", Dense().erased, [input], weights: ["kernel": try use(kernel, .io)])
            let sizes = shape(product).sizes.dropLast() + columns.map { weight.source.shape[right.labels.firstIndex(of: $0) ?? 0] }
            return Term(source: .value(try sized(product, Array(sizes), "whole_\(part)")), labels: labels)
        }
        let first = try operand(left, [samples] + pairs, rows, sums, "left_\(part)")
        let second = try operand(right, [samples] + pairs, sums, columns, "right_\(part)")
        let product = try emit("product_\(part)", MatMul().erased, [first, second])
        let sizes = shape(product).sizes.prefix(1 + pairs.count) + rows.map { size($0, left) } + columns.map { size($0, right) }
        return Term(source: .value(try sized(product, Array(sizes), "whole_\(part)")), labels: labels)
    }

    private func size(_ label: Term.Label, _ term: Term) -> Int? {
        guard let axis = term.labels.firstIndex(of: label) else { return 1 }
        return switch term.source {
        case .value(let value): shape(value)[axis]
        case .weight(let weight): weight.source.shape[axis]
        }
    }

    /// A value under other sizes, where they are others.
    private mutating func sized(_ value: String, _ sizes: [Int?], _ part: String) throws(ModelError) -> String {
        guard case .tensor(let result) = try reshaped(value, sizes[...], part: part) else { return value }
        return result
    }

    private mutating func permuted(_ value: String, _ order: [Int], _ part: String) throws(ModelError) -> String {
        order == Array(order.indices) ? value : try emit(part, Transpose(permutation: order).erased, [value])
    }

    /// A value with these axes, and the rest as its last one.
    private mutating func arranged(
        _ term: Term, _ axes: [Term.Label], group: [Term.Label], _ part: String, _ value: String
    ) throws(ModelError) -> String {
        let order = (axes + group).compactMap { term.labels.firstIndex(of: $0) }
        let moved = try permuted(value, order, "\(part)_moved")
        return try sized(moved, axes.map { size($0, term) } + [product(group, term)], "\(part)_parts")
    }

    /// A tensor of the file as a matrix.
    private func matrix(
        _ weight: TorchWeight, _ labels: [Term.Label], _ rows: [Term.Label], _ columns: [Term.Label]
    ) throws(ModelError) -> TorchWeight {
        let order = (rows + columns).compactMap { labels.firstIndex(of: $0) }
        let sizes = order.map { weight.source.shape[$0] }
        guard let height = sizes.prefix(rows.count).checkedProduct, let width = sizes.dropFirst(rows.count).checkedProduct else {
            throw unsupported("has a tensor of shape \(weight.source.shape)")
        }
        return TorchWeight(
            name: weight.name, source: weight.source.permuted(by: order).reshaped([height, width]), isLiteral: weight.isLiteral)
    }

    /// The product of the sizes of some axes; `nil` where one is not known.
    private func product(_ labels: [Term.Label], _ term: Term) -> Int? {
        let sizes = labels.map { size($0, term) }
        return sizes.contains(nil) ? nil : sizes.compactMap(\.self).checkedProduct
    }

    /// A term as matrices: axes that pair up, samples among them, then two groups of axes as rows and columns.
    private mutating func operand(
        _ term: Term, _ pairs: [Term.Label], _ rows: [Term.Label], _ columns: [Term.Label], _ part: String
    ) throws(ModelError) -> String {
        let order = (pairs + rows + columns).compactMap { term.labels.firstIndex(of: $0) }
        let sizes = pairs.map { size($0, term) } + [product(rows, term), product(columns, term)]
        switch term.source {
        case .value(let value):
            return try sized(try permuted(value, order, "\(part)_moved"), sizes, "\(part)_parts")
        case .weight(let weight):
            let shape = sizes.compactMap(\.self)
            guard shape.count == sizes.count, shape.first == 1 else {
                throw problem("torch.samples", "has a tensor of shape \(weight.source.shape), which is not the same for all samples")
            }
            let kept = TorchWeight(name: weight.name, source: weight.source.permuted(by: order).reshaped(shape), isLiteral: weight.isLiteral)
            return try emit("\(part)_constant", Constant().erased, [], weights: ["value": try use(kept, .other)])
        }
    }
}
