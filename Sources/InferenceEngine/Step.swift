import CKernels
import ModelCore
import ModelGraph

/// A node made ready to run: its weights loaded and packed, its constants computed.
protocol Step: Sendable {
    /// Computes the node.
    /// - Parameters:
    ///   - inputs: at least one value. A step may write over the memory of those that it alone holds (`RunContext.makeOver`).
    ///   - shape: the shape of the result, from shape inference.
    func run(_ inputs: inout [Value], shape: [Int], _ context: RunContext) throws(ModelError) -> Value
}

/// What a step is made from.
struct StepRequest {
    let operation: Operator
    /// By role.
    let weights: [String: LoadedWeight]
    /// The number of axes of the first input.
    let rankOfInput: Int
    let kernels: Kernels
    let memoryLimit: Int
    /// Where packed weights lie.
    var memory = WeightMemory()

    /// - Throws: `run.too-large` where packed matrices, each filled up to whole panels, exceed the memory limit.
    func checkPackedSize(depth: Int, columns: Int, count: Int) throws(ModelError) {
        let padded = columns.roundedUp(toMultipleOf: kernels.tile_columns)
        guard let padded, let bytes = [padded, depth, count, MemoryLayout<Float>.stride].checkedProduct, bytes <= memoryLimit else {
            throw ModelError(
                Problem("run.too-large", "\(count) matrices of \(depth) x \(columns) exceed the limit of \(memoryLimit) bytes once they are packed"))
        }
    }

    /// The same for another operator of no weights.
    func with(_ operation: Operator) -> StepRequest {
        StepRequest(operation: operation, weights: weights, rankOfInput: rankOfInput, kernels: kernels, memoryLimit: memoryLimit, memory: memory)
    }

    /// The shapes and layouts of the weights.
    var weightShapes: WeightShapes {
        WeightShapes(weights.mapValues { .init(shape: $0.shape, layout: $0.layout) })
    }

    /// The step for a node whose attributes and weights shape inference has accepted: a fast one where there is one, else the reference.
    func step() throws(ModelError) -> any Step {
        let reference = try ReferenceStep(self)
        let fast: (any Step)? =
            switch operation {
            case .activation(let definition): ActivationStep(definition)
            case .batchNormalization(let definition): try BatchNormalizationStep(definition, self)
            case .concatenate(let definition): ConcatenateStep(axis: definition.axis)
            case .convolution(let definition): try convolution(definition)
            case .crop(let definition): CropStep(definition: definition)
            case .cumulativeSum(let definition): CumulativeSumStep(definition)
            case .dense: try DenseStep(self)
            case .flatten, .foldBatch, .identity, .reshape, .unfoldBatch: RelabelStep()
            case .gatedLinearUnit(let definition): GatedLinearUnitStep(axis: definition.axis)
            case .globalPooling(let definition): GlobalPoolingStep(definition)
            case .groupNormalization(let definition): GroupNormalizationStep(definition, self)
            case .matMul(let definition): MatMulStep(definition)
            case .merge(let definition): MergeStep(kind: definition.kind, otherwise: reference)
            case .pad(let definition): PadStep(definition)
            case .pooling(let definition): PoolingStep(definition, otherwise: reference)
            case .prelu: PReLUStep(self)
            case .rescaling(let definition): RescalingStep(definition)
            case .resize(let definition): ResizeStep(definition, otherwise: reference)
            case .rowNormalization(let definition): RowNormalizationStep(definition, self)
            case .sized(let definition): SizedStep(definition, self)
            case .softmax(let definition): SoftmaxStep(definition, self)
            case .transpose(let definition): TransposeStep(permutation: definition.permutation)
            case .transposedConvolution(let definition): try TransposedConvolutionStep(definition, self)
            case .adaptivePooling, .constant, .dot, .embedding, .flip, .locallyConnected, .reduce, .standardization:
                nil
            }
        return fast ?? reference
    }

    private func convolution(_ definition: Convolution) throws(ModelError) -> (any Step)? {
        if let depthwise = DepthwiseConvolutionStep(definition, self) { return depthwise }
        return try ConvolutionStep(definition, self)
    }
}
