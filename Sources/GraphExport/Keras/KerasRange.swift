import ModelGraph

/// Which values cannot be negative: padding by zeros then changes no maximum.
enum KerasRange {
    static func notNegative(in graph: Graph) -> Set<String> {
        var values: Set<String> = []
        for node in graph.nodes {
            let keeps: Bool =
                switch node.operation {
                case .activation(let operation):
                    operation.function.isNotNegative || (operation.function.keepsSign && values.isSuperset(of: node.inputs))
                case .softmax(let operation): operation.kind != .logSoftmax
                case .merge(let operation):
                    switch operation.kind {
                    case .add, .multiply, .average, .minimum: values.isSuperset(of: node.inputs)
                    case .maximum: node.inputs.contains(where: values.contains)
                    case .subtract, .divide: false
                    }
                case .pad(let operation): operation.value >= 0 && values.isSuperset(of: node.inputs)
                case .resize(let operation): operation.isMean && values.isSuperset(of: node.inputs)
                case .adaptivePooling, .pooling, .globalPooling, .concatenate, .crop, .cumulativeSum, .dot, .flatten, .flip, .foldBatch, .unfoldBatch,
                    .identity,
                    .matMul,
                    .reduce,
                    .reshape,
                    .transpose:
                    values.isSuperset(of: node.inputs)
                case .batchNormalization, .constant, .convolution, .dense, .embedding, .gatedLinearUnit, .groupNormalization, .locallyConnected,
                    .prelu,
                    .rescaling, .rowNormalization, .sized, .standardization, .transposedConvolution:
                    false
                }
            if keeps { values.insert(node.output) }
        }
        return values
    }
}

extension ActivationFunction {
    fileprivate var isNotNegative: Bool {
        switch self {
        case .relu(let slope, let maximum, let threshold): slope == 0 && (maximum ?? 0) >= 0 && threshold >= 0
        case .threshold(let threshold, let value): threshold >= 0 && value >= 0
        case .hardTanh(let minimum, let maximum): minimum >= 0 && maximum >= 0
        case .sigmoid, .exponential, .softplus, .hardSigmoid, .sparsePlus, .sparseSigmoid, .squareRoot: true
        default: false
        }
    }

    /// Whether what is not negative stays so.
    fileprivate var keepsSign: Bool {
        switch self {
        case .relu(_, let maximum, _): (maximum ?? 0) >= 0
        case .tanh, .silu, .gelu, .softsign, .mish, .errorFunction, .sign, .floor, .ceiling, .roundToEven: true
        default: false
        }
    }
}

extension Resize {
    /// Whether results lie between neighbours.
    fileprivate var isMean: Bool {
        switch interpolation {
        case .nearest, .linear, .area: true
        case .cubic, .cubicReplicated, .lanczos: false
        }
    }
}
