import ModelCore
import ModelGraph

extension TorchFlow {
    /// Emits the nodes of the current call.
    /// - Returns: its results.
    mutating func lower(_ function: TorchFunction) throws(ModelError) -> [TorchValue] {
        // Arithmetic of sizes looks at arguments of calls that are none.
        let read = accounting.names
        if let number = try sizeArithmetic(function) { return [number] }
        accounting.names = read
        if derived == nil {
            if [.cat, .concat, .concatenate].contains(function), let result = try joinedSamples() { return [result] }
            if let result = try convolutionOfSamples(function) { return [result] }
            if let results = try lowerOnViews(function) { return results }
        }
        return switch function {
        case .conv1d, .conv2d, .conv3d, .convTranspose1d, .convTranspose2d, .convTranspose3d, .convolution, .convolutionOld, .convolutionMode:
            [.tensor(try convolution(function))]
        case .linear, .addmm, .mm, .matmul, .linalgMatmul, .bmm, .baddbmm: [.tensor(try product(function))]
        case .einsum: [try einsum()]
        case .multiheadAttention: try multiheadAttention()
        case .transformerLayer: [.tensor(try transformerLayer())]
        case .scaledDotProductAttention, .attentionForCPU, .attentionMath, .attentionEfficient:
            [.tensor(try attention()), .nothing, .nothing, .nothing]

        case .maxPool1d: [.tensor(try pooling(.maximum, spatialRank: 1))]
        case .maxPool2d: [.tensor(try pooling(.maximum, spatialRank: 2))]
        case .maxPool3d: [.tensor(try pooling(.maximum, spatialRank: 3))]
        case .maxPool2dWithIndices: [.tensor(try pooling(.maximum, spatialRank: 2)), .nothing]
        case .maxPool3dWithIndices: [.tensor(try pooling(.maximum, spatialRank: 3)), .nothing]
        case .avgPool1d: [.tensor(try pooling(.average, spatialRank: 1))]
        case .avgPool2d: [.tensor(try pooling(.average, spatialRank: 2))]
        case .avgPool3d: [.tensor(try pooling(.average, spatialRank: 3))]
        case .adaptiveAvgPool1d: [.tensor(try adaptivePooling(.average, spatialRank: 1))]
        case .adaptiveAvgPool2d, .adaptiveAvgPool2dPlain: [.tensor(try adaptivePooling(.average, spatialRank: 2))]
        case .adaptiveAvgPool3d, .adaptiveAvgPool3dPlain: [.tensor(try adaptivePooling(.average, spatialRank: 3))]
        case .adaptiveMaxPool1d: [.tensor(try adaptivePooling(.maximum, spatialRank: 1)), .nothing]
        case .adaptiveMaxPool2d: [.tensor(try adaptivePooling(.maximum, spatialRank: 2)), .nothing]
        case .adaptiveMaxPool3d: [.tensor(try adaptivePooling(.maximum, spatialRank: 3)), .nothing]

        case .batchNorm, .nativeBatchNorm, .batchNormNoTraining, .cudnnBatchNorm:
            [.tensor(try batchNormalization(function)), .nothing, .nothing, .nothing]
        case .instanceNorm: [.tensor(try instanceNormalization())]
        case .groupNorm, .nativeGroupNorm: [.tensor(try groupNormalization(function)), .nothing, .nothing]
        case .layerNorm, .nativeLayerNorm: [.tensor(try rowNormalization(.standard, presetEpsilon: 1e-5)), .nothing, .nothing]
        case .rmsNorm: [.tensor(try rowNormalization(.rootMeanSquare, presetEpsilon: 0x1p-23))]

        case .relu, .relu6, .elu, .selu, .celu, .silu, .gelu, .hardswish, .hardsigmoid, .leakyRelu, .rrelu, .softshrink, .hardshrink,
            .tanh,
            .sigmoid, .mish, .threshold, .logSigmoid, .abs, .exp, .log, .sqrt, .rsqrt, .erf, .sign, .floor, .ceil, .round:
            [.tensor(try emit(Activation(try activation(function)).erased, [try input()]))]
        case .softplus: [.tensor(try softplus())]
        case .prelu, .prelu2: [.tensor(try prelu())]
        case .clamp, .clip, .clampMin, .clampMax, .hardtanh: [.tensor(try clamp(function))]
        case .neg: [.tensor(try emit(Rescaling(scale: [-1], offset: [0]).erased, [try input()]))]
        case .square: [.tensor(try square(try input()))]
        case .reciprocal: [.tensor(try quotient(of: 1, by: try input()))]
        case .softmax, .softmaxPlain, .safeSoftmax: [.tensor(try softmax(.softmax))]
        case .logSoftmax, .logSoftmaxPlain: [.tensor(try softmax(.logSoftmax))]
        case .glu: [.tensor(try gate())]

        case .add, .sub, .subtract, .rsub, .mul, .multiply, .div, .divide, .trueDivide, .maximum, .minimum: [.tensor(try arithmetic(function))]
        case .remainder: throw unsupported("rounds what is no size")
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: [condition()]
        case .floorDivide: [.tensor(try wholeQuotient())]
        case .trunc, .sin, .cos: [.tensor(try elementFunction(function))]
        case .cumsum: [.tensor(try runningSum())]
        case .logicalNot, .bitwiseNot: [.tensor(try negated(function))]
        case .addcmul, .addcdiv: [.tensor(try addedProduct(function))]
        case .lerp: [.tensor(try interpolated())]

        case .weightNorm, .weightNormInterface: try normalizedWeight()
        case .normExceptDim: [.tensor(try normExceptAxis())]
        case .mv: [.tensor(try matrixTimesVector())]
        case .dot, .vdot: [.tensor(try innerProduct(function))]
        case .arange, .linspace, .eye, .scalarTensor, .full, .zeros, .ones: [try created(function)]
        case .zerosLike, .onesLike, .fullLike, .newZeros, .newOnes, .newFull: [.tensor(try alike(function))]
        case .meshgrid: try grid()
        case .pow: [.tensor(try power())]

        case .mean: [.tensor(try reduction(.mean, "dim"))]
        case .sum: [.tensor(try reduction(.sum, "dim"))]
        case .amax: [.tensor(try reduction(.maximum, "dim"))]
        case .amin: [.tensor(try reduction(.minimum, "dim"))]
        case .max, .min: try extremum(function)
        case .varianceOf, .std: [.tensor(try variance(function))]
        case .stdMean, .varMean: try deviationAndMean(function)
        case .vectorNorm: [.tensor(try vectorNorm())]

        case .view, .viewPlain, .viewCopy, .reshapeAlias, .reshape, .flatten, .unflatten, .squeeze, .unsqueeze, .reshapeAs, .viewAs:
            [try reshaping(function)]
        case .permute, .transpose, .movedim, .moveaxis, .swapaxes, .t: [try permutation(function)]
        case .slice, .narrow, .select: [.tensor(try slice(function))]
        case .chunk, .tensorSplit, .split, .splitWithSizes, .unbind: try parts(function)
        case .cat, .concat, .concatenate: [.tensor(try joined())]
        case .stack: [derived == nil ? try stacked() : .tensor(try stackedWeights())]
        case .index: [.tensor(try indexed())]
        case .indexSelect: [.tensor(try selectedElements())]
        case .unfold: [.tensor(try slidingWindows())]
        case .flip: [.tensor(try flip())]
        case .roll: [.tensor(try roll())]
        case .expand, .expandAs, .repeat: [.tensor(try repeated(function))]
        case .pixelShuffle, .pixelUnshuffle, .channelShuffle, .nativeChannelShuffle: [.tensor(try shuffle(function))]
        case .im2col: [try unfolded()]
        case .col2im: [try foldedPatches()]
        case .pad, .constantPad, .reflectionPad1d, .reflectionPad2d, .reflectionPad3d, .replicationPad1d, .replicationPad2d, .replicationPad3d:
            [try pad(function)]

        case .upsampleNearest1d, .upsampleNearestExact1d, .upsampleLinear1d: [.tensor(try resize(function, spatialRank: 1))]
        case .upsampleNearest2d, .upsampleNearestExact2d, .upsampleBilinear2d, .upsampleBicubic2d: [.tensor(try resize(function, spatialRank: 2))]
        case .upsampleNearest3d, .upsampleNearestExact3d, .upsampleTrilinear3d: [.tensor(try resize(function, spatialRank: 3))]

        case .dropout, .featureDropout, .alphaDropout, .featureAlphaDropout, .nativeDropout, .contiguous, .clone, .detach, .alias, .to, .toCopy,
            .typeAs,
            .liftFresh, .liftFreshCopy, .positive, .float:
            [try unchanged(), .nothing]

        case .getItem, .size, .symSize: [try sizeOrItem(function)]
        case .assertTensorMetadata, .assertScalar, .symConstrain: []
        }
    }

    /// A condition on sizes, which only assertions read.
    private func condition() -> TorchValue {
        disregard("self", "other")
        return .nothing
    }

    /// What a function returns that does nothing at inference.
    private mutating func unchanged() throws(ModelError) -> TorchValue {
        if try bool("train", default: false) {
            throw problem("torch.training-mode", "drops elements at random", hint: "call model.eval() before the network is exported")
        }
        guard case .value(let name)? = argument(["self", "input"]), let value = values[name] else { throw unsupported("has no tensor") }
        return try typed(value)
    }

    /// A size of a tensor as a number.
    private mutating func sizeOrItem(_ function: TorchFunction) throws(ModelError) -> TorchValue {
        guard function != .getItem else { throw unsupported("takes an item of what is no list of tensors") }
        if derived != nil {
            let value = try input()
            return .integer(try knownSize(value, try axis(try integer("dim"), rank: shape(value).rank)))
        }
        guard let view = seen("self", "input") else { throw unsupported("has no tensor that depends on an input") }
        let axis = try axis(try integer("dim"), rank: view.rank)
        if let place = view.place(of: axis) {
            let size = extent(view.value, place)
            return size.known.map(TorchValue.integer) ?? .size(size)
        }
        let extent = try extent(view)
        guard let count = extent.outer.multiplied(by: extent.inner) else { throw unsupported("has a size that cannot be known") }
        return .samples(count)
    }
}
