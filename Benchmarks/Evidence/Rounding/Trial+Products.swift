import ModelCore
import ModelGraph

extension RoundingTrial {
    mutating func dense() -> Execution? {
        let (rows, inputs, outputs) = (numbers.random.within(1...3), numbers.random.within(1...40), numbers.random.within(1...3))
        let x = numbers.array([rows, inputs])
        let kernel = numbers.array([inputs, outputs])
        let bias: Tensor<Float>? = numbers.random.chance(2) ? vector(outputs) : nil
        var weights = ["kernel": Weight(kernel, .io)]
        weights["bias"] = bias.map { Weight($0) }
        var scalars: [Float] = []
        for row in 0..<rows {
            for output in 0..<outputs {
                let terms = (0..<inputs).map { (x.scalars[row * inputs + $0], kernel.scalars[$0 * outputs + output]) }
                scalars.append(arithmetic.sum(terms, bias: bias?.scalars[output]))
            }
        }
        return Execution(operation: Dense().erased, inputs: [x], weights: weights, output: Tensor(shape: [rows, outputs], filledWith: scalars))
    }

    mutating func dot() -> Execution? {
        let (length, left, right) = (numbers.random.within(1...12), numbers.random.within(1...3), numbers.random.within(1...3))
        let a = numbers.array([1, left, length])
        let b = numbers.array([1, length, right])
        var scalars: [Float] = []
        for i in 0..<left {
            for j in 0..<right {
                scalars.append(arithmetic.sum((0..<length).map { (a.scalars[i * length + $0], b.scalars[$0 * right + j]) }))
            }
        }
        return Execution(operation: Dot(axes: [2, 1]).erased, inputs: [a, b], output: Tensor(shape: [1, left, right], filledWith: scalars))
    }

    mutating func matMul() -> Execution? {
        let (depth, rows, columns) = (numbers.random.within(1...12), numbers.random.within(1...3), numbers.random.within(1...3))
        let operation = MatMul(transposesLeft: numbers.random.chance(2), transposesRight: numbers.random.chance(2))
        let a = numbers.array([2] + (operation.transposesLeft ? [depth, rows] : [rows, depth]))
        let b = numbers.array([1] + (operation.transposesRight ? [columns, depth] : [depth, columns]))
        let (row, term) = operation.transposesLeft ? (1, rows) : (depth, 1)
        let (column, factor) = operation.transposesRight ? (depth, 1) : (1, columns)
        var scalars: [Float] = []
        for sample in 0..<2 {
            for i in 0..<rows {
                for j in 0..<columns {
                    let start = sample * rows * depth + i * row
                    scalars.append(arithmetic.sum((0..<depth).map { (a.scalars[start + $0 * term], b.scalars[j * column + $0 * factor]) }))
                }
            }
        }
        return Execution(operation: operation.erased, inputs: [a, b], output: Tensor(shape: [2, rows, columns], filledWith: scalars))
    }

    mutating func locallyConnected() -> Execution? {
        let (channels, filters, window) = (numbers.random.within(1...3), numbers.random.within(1...3), numbers.random.within(1...3))
        let stride = numbers.random.within(1...2)
        let places = numbers.random.within(1...4)
        let length = (places - 1) * stride + window
        let rows = window * channels
        let x = numbers.array([1, length, channels])
        let kernel = numbers.array([places, rows, filters])
        let bias: Tensor<Float>? = numbers.random.chance(2) ? numbers.array([places, filters]) : nil
        var weights = ["kernel": Weight(kernel, .other)]
        weights["bias"] = bias.map { Weight($0, .other) }
        var scalars: [Float] = []
        for place in 0..<places {
            for filter in 0..<filters {
                let terms = (0..<rows).map { row in
                    (x.scalars[place * stride * channels + row], kernel.scalars[(place * rows + row) * filters + filter])
                }
                scalars.append(arithmetic.sum(terms, bias: bias?.scalars[place * filters + filter]))
            }
        }
        return Execution(
            operation: LocallyConnected(layout: .nwc, window: [window], strides: [stride]).erased, inputs: [x], weights: weights,
            output: Tensor(shape: [1, places, filters], filledWith: scalars))
    }

    mutating func reduce() -> Execution? {
        let (rows, length) = (numbers.random.within(1...4), numbers.random.within(1...40))
        let x = numbers.array([rows, length])
        let kind: ReductionKind = numbers.random.chance(2) ? .sum : .mean
        let scalars = (0..<rows).map { row in
            let values = Array(x.scalars[row * length..<(row + 1) * length])
            return kind == .sum ? arithmetic.sum(values) : arithmetic.mean(values)
        }
        return Execution(
            operation: Reduce(kind: kind, axes: [1], keepsAxes: false).erased, inputs: [x], output: Tensor(shape: [rows], filledWith: scalars))
    }

    mutating func merge() -> Execution? {
        let kind = numbers.random.choice([MergeKind.add, .subtract, .multiply, .divide, .average]) ?? .add
        let count = kind == .subtract || kind == .divide ? 2 : numbers.random.within(2...5)
        let length = numbers.random.within(1...12)
        let inputs = (0..<count).map { _ in numbers.array([1, length]) }
        let scalars = (0..<length).map { position -> Float in
            let values = inputs.map { $0.scalars[position] }
            switch kind {
            case .subtract: return values[0] - values[1]
            case .divide: return values[0] / values[1]
            case .average: return arithmetic.mean(values)
            case .multiply: return values.shuffled(using: &arithmetic.random).reduce(1, *)
            default: return arithmetic.sum(values)
            }
        }
        return Execution(operation: Merge(kind).erased, inputs: inputs, output: Tensor(shape: [1, length], filledWith: scalars))
    }

    mutating func rescaling() -> Execution? {
        let input = numbers.array([1, numbers.random.within(1...12)])
        let scale = numbers.number(exponent: 8)
        let offset = numbers.number(exponent: 8)
        return elementwise(Rescaling(scale: [Double(scale)], offset: [Double(offset)]).erased, input) { arithmetic, _, x in
            arithmetic.multiplyAdd(x, scale, offset)
        }
    }
}
