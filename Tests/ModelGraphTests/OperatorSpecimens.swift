import ModelCore

@testable import ModelGraph

/// Operators that have, among them, every attribute that files can have.
enum OperatorSpecimens {
    static let all: [Operator] = windows + rows + plain + sized + activations.map { Activation($0).erased }

    private static let explicit = Padding.explicit(before: [1, 1], after: [1, 1], mode: .constant)

    private static let windows: [Operator] = [
        Convolution(layout: .nhwc, strides: [1, 1], dilations: [1, 1], groups: 1, padding: explicit).erased,
        LocallyConnected(layout: .nhwc, window: [3, 3], strides: [1, 1]).erased,
        Pooling(kind: .maximum, layout: .nhwc, window: [3, 3], strides: [1, 1], padding: explicit).erased,
        TransposedConvolution(layout: .nhwc, strides: [1, 1], dilations: [1, 1], groups: 1, padding: explicit, outputPadding: [0, 0]).erased,
        AdaptivePooling(kind: .maximum, layout: .nhwc, outputSize: [2, 2]).erased,
        GlobalPooling(kind: .maximum, layout: .nhwc, keepsAxes: true).erased,
        Resize(layout: .nhwc, target: .factors([2, 2]), interpolation: .cubic(coefficient: -0.5, tableSize: 1024)).erased,
        Resize(layout: .nhwc, target: .sizes([2, 2]), interpolation: .lanczos(radius: 3)).erased,
        Resize(layout: .nhwc, target: .scales([1.5, 2]), interpolation: .linear).erased,
    ]

    private static let rows: [Operator] = [
        BatchNormalization(axis: 3, epsilon: 1e-3).erased,
        GatedLinearUnit(axis: 3).erased,
        GroupNormalization(axis: 3, groups: 2, epsilon: 1e-3).erased,
        Reduce(kind: .mean, axes: [1, 2], keepsAxes: false).erased,
        Rescaling(scale: [0.5], offset: [0.5]).erased,
        RowNormalization(kind: .standard, axes: [3], epsilon: 1e-3).erased,
        Softmax(axes: [3]).erased,
        Standardization(isInverse: false, epsilon: 1e-7).erased,
    ]

    private static let plain: [Operator] = [
        Concatenate(axis: 3).erased, Constant().erased, Crop(before: [0, 1], after: [0, 1], steps: [1, 2]).erased,
        CumulativeSum(axis: 1).erased, Dense().erased,
        Dot(axes: [1, 1]).erased, Embedding().erased, Flatten().erased, Flip(axes: [1]).erased, FoldBatch().erased, Identity().erased,
        MatMul().erased, Merge(.add).erased,
        Pad(before: [0, 1], after: [0, 1]).erased, PReLU().erased, Reshape(sizes: [2, 3]).erased, Transpose(permutation: [0, 2, 1]).erased,
        UnfoldBatch().erased,
    ]

    private static let sized: [Operator] = {
        let size = SizeExpression.size(SizeReference(input: 1, axis: 2))
        return [try? Sized(Crop(before: [0, 1], after: [0, 0]).erased, sizes: ["after": [0, size]])].compactMap { $0?.erased }
    }()

    /// Every function, each with all constants that it can have.
    static let activations: [ActivationFunction] = {
        var functions: [ActivationFunction] = []
        var next: ActivationFunction? = .relu(negativeSlope: 0, maximum: 6, threshold: 0)
        while let function = next {
            functions.append(function)
            next = successor(of: function)
        }
        return functions
    }()

    /// The function after another one. A `switch`, for the compiler to ask for a new one.
    private static func successor(of function: ActivationFunction) -> ActivationFunction? {
        switch function {
        case .relu: .elu(alpha: 1)
        case .elu: .selu(alpha: 1, scale: 1)
        case .selu: .celu(alpha: 1)
        case .celu: .sigmoid
        case .sigmoid: .tanh
        case .tanh: .exponential
        case .exponential: .softplus
        case .softplus: .softsign
        case .softsign: .silu
        case .silu: .mish
        case .mish: .logSigmoid
        case .logSigmoid: .gelu
        case .gelu: .geluTanh
        case .geluTanh: .hardSigmoid(slope: 1, offset: 0)
        case .hardSigmoid: .hardSilu(slope: 1, offset: 0)
        case .hardSilu: .hardTanh(minimum: -1, maximum: 1)
        case .hardTanh: .hardShrink(lambda: 1)
        case .hardShrink: .softShrink(lambda: 1)
        case .softShrink: .tanhShrink
        case .tanhShrink: .threshold(threshold: 1, value: 0)
        case .threshold: .squareplus(b: 4)
        case .squareplus: .sparsePlus
        case .sparsePlus: .sparseSigmoid
        case .sparseSigmoid: .squareRoot
        case .squareRoot: .logarithm
        case .logarithm: .power(exponent: 3)
        case .power: .errorFunction
        case .errorFunction: .sign
        case .sign: .floor
        case .floor: .ceiling
        case .ceiling: .roundToEven
        case .roundToEven: nil
        }
    }
}
