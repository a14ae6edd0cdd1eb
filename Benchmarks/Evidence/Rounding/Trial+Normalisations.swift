import ModelCore
import ModelGraph

extension RoundingTrial {
    mutating func batchNormalization() -> Execution? {
        let (count, channels) = (numbers.random.within(1...5), numbers.random.within(1...3))
        let x = numbers.array([count, channels])
        let (mean, variance) = (vector(channels), numbers.positive([channels]))
        let gamma: Tensor<Float>? = numbers.random.chance(4) ? nil : vector(channels)
        let beta: Tensor<Float>? = numbers.random.chance(4) ? nil : vector(channels)
        let epsilon = numbers.random.chance(2) ? 1e-3 : 1e-5
        var weights = ["mean": Weight(mean), "variance": Weight(variance)]
        weights["gamma"] = gamma.map { Weight($0) }
        weights["beta"] = beta.map { Weight($0) }
        return elementwise(BatchNormalization(axis: 1, epsilon: epsilon).erased, x, weights: weights) { arithmetic, position, x in
            let channel = position % channels
            let (m, g, b) = (mean.scalars[channel], gamma?.scalars[channel] ?? 1, beta?.scalars[channel] ?? 0)
            let root = (variance.scalars[channel] + Float(epsilon)).squareRoot()
            switch arithmetic.form(5) {
            case 0: return g * (x - m) / root + b
            case 1: return arithmetic.multiplyAdd((x - m) / root, g, b)
            case 2: return arithmetic.multiplyAdd((x - m) * (1 / root), g, b)
            case 3:
                // Folded into one product and one sum.
                let factor = g / root
                return arithmetic.multiplyAdd(x, factor, arithmetic.multiplyAdd(-m, factor, b))
            default:
                let factor = g * (1 / root)
                return arithmetic.multiplyAdd(x, factor, arithmetic.multiplyAdd(-m, factor, b))
            }
        }
    }

    mutating func standardization() -> Execution? {
        let (count, channels) = (numbers.random.within(1...5), numbers.random.within(1...3))
        let x = numbers.array([count, channels])
        let (mean, variance) = (vector(channels), numbers.positive([channels]))
        let operation = Standardization(isInverse: numbers.random.chance(3), epsilon: 1e-7)
        let weights = ["mean": Weight(mean, .other), "variance": Weight(variance, .other)]
        return elementwise(operation.erased, x, weights: weights) { arithmetic, position, x in
            let m = mean.scalars[position % channels]
            let root = max(variance.scalars[position % channels].squareRoot(), Float(1e-7))
            if operation.isInverse { return arithmetic.multiplyAdd(x, root, m) }
            switch arithmetic.form(3) {
            case 0: return (x - m) / root
            case 1: return (x - m) * (1 / root)
            default:
                let factor = 1 / root
                return arithmetic.multiplyAdd(x, factor, -m * factor)
            }
        }
    }

    mutating func rowNormalization() -> Execution? {
        let (rows, length) = (numbers.random.within(1...3), numbers.random.within(2...24))
        let x = numbers.array([rows, length])
        let kind = numbers.random.choice(RowNormalizationKind.allCases) ?? .standard
        let epsilon = kind == .unit ? 1e-12 : numbers.random.chance(2) ? 1e-3 : 1e-6
        let gamma: Tensor<Float>? = numbers.random.chance(3) ? nil : vector(length)
        let beta: Tensor<Float>? = numbers.random.chance(3) ? nil : vector(length)
        var weights: [String: Weight] = [:]
        weights["gamma"] = gamma.map { Weight($0, .other) }
        weights["beta"] = beta.map { Weight($0, .other) }
        let moments = (0..<rows).map { statistics(kind, Array(x.scalars[$0 * length..<($0 + 1) * length]), Float(epsilon)) }
        let operation = RowNormalization(kind: kind, axes: [1], epsilon: epsilon)
        return elementwise(operation.erased, x, weights: weights) { arithmetic, position, x in
            Self.normalised(
                x, moments[position / length], gamma?.scalars[position % length], beta?.scalars[position % length], &arithmetic)
        }
    }

    mutating func groupNormalization() -> Execution? {
        let (places, groups, size) = (numbers.random.within(1...8), numbers.random.within(1...3), numbers.random.within(1...3))
        let channels = groups * size
        let x = numbers.array([1, places, channels])
        let (gamma, beta) = (vector(channels), vector(channels))
        let moments = (0..<groups).map { group in
            let members = x.scalars.indices.filter { $0 % channels / size == group }
            return statistics(.standard, members.map { x.scalars[$0] }, 1e-3)
        }
        let operation = GroupNormalization(axis: 2, groups: groups, epsilon: 1e-3)
        let weights = ["gamma": Weight(gamma), "beta": Weight(beta)]
        return elementwise(operation.erased, x, weights: weights) { arithmetic, position, x in
            let channel = position % channels
            return Self.normalised(x, moments[channel / size], gamma.scalars[channel], beta.scalars[channel], &arithmetic)
        }
    }

    private mutating func statistics(_ kind: RowNormalizationKind, _ row: [Float], _ epsilon: Float) -> (mean: Float, root: Float) {
        guard kind == .standard else {
            let squares = arithmetic.sum(row.map { ($0, $0) })
            return (0, kind == .unit ? max(squares.squareRoot(), epsilon) : (squares / Float(row.count) + epsilon).squareRoot())
        }
        if arithmetic.form(3) == 0 {
            // One pass that keeps the mean up to date (Welford 1962), as PyTorch does.
            var (mean, squares) = (Float(0), Float(0))
            for (number, x) in row.enumerated() {
                let difference = x - mean
                mean += difference / Float(number + 1)
                squares = arithmetic.multiplyAdd(difference, x - mean, squares)
            }
            return (mean, (squares / Float(row.count) + epsilon).squareRoot())
        }
        let mean = arithmetic.mean(row)
        let differences = row.map { $0 - mean }
        let variance = arithmetic.sum(differences.map { ($0, $0) }) / Float(row.count)
        return (mean, (variance + epsilon).squareRoot())
    }

    private static func normalised(
        _ x: Float, _ row: (mean: Float, root: Float), _ gamma: Float?, _ beta: Float?, _ arithmetic: inout Arithmetic
    ) -> Float {
        let (g, b) = (gamma ?? 1, beta ?? 0)
        switch arithmetic.form(4) {
        case 0: return (x - row.mean) / row.root * g + b
        case 1: return arithmetic.multiplyAdd((x - row.mean) * (1 / row.root), g, b)
        case 2:
            let factor = g * (1 / row.root)
            return arithmetic.multiplyAdd(x, factor, arithmetic.multiplyAdd(-row.mean, factor, b))
        default: return arithmetic.multiplyAdd((x - row.mean) * (g / row.root), 1, b)
        }
    }

    mutating func softmax() -> Execution? {
        let (rows, length) = (numbers.random.within(1...3), numbers.random.within(1...24))
        let x = numbers.arguments([rows, length])
        let kind: SoftmaxKind = numbers.random.chance(2) ? .softmax : .logSoftmax
        let isShifted = kind == .logSoftmax || x.scalars.contains { abs($0) > 40 } || arithmetic.form(3) > 0
        var scalars: [Float] = []
        for row in 0..<rows {
            let members = x.scalars[row * length..<(row + 1) * length]
            let greatest = isShifted ? members.max() ?? 0 : 0
            let exponentials = members.map { arithmetic.exp($0 - greatest) }
            let sum = arithmetic.sum(exponentials)
            let logarithm = arithmetic.log(sum)
            for (member, exponential) in zip(members, exponentials) {
                switch kind {
                case .logSoftmax: scalars.append(member - greatest - logarithm)
                default: scalars.append(arithmetic.form(2) == 0 ? exponential / sum : exponential * (1 / sum))
                }
            }
        }
        return Execution(
            operation: Softmax(kind: kind, axes: [1]).erased, inputs: [x], output: Tensor(shape: [rows, length], filledWith: scalars))
    }
}
