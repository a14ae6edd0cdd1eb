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
///
/// What is the same for a whole row is computed once for each row.
enum RowNormalizationBound {
    static func of<Wide: ReferenceScalar>(
        _ operation: RowNormalization, _ input: Tensor<Wide>, _ weights: [String: ReferenceWeight], _ eta: Double
    ) -> ErrorBound {
        let rows = Rows(of: input.shape, along: operation.axes)
        return bound(operation.kind, epsilon: operation.epsilon, input, rows, weights, eta) { rows.member(at: $0) }
    }

    static func of<Wide: ReferenceScalar>(
        _ operation: GroupNormalization, _ input: Tensor<Wide>, _ weights: [String: ReferenceWeight], _ eta: Double
    ) -> ErrorBound {
        let rows = Rows(groups: operation.groups, ofAxis: operation.axis, of: input.shape)
        let channel = ArrayAxis(operation.axis, of: input.shape)
        return bound(.standard, epsilon: operation.epsilon, input, rows, weights, eta) { channel.index(of: $0) }
    }

    /// - Parameter factor: takes an element's position to that of its gamma and beta.
    private static func bound<Wide: ReferenceScalar>(
        _ kind: RowNormalizationKind, epsilon: Double, _ input: Tensor<Wide>, _ rows: Rows, _ weights: [String: ReferenceWeight], _ eta: Double,
        factor: @escaping @Sendable (Int) -> Int
    ) -> ErrorBound {
        let n = Double(rows.length)
        let moments = Wide.moments(of: input.scalars, rows, areCentred: kind == .standard)
        let spreads = moments.map { Spread($0, kind, epsilon: epsilon, n: n, eta) }
        let (gamma, beta) = (weights["gamma"]?.values.scalars, weights["beta"]?.values.scalars)
        return ErrorBound { position, _ in
            let row = spreads[rows.row(of: position)]
            let (x, m, s) = (input.scalars[position].double, row.mean, row.root)
            let scale = gamma.map { abs(Double($0[factor(position)])) } ?? 1
            let shift = beta.map { abs(Double($0[factor(position)])) } ?? 0
            let magnitude = abs(x) + abs(m)
            guard row.fits, ErrorBound.fits(max(scale, 1) * max(1 / s, 1) * max(magnitude, 1)) else { return .infinity }
            let quotient = abs(x - m) / s
            return scale * ((row.meanError + 6 * ErrorBound.u * magnitude) / s + quotient * row.rootError)
                + 2 * ErrorBound.u * (2 * shift + scale * quotient)
                + eta * (scale + magnitude) + ErrorBound.underflow
        }
    }

    /// What the bounds of a row's elements have in common.
    private struct Spread: Sendable {
        /// The mean, and how far the computed one may be from it.
        let mean: Double
        let meanError: Double
        /// The root that divides, and how far the computed one may be from it, relatively.
        let root: Double
        let rootError: Double
        /// Whether no sum of squares overflows.
        let fits: Bool

        init<Wide: ReferenceScalar>(_ moments: RowMoments<Wide>, _ kind: RowNormalizationKind, epsilon: Double, n: Double, _ eta: Double) {
            let u = ErrorBound.u
            let (square, magnitude) = (moments.meanSquare.double, moments.meanMagnitude.double)
            let s = kind == .unit ? max((square * n).squareRoot(), epsilon) : (square + Double(Float(epsilon))).squareRoot()
            let d = (n + 1) * u * magnitude + (kind == .standard ? eta : 0)
            mean = moments.mean.double
            meanError = d
            root = s
            rootError = (n / 2 + 8) * u + d / s + d * d / (s * s) + n * eta / (s * s)
            fits = ErrorBound.fits(2 * n * max(square, magnitude))
        }
    }
}
