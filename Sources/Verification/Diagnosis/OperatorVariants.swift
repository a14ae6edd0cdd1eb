import ModelCore
import ModelGraph

/// What an operator may have been before somebody got an attribute of it wrong: the settings that frameworks and people confuse.
enum OperatorVariants {
    /// - Parameter inputs: the shapes of what the node reads.
    static func of(_ operation: Operator, inputs: [[Int]]) -> [Operator] {
        let rank = inputs.first?.count ?? 0
        switch operation {
        case .convolution(let operation):
            return paddings(operation.padding, operation.layout, inputs).map { with(operation, \.padding, $0).erased } + [
                with(operation, \.strides, operation.strides.reversed()).erased, with(operation, \.dilations, operation.dilations.reversed()).erased,
            ]
        case .transposedConvolution(let operation):
            return paddings(operation.padding, operation.layout, inputs).map { with(operation, \.padding, $0).erased } + [
                with(operation, \.strides, operation.strides.reversed()).erased, with(operation, \.dilations, operation.dilations.reversed()).erased,
            ]
        case .pooling(let operation):
            return [
                with(operation, \.countIncludesPadding, !operation.countIncludesPadding).erased,
                with(with(operation, \.window, operation.window.reversed()), \.strides, operation.strides.reversed()).erased,
                with(operation, \.window, operation.window.reversed()).erased, with(operation, \.strides, operation.strides.reversed()).erased,
                with(operation, \.ceilMode, !operation.ceilMode).erased,
            ] + PoolingKind.allCases.map { with(operation, \.kind, $0).erased }
                + paddings(operation.padding, operation.layout, inputs).map { with(operation, \.padding, $0).erased }
        case .globalPooling(let operation): return PoolingKind.allCases.map { with(operation, \.kind, $0).erased }
        case .adaptivePooling(let operation): return PoolingKind.allCases.map { with(operation, \.kind, $0).erased }
        case .batchNormalization(let operation):
            return epsilons.map { with(operation, \.epsilon, $0).erased } + (1..<max(rank, 2)).map { with(operation, \.axis, $0).erased }
        case .rowNormalization(let operation): return epsilons.map { with(operation, \.epsilon, $0).erased }
        case .groupNormalization(let operation): return epsilons.map { with(operation, \.epsilon, $0).erased }
        case .activation(let operation): return functions(like: operation.function).map { Activation($0).erased }
        case .softmax(let operation):
            return SoftmaxKind.allCases.map { with(operation, \.kind, $0).erased } + (1..<max(rank, 2)).map { with(operation, \.axes, [$0]).erased }
        case .concatenate: return (1..<max(rank, 2)).map { Concatenate(axis: $0).erased }
        case .matMul(let operation):
            let (left, right) = (operation.transposesLeft, operation.transposesRight)
            return [(!left, right), (left, !right), (!left, !right)].map { MatMul(transposesLeft: $0, transposesRight: $1).erased }
        case .merge: return MergeKind.allCases.map { Merge($0).erased }
        case .reduce(let operation): return ReductionKind.allCases.map { with(operation, \.kind, $0).erased }
        case .resize(let operation):
            return ResizePositions.allCases.flatMap { positions in
                [operation.interpolation, .nearest, .linear, .cubic(coefficient: -0.5, tableSize: 1024), .cubicReplicated(coefficient: -0.75)].map {
                    with(with(operation, \.positions, positions), \.interpolation, $0).erased
                }
            }
        case .pad(let operation):
            return [Pad(before: operation.after, after: operation.before, mode: operation.mode, value: operation.value).erased]
                + PaddingMode.allCases.map { with(operation, \.mode, $0).erased }
        case .crop(let operation): return [Crop(before: operation.after, after: operation.before, steps: operation.steps).erased]
        case .rescaling:
            return [(1.0, 0.0), (1 / 255.0, 0), (1 / 127.5, -1), (1 / 127.5, 0), (255, 0)].map { Rescaling(scale: [$0], offset: [$1]).erased }
        case .cumulativeSum(let operation):
            return [with(operation, \.isExclusive, !operation.isExclusive).erased, with(operation, \.isReverse, !operation.isReverse).erased]
        case .constant, .dense, .dot, .embedding, .flatten, .flip, .foldBatch, .gatedLinearUnit, .identity, .locallyConnected, .prelu, .reshape,
            .sized,
            .standardization, .transpose, .unfoldBatch:
            return []
        }
    }

    /// The defaults of Keras, PyTorch, TensorFlow and ONNX, and those of networks that are widely used.
    private static let epsilons = [1e-3, 1e-5, 1.001e-5, 1e-6, 1e-7, 1e-8, 1e-12, 1e-4, 1e-2, 0]

    private static func functions(like function: ActivationFunction) -> [ActivationFunction] {
        let slopes = [0, 0.01, 0.05, 0.1, 0.2, 0.25, 0.3, 0.5].map { ActivationFunction.relu(negativeSlope: $0, maximum: nil, threshold: 0) }
        let steps = [(0.2, 0.5), (1 / 6.0, 0.5)]
        return slopes + [.relu(negativeSlope: 0, maximum: 6, threshold: 0), .relu(negativeSlope: 0, maximum: 1, threshold: 0)]
            + steps.map { .hardSigmoid(slope: $0, offset: $1) } + steps.map { .hardSilu(slope: $0, offset: $1) }
            + [0.1, 0.2, 0.3, 1, 1.67326324].flatMap { [.elu(alpha: $0), .celu(alpha: $0)] } + [
                .gelu, .geluTanh, .silu, .mish, .sigmoid, .logSigmoid, .tanh, .softplus, .softsign, .hardTanh(minimum: -1, maximum: 1),
                .selu(alpha: 1.6732632423543772, scale: 1.0507009873554805),
            ]
    }

    /// The other ways to pad as much, first; then none at all, and so that the size stays.
    private static func paddings(_ padding: Padding, _ layout: DataLayout, _ inputs: [[Int]]) -> [Padding] {
        switch padding {
        case .explicit(let before, let after, let mode):
            return [.explicit(before: after, after: before, mode: mode), .same, .valid]
                + PaddingMode.allCases.map { .explicit(before: before, after: after, mode: $0) }
        case .same:
            // One element of an odd number goes after: the mistake is to put it before.
            return layout.spatialAxes.isEmpty ? [] : oddBefore(layout)
        case .causal: return [.same, .valid]
        case .valid: return [.same]
        }
    }

    /// Amounts of one or two elements before, one less or none after, which is what `same` comes to for small windows.
    private static func oddBefore(_ layout: DataLayout) -> [Padding] {
        (1...3).map { amount in
            let ones = layout.spatialAxes.map { _ in amount }
            return .explicit(before: ones, after: ones.map { $0 - 1 }, mode: .constant)
        }
            + (0...3).map { amount in
                let all = layout.spatialAxes.map { _ in amount }
                return .explicit(before: all, after: all, mode: .constant)
            }
    }

    private static func with<Definition, Value>(
        _ operation: Definition, _ path: WritableKeyPath<Definition, Value>, _ value: Value
    ) -> Definition {
        var changed = operation
        changed[keyPath: path] = value
        return changed
    }
}
