import ModelCore
import ModelGraph
import ReferenceEngine

/// How far an operator's exact result moves when its inputs move.
enum ErrorPropagation {
    /// A bound on the change of each element of the output, for inputs that are each within `errors` of `inputs`.
    ///
    /// - Parameter output: the operator's exact result on `inputs`.
    static func through(
        _ operation: Operator, inputs: [Tensor<Double>], errors: [Tensor<Double>], weights: [String: ReferenceWeight],
        output: Tensor<Double>
    ) throws(ModelError) -> Tensor<Double> {
        switch operation {
        case .sized(let operation):
            return try through(
                operation.resolved(inputs.map(\.shape)), inputs: Array(inputs.prefix(1)), errors: Array(errors.prefix(1)), weights: weights,
                output: output)
        case .constant:
            return output.map { _ in 0 }
        case .embedding:
            // Rows are chosen by exact numbers.
            return Self.nothing(output, unlessExact: errors)
        case .identity, .flatten, .reshape, .transpose, .crop, .concatenate, .cumulativeSum, .flip, .foldBatch, .unfoldBatch:
            // Values are moved, or added up.
            return try Reference.evaluate(operation, inputs: errors, weights: [:])
        case .pad(var operation):
            operation.value = 0
            return try Reference.evaluate(operation.erased, inputs: errors, weights: [:])
        case .convolution, .transposedConvolution, .dense, .locallyConnected:
            // Linear but for the bias: the operator on magnitudes.
            let kernel = weights.filter { $0.key == "kernel" }.mapValues { ReferenceWeight(values: $0.values.map(abs), layout: $0.layout) }
            return try Reference.evaluate(operation, inputs: errors, weights: kernel)
        case .batchNormalization:
            var slopes = weights.filter { $0.key != "beta" }.mapValues { ReferenceWeight(values: $0.values.map(abs), layout: $0.layout) }
            slopes["mean"] = slopes["mean"].map { ReferenceWeight(values: $0.values.map { _ in 0 }, layout: $0.layout) }
            return try Reference.evaluate(operation, inputs: errors, weights: slopes)
        case .pooling(var operation):
            // A maximum, a mean and a norm each change by no more than the same of the changes.
            operation.countIncludesPadding = false
            return try Reference.evaluate(operation.erased, inputs: errors, weights: [:])
        case .globalPooling, .adaptivePooling:
            return try Reference.evaluate(operation, inputs: errors, weights: [:])
        case .rescaling(let operation):
            return try Reference.evaluate(Rescaling(scale: operation.scale.map(abs), offset: [0]).erased, inputs: errors, weights: [:])
        case .merge(let operation):
            return try merge(operation, inputs, errors)
        case .standardization(let operation):
            var slopes = weights
            slopes["mean"] = slopes["mean"].map { ReferenceWeight(values: $0.values.map { _ in 0 }, layout: $0.layout) }
            return try Reference.evaluate(operation.erased, inputs: errors, weights: slopes)
        case .dot, .matMul:
            // The product of |x| + e over both inputs, less that of |x|.
            let magnitudes = inputs.map { $0.map(abs) }
            let widened = zip(magnitudes, errors).map { magnitude, error in Self.sum(magnitude, error) }
            let outer = try Reference.evaluate(operation, inputs: widened, weights: [:])
            let inner = try Reference.evaluate(operation, inputs: magnitudes, weights: [:])
            return Tensor(shape: outer.shape) { outer.scalars[$0] - inner.scalars[$0] }
        case .reduce(var operation):
            if operation.kind == .minimum { operation.kind = .maximum }
            return try Reference.evaluate(operation.erased, inputs: errors, weights: [:])
        case .rowNormalization, .groupNormalization:
            // Not bounded without a bound on how small a variance may become: nothing is claimed past a layer that was not recorded.
            return Self.nothing(output, unlessExact: errors)
        case .prelu:
            let largest = weights["alpha"]?.values.scalars.reduce(1) { max($0, Double(abs($1))) } ?? 1
            return scaled(errors[0], by: largest)
        case .activation(let operation):
            let input = inputs[0]
            return Tensor(shape: output.shape) { position in
                let x = input.scalars[position]
                let error = errors[0].scalars[position]
                return error == 0 ? 0 : ActivationBound.change(operation.function, at: x, by: error)
            }
        case .softmax(let operation):
            let largest = errors[0].scalars.reduce(0, max)
            let n = Double(operation.axes.reduce(1) { $0 * inputs[0].shape[$1] })
            return output.map { y in
                switch operation.kind {
                // Each numerator and the sum move by a factor of exp(largest) at most.
                case .softmax: y * (Double.exp(2 * largest) - 1)
                case .logSoftmax: 2 * largest
                case .sparsemaxKeras: (n + 3) * largest
                }
            }
        case .gatedLinearUnit:
            let largestError = errors[0].scalars.reduce(0, max)
            let largest = inputs[0].scalars.reduce(0) { max($0, abs($1)) }
            return output.map { _ in largestError * (1 + (largest + largestError) / 4) }
        case .resize(let operation):
            // The weights of one axis sum to 1 and their magnitudes to less than 2.
            let factor = operation.interpolation == .nearest || operation.interpolation == .linear ? 1.0 : 8.0
            let largest = errors[0].scalars.reduce(0, max)
            return output.map { _ in factor * largest }
        }
    }

    /// No change where no input changes; else no bound.
    private static func nothing(_ output: Tensor<Double>, unlessExact errors: [Tensor<Double>]) -> Tensor<Double> {
        let isExact = errors.allSatisfy { $0.scalars.allSatisfy { $0 == 0 } }
        return Tensor(repeating: isExact ? 0 : .infinity, shape: output.shape)
    }

    private static func scaled(_ tensor: Tensor<Double>, by factor: Double) -> Tensor<Double> { tensor.map { $0 * factor } }

    private static func merge(_ operation: Merge, _ inputs: [Tensor<Double>], _ errors: [Tensor<Double>]) throws(ModelError) -> Tensor<Double> {
        switch operation.kind {
        case .add, .subtract: return try Reference.evaluate(Merge(.add).erased, inputs: errors, weights: [:])
        case .average: return try Reference.evaluate(Merge(.average).erased, inputs: errors, weights: [:])
        case .maximum, .minimum: return try Reference.evaluate(Merge(.maximum).erased, inputs: errors, weights: [:])
        case .multiply:
            // The product of |x| + e over all factors, less the product of |x|.
            let magnitudes = inputs.map { $0.map(abs) }
            let widened = zip(magnitudes, errors).map { magnitude, error in Self.sum(magnitude, error) }
            let outer = try Reference.evaluate(operation.erased, inputs: widened, weights: [:])
            let inner = try Reference.evaluate(operation.erased, inputs: magnitudes, weights: [:])
            return Tensor(shape: outer.shape) { outer.scalars[$0] - inner.scalars[$0] }
        case .divide:
            return nothing(try Reference.evaluate(operation.erased, inputs: inputs, weights: [:]), unlessExact: errors)
        }
    }

    static func sum(_ left: Tensor<Double>, _ right: Tensor<Double>) -> Tensor<Double> {
        Tensor(shape: left.shape) { left.scalars[$0] + right.scalars[$0] }
    }
}
