import ModelCore
import ModelGraph
import ReferenceEngine

extension ErrorBound {
    /// With s the root of the variance and a = gamma / s, the result may be computed as `gamma (x - m) / s + beta`, with the quotient or the reciprocal of s
    /// first, or folded into `a x + (beta - a m)`.
    ///
    /// - Roundings: at most 3 in s, 2 in a, one each in a x, a m and the two sums: within `8 u (|a x| + |a m| + |beta|)`.
    /// - What underflows is off by eta / 2, and is multiplied by what follows: `gamma (x - m)` by 1 / s, `(x - m) / s` by gamma, `a` by x and m.
    static func batchNormalization(
        _ operation: BatchNormalization, _ input: Tensor<some ReferenceScalar>, _ weights: [String: ReferenceWeight], _ eta: Double
    ) -> ErrorBound {
        let channels = input.shape[operation.axis]
        let step = RowMajor.strides(input.shape)[operation.axis]
        func vector(_ role: String) -> [Double]? { weights[role]?.values.scalars.map { Double($0) } }
        let epsilon = Double(Float(operation.epsilon))
        let reciprocals = (vector("variance") ?? []).map { 1 / ($0 + epsilon).squareRoot() }
        let (mean, gamma, beta) = (vector("mean"), vector("gamma"), vector("beta"))
        return ErrorBound { position, _ in
            let channel = position / step % channels
            let reciprocal = reciprocals[channel]
            let distance = abs(input.scalars[position].double) + abs(mean?[channel] ?? 0)
            let (scale, shift) = (abs(gamma?[channel] ?? 1), abs(beta?[channel] ?? 0))
            let magnitude = scale * reciprocal * distance + shift
            guard fits(max(distance, 1) * max(scale, 1) * max(reciprocal, 1) + shift) else { return .infinity }
            return 8 * u * magnitude + eta * (reciprocal + scale + distance + 2)
        }
    }

    /// A product with a sigmoid: 10 roundings in that, 1 in the product; where the sigmoid is taken for zero, the product is off by as much as it is large.
    static func gatedLinearUnit(_ operation: GatedLinearUnit, _ inputs: [Tensor<some ReferenceScalar>]) -> ErrorBound {
        let input = inputs[0]
        let half = input.shape[operation.axis...].reduce(1, *) / 2
        return ErrorBound { position, exact in
            let value = input.scalars[position / half * 2 * half + position % half].double
            return 11 * u * abs(exact) + underflow * (1 + abs(value))
        }
    }
}
