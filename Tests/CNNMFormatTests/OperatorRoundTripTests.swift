import ByteIO
import ModelCore
import ModelGraph
import Testing

@testable import CNNMFormat

/// An operator with what it needs to stand in a graph of its own.
struct Specimen: CustomTestStringConvertible {
    let operation: Operator
    var inputs: [Shape] = [[nil, 9, 9, 4]]
    var weights: [String: Weight] = [:]
    var testDescription: String { "\(operation)" }

    static let all: [Specimen] = plain + windows + activations + sized

    private static let sized: [Specimen] = {
        let (height, width) = (SizeExpression.size(SizeReference(input: 1, axis: 1)), SizeExpression.size(SizeReference(input: 0, axis: 2)))
        let half = SizeExpression.combined(.divide, width, 2) ?? 1
        let resize = Resize(layout: .nhwc, target: .sizes([1, 1]), interpolation: .linear, positions: .alignedCorners).erased
        return [
            try? Sized(resize, sizes: ["sizes": [height, half]]), try? Sized(Reshape(sizes: []).erased, sizes: ["sizes": [4, width, -1]]),
            try? Sized(Crop(before: [0, 0, 0, 0], after: []).erased, sizes: ["after": [0, 0, half, 0]]),
        ].compactMap { $0 }.map { Specimen(operation: $0.erased, inputs: [[nil, 9, nil, 4], [nil, nil, 5, 2]]) }
    }()

    private static let plain: [Specimen] = [
        Specimen(
            operation: .batchNormalization(BatchNormalization(axis: 3, epsilon: 1)),
            weights: ["gamma": weight([4], .vector), "mean": weight([4], .vector), "variance": weight([4], .vector)]),
        Specimen(
            operation: .batchNormalization(BatchNormalization(axis: 3, epsilon: 1e-3)),
            weights: ["mean": weight([4], .vector), "variance": weight([4], .vector)]),
        Specimen(operation: .constant(Constant()), inputs: [], weights: ["value": weight([2, 3], .other)]),
        Specimen(operation: .dot(Dot(axes: [2, 1])), inputs: [[nil, 3, 4], [nil, 4, 5]]),
        Specimen(operation: .embedding(Embedding()), inputs: [[nil, nil]], weights: ["table": weight([7, 3], .other)]),
        Specimen(operation: .foldBatch(FoldBatch()), inputs: [[nil, 3, 4]]),
        Specimen(operation: .unfoldBatch(UnfoldBatch()), inputs: [[nil, 5], [nil, 3, 4]]),
        Specimen(operation: .groupNormalization(GroupNormalization(axis: 3, groups: 2, epsilon: 1e-6)), weights: ["gamma": weight([4], .vector)]),
        Specimen(
            operation: .locallyConnected(LocallyConnected(layout: .nwc, window: [3], strides: [2])), inputs: [[nil, 7, 2]],
            weights: ["kernel": weight([3, 6, 4], .other), "bias": weight([3, 4], .other)]),
        Specimen(operation: .matMul(MatMul()), inputs: [[nil, 2, 3, 4], [nil, 1, 4, 5]]),
        Specimen(operation: .matMul(MatMul(transposesLeft: true, transposesRight: true)), inputs: [[nil, 4, 3], [1, 5, 4]]),
        Specimen(operation: .reduce(Reduce(kind: .minimum, axes: [1, 3], keepsAxes: false))),
        Specimen(operation: .rowNormalization(RowNormalization(kind: .rootMeanSquare, axes: [2, 3], epsilon: 0.5))),
        Specimen(
            operation: .standardization(Standardization(isInverse: true, epsilon: 1e-7)),
            weights: ["mean": weight([1, 4], .other), "variance": weight([1, 4], .other)]),
        Specimen(operation: .resize(Resize(layout: .nhwc, target: .factors([2, 3]), interpolation: .area))),
        Specimen(operation: .concatenate(Concatenate(axis: 1)), inputs: [[1, 2], [1, 3], [1, 4]]),
        Specimen(operation: .crop(Crop(before: [0, 1, 2, 0], after: [0, 3, 0, 0]))),
        Specimen(operation: .crop(Crop(before: [0, 1, 2, 0], after: [0, 3, 0, 0], steps: [1, 2, 3, 2]))),
        Specimen(operation: .cumulativeSum(CumulativeSum(axis: 2, isExclusive: true, isReverse: true))),
        Specimen(operation: .dense(Dense()), weights: ["kernel": weight([5, 4], .oi), "bias": weight([5], .vector)]),
        Specimen(operation: .flip(Flip(axes: [1, 3]))),
        Specimen(operation: .flatten(Flatten()), inputs: [[nil, nil, 2]]),
        Specimen(operation: .gatedLinearUnit(GatedLinearUnit(axis: 3))),
        Specimen(operation: .adaptivePooling(AdaptivePooling(kind: .average, layout: .nhwc, outputSize: [2, 3]))),
        Specimen(operation: .globalPooling(GlobalPooling(kind: .l2, layout: .nhwc, keepsAxes: true))),
        Specimen(operation: .globalPooling(GlobalPooling(kind: .average, layout: .nhwc, keepsAxes: false))),
        Specimen(operation: .identity(Identity())),
        Specimen(operation: .merge(Merge(.divide)), inputs: [[nil, 4], [1, 1]]),
        Specimen(operation: .pad(Pad(before: [0, 1, 2, 0], after: [0, 0, 0, 3], mode: .symmetric))),
        Specimen(operation: .pad(Pad(before: [0, 0, 0, 0], after: [1, 0, 0, 3], value: -0.0))),
        Specimen(operation: .pad(Pad(before: [0, 0, 0, 0], after: [1, 0, 0, 3], value: .leastNonzeroMagnitude))),
        Specimen(operation: .prelu(PReLU()), weights: ["alpha": weight([9, 1, 4], .other)]),
        Specimen(operation: .rescaling(Rescaling(scale: [1], offset: [-1e300]))),
        Specimen(operation: .rescaling(Rescaling(scale: [1, 2, 3, 4], offset: [0.1, 1 / 3, -0.0, 1.7976931348623157e308]))),
        Specimen(operation: .reshape(Reshape(sizes: [-1, 2, 3])), inputs: [[nil, 36]]),
        Specimen(operation: .resize(Resize(layout: .nhwc, target: .factors([2, 3]), interpolation: .nearest))),
        Specimen(operation: .resize(Resize(layout: .nhwc, target: .sizes([7, 5]), interpolation: .cubic(coefficient: -0.75, tableSize: 1024)))),
        Specimen(operation: .resize(Resize(layout: .nhwc, target: .sizes([7, 5]), interpolation: .lanczos(radius: 3)))),
        Specimen(operation: .resize(Resize(layout: .nhwc, target: .sizes([7, 5]), interpolation: .linear))),
        Specimen(operation: .resize(Resize(layout: .nhwc, target: .scales([1.5, 2.25]), interpolation: .linear, positions: .alignedCorners))),
        Specimen(operation: .resize(Resize(layout: .nhwc, target: .scales([0.7, 1]), interpolation: .nearest, positions: .leadingEdge))),
        Specimen(operation: .resize(Resize(layout: .nhwc, target: .sizes([7, 5]), interpolation: .cubicReplicated(coefficient: -0.75)))),
        Specimen(operation: .softmax(Softmax(kind: .sparsemaxKeras, axes: [1, 3]))),
        Specimen(operation: .transpose(Transpose(permutation: [0, 3, 1, 2]))),
    ]

    private static let windows: [Specimen] = [
        Specimen(
            operation: .convolution(Convolution(layout: .nhwc, strides: [1, 2], dilations: [2, 1], groups: 2, padding: .same)),
            weights: ["kernel": weight([3, 2, 2, 6], .hwio), "bias": weight([6], .vector)]),
        Specimen(
            operation: .convolution(
                Convolution(
                    layout: .nchw, strides: [1, 1], dilations: [1, 1], groups: 9,
                    padding: .explicit(before: [0, 1], after: [2, 3], mode: .circular))),
            weights: ["kernel": weight([9, 1, 3, 3], .oihw)]),
        Specimen(
            operation: .convolution(Convolution(layout: .nwc, strides: [1], dilations: [1], groups: 1, padding: .causal)), inputs: [[nil, nil, 4]],
            weights: ["kernel": weight([3, 4, 1], .wio)]),
        Specimen(
            operation: .convolution(Convolution(layout: .ncdhw, strides: [1, 1, 1], dilations: [1, 1, 1], groups: 1, padding: .valid)),
            inputs: [[1, 2, 3, 4, 5]], weights: ["kernel": weight([2, 2, 1, 1, 1], .oidhw)]),
        Specimen(
            operation: .pooling(
                Pooling(
                    kind: .average, layout: .nhwc, window: [3, 2], strides: [2, 1], dilations: [1, 2],
                    padding: .explicit(before: [1, 0], after: [2, 1], mode: .constant), countIncludesPadding: true, ceilMode: true))),
        Specimen(operation: .pooling(Pooling(kind: .maximum, layout: .nhwc, window: [3, 2], strides: [2, 1], padding: .same))),
        Specimen(
            operation: .transposedConvolution(
                TransposedConvolution(layout: .nhwc, strides: [2, 2], dilations: [1, 1], groups: 1, padding: .same, outputPadding: [])),
            weights: ["kernel": weight([3, 3, 6, 4], .hwoi)]),
        Specimen(
            operation: .transposedConvolution(
                TransposedConvolution(
                    layout: .nhwc, strides: [2, 2], dilations: [1, 1], groups: 1,
                    padding: .explicit(before: [1, 0], after: [0, 1], mode: .constant), outputPadding: [1, 0])),
            weights: ["kernel": weight([3, 3, 6, 4], .hwoi), "bias": weight([6], .vector)]),
    ]

    private static let activations: [Specimen] = {
        let functions: [ActivationFunction] = [
            .relu, .relu(negativeSlope: 0.1, maximum: 6, threshold: -0.0), .elu(alpha: 1),
            .selu(alpha: 1.6732632423543772, scale: 1.0507009873554805),
            .celu(alpha: -1e-9), .sigmoid, .tanh, .exponential, .softplus, .softsign, .silu, .mish, .logSigmoid, .gelu, .geluTanh,
            .hardSigmoid(slope: 0.2, offset: 0.5), .hardSilu(slope: 1 / 6, offset: 0.5), .hardTanh(minimum: -1, maximum: 1e18),
            .hardShrink(lambda: 0.5),
            .softShrink(lambda: 2 * .leastNonzeroMagnitude), .tanhShrink, .threshold(threshold: 1, value: 20), .squareplus(b: 4), .sparsePlus,
            .sparseSigmoid, .squareRoot, .logarithm, .power(exponent: -0.5), .errorFunction, .sign, .floor, .ceiling, .roundToEven,
        ]
        return functions.map { Specimen(operation: .activation(Activation($0))) }
    }()

    var document: CNNMDocument {
        var graph = Graph(name: "specimen")
        graph.inputs = inputs.enumerated().map { GraphInput(name: "input \($0)", shape: $1) }
        let read = graph.inputs.map(\.name)
        // A network has an input even if its only operator reads none.
        if read.isEmpty { graph.inputs = [GraphInput(name: "unread", shape: [nil])] }
        let node = Node(
            name: "node", operation: operation, inputs: read, output: "value",
            weights: Dictionary(uniqueKeysWithValues: weights.keys.map { ($0, "node/\($0)") }))
        graph.nodes = [node]
        graph.outputs = [GraphOutput(name: "output", value: "value")]
        for (role, weight) in weights { graph.weights["node/\(role)"] = weight }
        return CNNMDocument(graph, producer: producer)
    }
}

@Suite struct OperatorRoundTripTests {
    @Test func everyOperatorHasASpecimen() {
        #expect(Set(Specimen.all.map(\.operation.name)) == Set(Operator.definitions.keys))
    }

    @Test(arguments: Specimen.all) func readsWhatWasWritten(_ specimen: Specimen) throws {
        let document = specimen.document
        let bytes = try written(document)
        let file = try opened(bytes)
        try file.checkIntegrity()
        try expectEqual(file.document, document)
        #expect(try written(file.document) == bytes)
    }

    /// `==` of doubles takes -0 for 0, so their bits are compared in the text.
    @Test(arguments: Specimen.all) func attributesKeepTheirTypesAndBits(_ specimen: Specimen) throws {
        for entry in specimen.operation.attributes.entries {
            let text = try JSON.serialize(entry.value.json)
            let value = try #require(AttributeValue(try JSON.parse(text)))
            if case .numbers([]) = entry.value { continue }
            #expect(value == entry.value)
            #expect(try JSON.serialize(value.json) == text)
        }
    }
}
