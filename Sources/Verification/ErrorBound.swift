import ModelCore
import ModelGraph
import ReferenceEngine

/// How far a Float32 execution of one operator may be from the exact result, element by element.
///
/// With u = 2^-24 and eta twice the most that a result is off by where it underflows; each bound is inflated by 1 + 2^-20 for the error of the Float64 result that it is held against.
struct ErrorBound: Sendable {
    /// The bound at a row-major position of the output whose exact value is given.
    let value: @Sendable (_ position: Int, _ exact: Double) -> Double

    static let u = 0x1p-24
    /// The eta of IEEE 754, which has subnormal numbers.
    static let eta = 0x1p-149
    /// The eta of executions that take subnormal results for zero, as those of TensorFlow and oneDNN do: twice the most that one is off by.
    static let flushingEta = 0x1p-125
    /// Functions of a library may give zero for smaller results: of an exponential they compute the half first, and that may be flushed.
    static let underflow = 0x1p-125

    init(_ value: @escaping @Sendable (Int, Double) -> Double) {
        self.value = { position, exact in value(position, exact) * Self.inflation }
    }

    private static let inflation = 1 + 0x1p-20

    /// No error at all.
    private static var exact: ErrorBound { ErrorBound { _, _ in 0 } }

    /// Relative to the result: `count` roundings.
    private static func roundings(_ count: Double, _ eta: Double) -> ErrorBound {
        ErrorBound { _, exact in count * u * abs(exact) + eta }
    }

    /// The gamma of Higham 2002, (3.1): n roundings of a sum of products, any order, with or without fused multiply-adds.
    static func gamma(_ n: Double) -> Double { n * u < 1 ? n * u / (1 - n * u) : .infinity }

    /// For a result of sums: `factor` times the sum of magnitudes, and no bound where a partial result may exceed Float32.
    /// - Parameter partial: how many times the sum of magnitudes of the result a partial result may be: the count that a mean divides by at the end.
    /// - Parameter underflow: eta, times how many results may underflow.
    private static func sum(
        _ factor: Double, _ magnitude: Evaluation<some ReferenceScalar>, underflow: Double, partial: Double = 1
    ) -> ErrorBound {
        ErrorBound { position, _ in sum(factor, magnitude.element(position).double, underflow: underflow, partial: partial) }
    }

    private static func sum(_ factor: Double, _ magnitude: Double, underflow: Double, partial: Double) -> Double {
        fits(magnitude * partial * (1 + factor)) ? factor * magnitude + underflow : .infinity
    }

    /// The bound for a sum of products whose terms have this sum of magnitudes.
    /// - Parameter terms: how many there are, as `terms` counts them.
    static func ofSum(terms: Double, magnitude: Double, eta: Double) -> Double {
        sum(gamma(terms), magnitude, underflow: terms * eta, partial: 1) * inflation
    }

    /// The terms of the sum behind each element of an operator that sums products, a bias among them.
    static func terms(_ operation: Operator, inputs: [[Int]], weights: [String: ReferenceWeight]) -> Double {
        switch operation {
        case .locallyConnected, .dot: return Double(operation.definition.multiplyAdds(inputs.map { Shape(known: $0) }, weightShapes(weights))) + 1
        case .matMul(let definition): return Double(definition.multiplyAdds(inputs.map { Shape(known: $0) }, weightShapes(weights)))
        default:
            guard let kernel = weights["kernel"], let output = kernel.layout.axis("o") else { return 1 }
            let products = kernel.values.shape.enumerated().reduce(1) { $1.offset == output ? $0 : $0 * $1.element }
            return Double(products) + (weights["bias"] == nil ? 0 : 1)
        }
    }

    /// How often a quotient is rounded. Executions that flush are those of frameworks, and TensorFlow divides by a constant by multiplying with its
    /// rounded reciprocal.
    private static func quotientRoundings(_ eta: Double) -> Double { eta == flushingEta ? 2 : 1 }

    /// Whether a partial result of this magnitude does not overflow.
    static func fits(_ magnitude: Double) -> Bool { magnitude < Double(Float.greatestFiniteMagnitude) }

    /// The bound for a node.
    ///
    /// What whole rows or the whole input have in common is computed here, from a few walks over the inputs; the bound of an element then takes
    /// no more than the element itself, so it is for the caller to ask once for all elements.
    /// - Parameters:
    ///   - inputs: the values that the execution read, in `Double`; generic so that a test can count operations.
    ///   - weights: those of the node.
    static func of<Wide: ReferenceScalar>(
        _ operation: Operator, inputs: [Tensor<Wide>], weights: [String: ReferenceWeight], eta: Double = eta
    ) throws(ModelError) -> ErrorBound {
        switch operation {
        case .sized(let operation):
            // Sizes are exact.
            return try of(operation.resolved(inputs.map(\.shape)), inputs: Array(inputs.prefix(1)), weights: weights, eta: eta)
        case .flatten, .reshape, .transpose, .pad, .crop, .concatenate, .identity, .constant, .embedding, .flip, .foldBatch, .unfoldBatch:
            return exact
        case .convolution, .transposedConvolution, .dense, .locallyConnected, .dot, .matMul:
            let n = terms(operation, inputs: inputs.map(\.shape), weights: weights)
            let magnitude = try magnitude(operation, inputs, weights)
            return sum(gamma(n), magnitude, underflow: n * eta)
        case .batchNormalization(let operation): return batchNormalization(operation, inputs[0], weights, eta)
        case .pooling(let operation):
            // A window may be larger than its input, and no element is in it twice.
            let sizes = zip(operation.window, operation.layout.spatialAxes).map { min($0, inputs.first?.shape[$1] ?? 1) }
            let n = Double(sizes.reduce(1, *))
            return try pooling(operation.kind, n, operation.erased, inputs, eta)
        case .globalPooling(let operation):
            let n = Double(operation.layout.spatialAxes.reduce(1) { $0 * (inputs.first?.shape[$1] ?? 1) })
            return try pooling(operation.kind, n, operation.erased, inputs, eta)
        case .adaptivePooling(let operation):
            let sizes = zip(operation.layout.spatialAxes, operation.outputSize).map { axis, count in
                AdaptivePooling.largestWindow(of: inputs.first?.shape[axis] ?? 1, count: count)
            }
            return try pooling(operation.kind, Double(sizes.reduce(1, *)), operation.erased, inputs, eta)
        case .merge(let operation):
            let k = Double(inputs.count)
            switch operation.kind {
            case .maximum, .minimum: return exact
            case .divide: return roundings(quotientRoundings(eta), eta)
            case .multiply:
                guard k > 2 else { return roundings(1, eta) }
                // A partial product may underflow before it meets a large factor, or overflow before it meets a small one.
                let limit = try Wide.evaluation(of: operation.erased, inputs: inputs.mapScalars { max(abs($0), 1) }, weights: [:])
                return ErrorBound { position, exact in
                    let largest = limit.element(position).double
                    return fits(largest) ? gamma(k - 1) * abs(exact) + (k - 1) * eta * largest : .infinity
                }
            case .add where inputs.count == 2, .subtract: return roundings(1, eta)
            case .add, .average:
                let magnitude = try magnitude(operation.erased, inputs, [:])
                let roundings = operation.kind == .average ? k : k - 1
                return sum(gamma(roundings), magnitude, underflow: eta, partial: operation.kind == .average ? k : 1)
            }
        case .rescaling(let operation):
            let absolute = Rescaling(scale: operation.scale.map(abs), offset: operation.offset.map(abs))
            let magnitude = try magnitude(absolute.erased, inputs, [:])
            return sum(gamma(2), magnitude, underflow: 2 * eta)
        case .standardization:
            // 4 u (|x| + |m|) / s: a difference, a root, a quotient; or a product and a sum.
            let magnitude = try magnitude(operation, inputs, weights)
            let largest = weights["variance"]?.values.scalars.reduce(1) { max($0, Double($1).squareRoot()) } ?? 1
            return sum(4 * u, magnitude, underflow: eta, partial: largest)
        case .rowNormalization(let operation):
            return RowNormalizationBound.of(operation, inputs[0], weights, eta)
        case .groupNormalization(let operation):
            return RowNormalizationBound.of(operation, inputs[0], weights, eta)
        case .reduce(let operation):
            let n = Double(operation.axes.reduce(1) { $0 * (inputs.first?.shape[$1] ?? 1) })
            if operation.kind == .maximum || operation.kind == .minimum { return exact }
            let magnitude = try magnitude(operation.erased, inputs, [:])
            return sum(gamma(n + 1), magnitude, underflow: n * eta, partial: operation.kind == .mean ? n : 1)
        case .cumulativeSum(let operation):
            let n = Double(inputs.first?.shape[operation.axis] ?? 1)
            return sum(gamma(n), try magnitude(operation.erased, inputs, [:]), underflow: 0)
        case .prelu: return roundings(1, eta)
        case .gatedLinearUnit(let operation): return gatedLinearUnit(operation, inputs)
        case .activation(let operation): return activation(operation.function, inputs, eta)
        case .softmax(let operation): return softmax(operation, inputs)
        case .resize(let operation):
            let shape = try Wide.evaluation(of: operation.erased, inputs: inputs, weights: weights).shape
            return resize(operation, inputs, output: shape, eta)
        }
    }

    private static func weightShapes(_ weights: [String: ReferenceWeight]) -> WeightShapes {
        WeightShapes(weights.mapValues { .init(shape: $0.values.shape, layout: $0.layout) })
    }

    /// The sum of magnitudes behind each element: the operator on absolute values.
    private static func magnitude<Wide: ReferenceScalar>(
        _ operation: Operator, _ inputs: [Tensor<Wide>], _ weights: [String: ReferenceWeight]
    ) throws(ModelError) -> Evaluation<Wide> {
        var absolute: [String: ReferenceWeight] = [:]
        for (role, weight) in weights {
            // Where the mean is subtracted, its magnitude adds up when its sign is turned.
            let sign: Float = role == "mean" && operation.subtractsMean ? -1 : 1
            absolute[role] = ReferenceWeight(values: weight.values.map { sign * abs($0) }, layout: weight.layout)
        }
        return try Wide.evaluation(of: operation, inputs: inputs.mapScalars(abs), weights: absolute)
    }

    private static func pooling(
        _ kind: PoolingKind, _ n: Double, _ operation: Operator, _ inputs: [Tensor<some ReferenceScalar>], _ eta: Double
    ) throws(ModelError) -> ErrorBound {
        switch kind {
        case .maximum: return exact
        case .l2:
            // The root of a sum that is off by e, because squares underflowed, is off by e / y, and by sqrt(e) at most.
            let loss = n * eta / 2
            return ErrorBound { _, y in
                fits(y * y * (1 + gamma(n))) ? (n + 3) * u * y + (y > 0 ? min(loss / y, loss.squareRoot()) : loss.squareRoot()) + eta : .infinity
            }
        case .average:
            let magnitude = try magnitude(operation, inputs, [:])
            return sum(gamma(n + 1), magnitude, underflow: n * eta, partial: n)
        }
    }

    /// Running error analysis of `exp(x - m) / sum`: with n terms, `m - x_i <= -ln y_i` and the weighted mean of `m - x_j` is at most ln n. Each
    /// exponential and the logarithm may be off by 8 u, the sum has n - 1 roundings, a division by way of the reciprocal 2.
    private static func softmax(_ operation: Softmax, _ inputs: [Tensor<some ReferenceScalar>]) -> ErrorBound {
        guard let input = inputs.first else { return exact }
        let n = Double(operation.axes.reduce(1) { $0 * input.shape[$1] })
        let logarithm = n.logarithm
        switch operation.kind {
        case .softmax:
            return ErrorBound { _, y in
                u * y * ((y > 0 ? -y.logarithm : 0) + logarithm + n + 18) + underflow
            }
        case .logSoftmax:
            return ErrorBound { _, y in u * (2 * abs(y) + 10 * logarithm + n + 10) + underflow }
        case .sparsemaxKeras:
            // A sum of at most n cumulative sums of at most n terms, and three more roundings.
            let largest = max(input.largestMagnitude, 1)
            return ErrorBound { _, _ in (n + 3) * n * u * largest }
        }
    }

    /// Along each axis a sum of at most `most` products, or linear interpolation in 6 roundings, relative to the largest element and to how much the
    /// weights of all axes may enlarge it. Positions and weights themselves are constants in Float32.
    private static func resize(_ operation: Resize, _ inputs: [Tensor<some ReferenceScalar>], output: [Int], _ eta: Double) -> ErrorBound {
        guard operation.interpolation != .nearest, let input = inputs.first else { return exact }
        let largest = input.largestMagnitude
        var (roundings, growth) = (0.0, 1.0)
        for (number, axis) in operation.layout.spatialAxes.enumerated() {
            let taps = ResizeTaps(
                operation.interpolation, input: input.shape[axis], output: output[axis], positions: operation.positions,
                step: operation.step(axis: number))
            roundings += Double(max(taps.most, 6))
            growth *= max(taps.greatestSum, 1)
        }
        let bound = gamma(roundings) * growth * growth * largest + roundings * growth * eta
        return ErrorBound { _, _ in bound }
    }

    private static func activation(_ function: ActivationFunction, _ inputs: [Tensor<some ReferenceScalar>], _ eta: Double) -> ErrorBound {
        guard let input = inputs.first, let bound = ActivationBound.of(function, eta: eta) else { return exact }
        return ErrorBound { position, exact in bound(input.scalars[position].double, exact) }
    }
}

extension Tensor where Scalar: ReferenceScalar {
    fileprivate var largestMagnitude: Double { scalars.reduce(Scalar.zero) { max($0, abs($1)) }.double }
}

extension Double {
    fileprivate var logarithm: Double { Double.log(self) }
}

extension Operator {
    fileprivate var subtractsMean: Bool {
        switch self {
        case .standardization(let operation): !operation.isInverse
        default: false
        }
    }
}
