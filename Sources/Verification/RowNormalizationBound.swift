import ModelCore
import ModelGraph
import ReferenceEngine

/// How far Float32 executions of layer and group normalisation may be from the exact result.
///
/// With n elements in a row, their mean m and the mean A of their magnitudes, and s the root that divides:
/// - the computed mean is within `d = (n + 1) u A` of m, which moves the numerator by d and the variance by d^2;
/// - the computed s is within a factor of `1 + ((n + 4) u + (d / s)^2) / 2` with two passes, and of `1 + ((n + 4) u + 2 d / s) / 2` with one that keeps the
///   mean up to date (Welford 1962; Chan, Golub and LeVeque 1983), as PyTorch's has it. A variance from the mean of squares is not admitted;
/// - the quotient takes a few roundings of `(|x| + |m|) / s`, for `x / s - m / s` is a way to compute it, too;
/// - what underflows is off by eta, and is multiplied by what follows: the quotient by gamma, `gamma / s` by x and m.
///
/// So `B = |gamma| ((d + 6 u (|x| + |m|)) / s + |x - m| / s * ((n / 2 + 8) u + d / s + (d / s)^2)) + 2 u (2 |beta| + |y|)`, and eta `(|gamma| + |x| + |m|)`.
/// There is no bound where a sum of squares, or gamma / s with x and m, may overflow.
enum RowNormalizationBound {
    static func of(
        _ operation: RowNormalization, _ input: Tensor<Double>, _ weights: [String: ReferenceWeight], _ eta: Double
    ) throws(ModelError) -> Tensor<Double> {
        let sizes = input.shape.indices.map { operation.axes.contains($0) ? input.shape[$0] : 1 }
        func stretched(_ role: String) throws(ModelError) -> Tensor<Double>? {
            try weights[role]?.values.reshaped(sizes).map { weight throws(ModelError) in try stretch(weight.map(Double.init), to: input.shape) }
        }
        return try bound(operation, input, gamma: stretched("gamma"), beta: stretched("beta"), eta)
    }

    static func of(
        _ operation: GroupNormalization, _ input: Tensor<Double>, _ weights: [String: ReferenceWeight], _ eta: Double
    ) throws(ModelError) -> Tensor<Double> {
        let channels = input.shape[operation.axis]
        let groups = operation.groups == 0 ? channels : operation.groups
        var split = input.shape
        split.replaceSubrange(operation.axis...operation.axis, with: [groups, channels / groups])
        let sizes = split.indices.map { $0 == operation.axis || $0 == operation.axis + 1 ? split[$0] : 1 }
        func stretched(_ role: String) throws(ModelError) -> Tensor<Double>? {
            try weights[role]?.values.reshaped(sizes).map { weight throws(ModelError) in try stretch(weight.map(Double.init), to: split) }
        }
        let rows = RowNormalization(
            kind: .standard, axes: (1..<split.count).filter { $0 != operation.axis }, epsilon: operation.epsilon)
        guard let view = input.reshaped(split) else { return input }
        let bound = try bound(rows, view, gamma: stretched("gamma"), beta: stretched("beta"), eta)
        return bound.reshaped(input.shape) ?? bound
    }

    private static func bound(
        _ operation: RowNormalization, _ input: Tensor<Double>, gamma: Tensor<Double>?, beta: Tensor<Double>?, _ eta: Double
    ) throws(ModelError) -> Tensor<Double> {
        let u = ErrorBound.u
        let n = Double(operation.axes.reduce(1) { $0 * input.shape[$1] })
        func mean(_ tensor: Tensor<Double>) throws(ModelError) -> Tensor<Double> {
            let reduce = Reduce(kind: .mean, axes: operation.axes, keepsAxes: true).erased
            return try stretch(try Reference.evaluate(reduce, inputs: [tensor], weights: [:]), to: input.shape)
        }
        let isCentred = operation.kind == .standard
        let means = isCentred ? try mean(input) : input.map { _ in 0 }
        let magnitudes = isCentred ? try mean(input.map(abs)) : input.map { _ in 0 }
        let squares = try mean(Tensor(shape: input.shape) { (input.scalars[$0] - means.scalars[$0]) * (input.scalars[$0] - means.scalars[$0]) })
        return Tensor(shape: input.shape) { position in
            let (x, m) = (input.scalars[position], means.scalars[position])
            let s =
                operation.kind == .unit
                ? max((squares.scalars[position] * n).squareRoot(), operation.epsilon)
                : (squares.scalars[position] + Double(Float(operation.epsilon))).squareRoot()
            let d = (n + 1) * u * magnitudes.scalars[position] + (isCentred ? eta : 0)
            let scale = abs(gamma?.scalars[position] ?? 1)
            let largest = max(scale, 1) * max(1 / s, 1) * max(abs(x) + abs(m), 1)
            let sums = 2 * n * max(squares.scalars[position], magnitudes.scalars[position])
            guard ErrorBound.fits(largest), ErrorBound.fits(sums) else { return .infinity }
            let quotient = abs(x - m) / s
            let shift = abs(beta?.scalars[position] ?? 0)
            let variance = (n / 2 + 8) * u + d / s + d * d / (s * s) + n * eta / (s * s)
            return scale * ((d + 6 * u * (abs(x) + abs(m))) / s + quotient * variance) + 2 * u
                * (2 * shift + scale * quotient)
                + eta * (scale + abs(x) + abs(m)) + ErrorBound.underflow
        }
    }

    private static func stretch(_ tensor: Tensor<Double>, to shape: [Int]) throws(ModelError) -> Tensor<Double> {
        try Reference.evaluate(Merge(.add).erased, inputs: [tensor, Tensor(repeating: 0, shape: shape)], weights: [:])
    }
}
