import ByteIO
import CNNConversion
import CNNMFormat
import GraphImport
import KerasFormat
import ModelCore
import ModelGraph
import TestSupport
import Testing
import Verification

/// An operator that no layer of every version says, and what stands for it in Keras 3.
struct KerasOperationCase: Sendable, CustomTestStringConvertible {
    let name: String
    let operation: Operator
    /// The classes of layers and operations, the input left out.
    let classes: [String]
    var shape: Shape = [nil, 9, 11, 4]
    var weights: [String: Weight] = [:]
    var testDescription: String { name }

    static let all = activations + shapes + windows + resizings

    private static func activation(_ name: String, _ function: ActivationFunction, _ classes: String...) -> KerasOperationCase {
        KerasOperationCase(name: name, operation: Activation(function).erased, classes: classes)
    }

    private static let activations: [KerasOperationCase] = [
        activation("slope-below-0", .relu(negativeSlope: -0.3, maximum: nil, threshold: 0), "LeakyRelu"),
        activation("magnitude", .relu(negativeSlope: -1, maximum: nil, threshold: 0), "Absolute"),
        activation("threshold-below-0", .relu(negativeSlope: 0, maximum: nil, threshold: -0.5), "Threshold"),
        activation(
            "all-below-0", .relu(negativeSlope: -0.1, maximum: 4, threshold: -0.5), "Subtract", "Threshold", "Relu", "Clip", "Multiply", "Subtract"),
        activation("threshold-with-value", .threshold(threshold: -0.25, value: 0.5), "Threshold"),
        activation("clip", .hardTanh(minimum: -2, maximum: 0.5), "Clip"),
        activation("celu", .celu(alpha: 0.7), "Celu"),
        activation("gelu-tanh", .geluTanh, "Gelu"),
        activation("hard-shrink", .hardShrink(lambda: 0.3), "HardShrink"),
        activation("soft-shrink", .softShrink(lambda: 0.3), "SoftShrink"),
        activation("squareplus", .squareplus(b: 3), "Squareplus"),
        activation("selu", .selu(alpha: 1.5, scale: 1.25), "ELU", "Rescaling"),
        activation("root", .squareRoot, "Sqrt"),
        activation("logarithm", .logarithm, "Log"),
        activation("error-function", .errorFunction, "Erf"), activation("sign", .sign, "Sign"), activation("floor", .floor, "Floor"),
        activation("ceiling", .ceiling, "Ceil"), activation("round", .roundToEven, "Round"),
        activation("power", .power(exponent: 1.5), "Power"),
        activation("reciprocal-root", .power(exponent: -0.5), "Rsqrt"),
        KerasOperationCase(name: "log-softmax", operation: Softmax(kind: .logSoftmax, axes: [1]).erased, classes: ["LogSoftmax"]),
        KerasOperationCase(name: "unit-norm", operation: RowNormalization(kind: .unit, axes: [3], epsilon: 1e-3).erased, classes: ["Normalize"]),
        KerasOperationCase(
            name: "rms", operation: RowNormalization(kind: .rootMeanSquare, axes: [3], epsilon: 1e-3).erased,
            classes: ["Multiply", "Mean", "Add", "Rsqrt", "Multiply"]),
    ]

    private static let shapes: [KerasOperationCase] = [
        KerasOperationCase(
            name: "reflect", operation: Pad(before: [0, 2, 1, 0], after: [0, 1, 3, 0], mode: .reflect).erased, classes: ["Pad"]),
        KerasOperationCase(
            name: "symmetric", operation: Pad(before: [0, 2, 1, 0], after: [0, 1, 3, 0], mode: .symmetric).erased, classes: ["Pad"]),
        KerasOperationCase(name: "ones", operation: Pad(before: [0, 2, 1, 0], after: [0, 1, 3, 0], value: 1.5).erased, classes: ["Pad"]),
        KerasOperationCase(name: "channels", operation: Pad(before: [0, 1, 1, 2], after: [0, 0, 0, 1]).erased, classes: ["Pad"]),
        KerasOperationCase(
            name: "edge", operation: Pad(before: [0, 1, 1, 0], after: [0, 1, 0, 0], mode: .replicate).erased, classes: ["Pad"]),
        KerasOperationCase(
            name: "edges", operation: Pad(before: [0, 2, 0, 0], after: [0, 1, 0, 0], mode: .replicate).erased,
            classes: ["GetItem", "GetItem", "Concatenate"]),
        KerasOperationCase(
            name: "circular", operation: Pad(before: [0, 2, 1, 0], after: [0, 1, 0, 0], mode: .circular).erased,
            classes: ["GetItem", "GetItem", "Concatenate", "GetItem", "Concatenate"]),
        KerasOperationCase(name: "slice", operation: Crop(before: [0, 1, 2, 1], after: [0, 0, 3, 1]).erased, classes: ["GetItem"]),
        KerasOperationCase(name: "cumulative-sum", operation: CumulativeSum(axis: 2).erased, classes: ["Cumsum"]),
        KerasOperationCase(
            name: "cumulative-sum-before", operation: CumulativeSum(axis: 2, isExclusive: true).erased,
            classes: ["ZeroPadding2D", "GetItem", "Cumsum"]),
        KerasOperationCase(
            name: "cumulative-sum-backward", operation: CumulativeSum(axis: 1, isReverse: true).erased, classes: ["Flip", "Cumsum", "Flip"]),
        KerasOperationCase(name: "flip", operation: Flip(axes: [1, 3]).erased, classes: ["Flip"]),
        KerasOperationCase(name: "sum", operation: Reduce(kind: .sum, axes: [1, 2], keepsAxes: true).erased, classes: ["Sum"]),
        KerasOperationCase(name: "minimum", operation: Reduce(kind: .minimum, axes: [3], keepsAxes: false).erased, classes: ["Min"]),
        KerasOperationCase(name: "mean-of-channels", operation: Reduce(kind: .mean, axes: [3], keepsAxes: true).erased, classes: ["Mean"]),
        KerasOperationCase(name: "maximum-of-rows", operation: Reduce(kind: .maximum, axes: [1], keepsAxes: true).erased, classes: ["Max"]),
    ]

    private static func pooling(
        _ name: String, _ kind: PoolingKind, _ window: Int, _ stride: Int, before: Int = 0, after: Int = 0, counts: Bool = false,
        ceiling: Bool = false, _ classes: String...
    ) -> KerasOperationCase {
        let pooling = Pooling(
            kind: kind, layout: .nhwc, window: [window, window], strides: [stride, stride],
            padding: .explicit(before: [before, before], after: [after, after], mode: .constant), countIncludesPadding: counts, ceilMode: ceiling)
        return KerasOperationCase(name: name, operation: pooling.erased, classes: classes)
    }

    private static func adaptive(_ name: String, _ kind: PoolingKind, _ sizes: [Int], _ classes: String...) -> KerasOperationCase {
        KerasOperationCase(name: name, operation: AdaptivePooling(kind: kind, layout: .nhwc, outputSize: sizes).erased, classes: classes)
    }

    private static func dilated(
        _ name: String, _ kind: PoolingKind, _ window: [Int], _ strides: [Int], _ dilations: [Int], _ classes: String...
    ) -> KerasOperationCase {
        let pooling = Pooling(
            kind: kind, layout: .nhwc, window: window, strides: strides, dilations: dilations,
            padding: .explicit(before: [1, 0], after: [0, 1], mode: .constant), countIncludesPadding: true)
        return KerasOperationCase(name: name, operation: pooling.erased, classes: classes)
    }

    private static let windows: [KerasOperationCase] = [
        pooling("maximum-of-padded", .maximum, 3, 2, before: 1, "Pad", "MaxPooling2D"),
        pooling("maximum-over-the-end", .maximum, 2, 2, ceiling: true, "Pad", "MaxPooling2D"),
        pooling(
            "mean-over-the-end", .average, 2, 2, ceiling: true, "GetItem", "GetItem", "AveragePooling2D", "Mean", "Concatenate", "GetItem",
            "GetItem", "AveragePooling2D", "Mean", "Concatenate"),
        pooling(
            "mean-without-padding", .average, 3, 2, before: 1, "GetItem", "GetItem", "Mean", "AveragePooling2D", "Concatenate", "GetItem",
            "GetItem", "Mean", "AveragePooling2D", "Concatenate"),
        pooling("mean-with-padding", .average, 3, 2, before: 1, after: 1, counts: true, "ZeroPadding2D", "AveragePooling2D"),
        pooling("norm", .l2, 2, 2, "Multiply", "AveragePooling2D", "Rescaling", "Sqrt"),
        dilated(
            "maximum-with-gaps", .maximum, [3, 2], [1, 2], [2, 3], "Pad", "GetItem", "GetItem", "GetItem", "Maximum", "GetItem", "GetItem",
            "Maximum"),
        dilated(
            "mean-with-gaps", .average, [2, 2], [2, 1], [2, 5], "ZeroPadding2D", "GetItem", "GetItem", "Average", "GetItem", "GetItem", "Average"),
        adaptive("adaptive-regular", .average, [3, 5], "AveragePooling2D"),
        adaptive(
            "adaptive-mean", .average, [9, 4], "GetItem", "GetItem", "GetItem", "Mean", "AveragePooling2D", "Mean", "Concatenate"),
        adaptive("adaptive-one", .maximum, [1, 1], "GlobalMaxPooling2D"),
        KerasOperationCase(
            name: "strided-and-dilated",
            operation: Convolution(layout: .nhwc, strides: [2, 2], dilations: [2, 2], groups: 1, padding: .same).erased,
            classes: ["ZeroPadding2D", "Conv2D", "MaxPooling2D"],
            weights: ["kernel": Weight(WeightSource(Tensor<Float>(shape: [3, 3, 4, 2], generating: { Float($0 % 7) - 3 })), layout: .hwio)]),
        KerasOperationCase(
            name: "reflected-convolution",
            operation: Convolution(
                layout: .nhwc, strides: [1, 2], dilations: [1, 1], groups: 1, padding: .explicit(before: [1, 1], after: [1, 1], mode: .reflect)
            ).erased,
            classes: ["Pad", "Conv2D"],
            weights: ["kernel": Weight(WeightSource(Tensor<Float>(shape: [3, 3, 4, 2], generating: { Float($0 % 7) - 3 })), layout: .hwio)]),
    ]

    private static func resizing(
        _ name: String, _ target: ResizeTarget, _ interpolation: Interpolation, _ positions: ResizePositions, _ classes: String...
    ) -> KerasOperationCase {
        let resize = Resize(layout: .nhwc, target: target, interpolation: interpolation, positions: positions)
        return KerasOperationCase(name: name, operation: resize.erased, classes: classes)
    }

    private static let resizings: [KerasOperationCase] = [
        resizing("nearest-multiples", .sizes([18, 33]), .nearest, .leadingEdge, "UpSampling2D"),
        resizing(
            "corners", .sizes([17, 21]), .linear, .alignedCorners, "Permute", "Dense", "Permute", "Permute", "Dense", "Permute"),
        resizing(
            "cubic", .factors([2, 2]), .cubicReplicated(coefficient: -0.75), .halfPixel, "Permute", "Dense", "Permute", "Permute", "Dense", "Permute"),
        resizing("nearest-anywhere", .sizes([4, 11]), .nearest, .leadingEdge, "Permute", "Dense", "Permute"),
    ]
}

/// What is written as operations of `keras.ops` is read back and is the same function. `interop/keras_written.py` gives the files to real Keras.
@Suite struct KerasOperationTests {
    private let writing: KerasWriting

    init() throws { writing = try KerasWriting() }

    @Test(arguments: KerasOperationCase.all, ["keras", "h5"]) func everyOperationComesBack(_ specimen: KerasOperationCase, _ format: String) throws {
        let (summary, classes) = try writing.write(.one(specimen.operation, [specimen.shape], specimen.weights), as: specimen.name, format)
        #expect(classes == specimen.classes)
        #expect(summary.verdict == "identical" || summary.verdict == "rounding")
    }

    /// A constant is an argument of the operation, one for each channel a variable of LayerScale.
    @Test(arguments: ["keras", "h5"]) func constantsAreArguments(_ format: String) throws {
        var graph = Graph(name: "net")
        graph.inputs = [GraphInput(name: "x", shape: [nil, 3, 4])]
        func constant(_ shape: [Int]) -> Weight {
            Weight(WeightSource(Tensor<Float>(shape: shape, generating: { Float($0) / 3 - 1 })), layout: .other)
        }
        graph.weights = ["place": constant([1, 3, 4]), "scale": constant([1, 1, 4]), "one": constant([])]
        graph.nodes = [
            Node(name: "p", operation: Constant().erased, inputs: [], output: "p", weights: ["value": "place"]),
            Node(name: "add", operation: Merge(.add).erased, inputs: ["x", "p"], output: "add"),
            Node(name: "s", operation: Constant().erased, inputs: [], output: "s", weights: ["value": "scale"]),
            Node(name: "scaled", operation: Merge(.multiply).erased, inputs: ["s", "add"], output: "scaled"),
            Node(name: "o", operation: Constant().erased, inputs: [], output: "o", weights: ["value": "one"]),
            Node(name: "quotient", operation: Merge(.divide).erased, inputs: ["o", "scaled"], output: "quotient"),
        ]
        graph.outputs = [GraphOutput(name: "quotient", value: "quotient")]
        let (summary, classes) = try writing.write(graph, as: "constants", format)
        #expect(classes == ["Add", "LayerScale", "Divide"])
        #expect(summary.verdict == "identical")
        #expect(summary.remarks.contains { $0.hasPrefix("the file is for Keras 3 alone") } == (format == "h5"))
        let error = #expect(throws: ModelError.self) { try writing.write(graph, as: "constants", "weights.h5") }
        #expect(error?.problems.map(\.code) == ["export.unsupported", "export.unsupported"])
        #expect(error?.problems.map(\.location.node) == ["one", "place"])
        #expect(error?.problems.first?.message.contains("stand in the configuration") == true)
    }

    /// Inputs of several ranks meet at the last axis.
    @Test func ranksMeetAtTheLastAxis() throws {
        let (summary, classes) = try writing.write(.one(Merge(.average).erased, [[1, 3, 4], [4], [3, 1]]), as: "ranks", "keras")
        // The two additions are calls of one operation.
        #expect(classes == ["Add", "Divide"])
        #expect(summary.verdict == "rounding")
    }

    /// The proof that a form is the same function fails where it is not.
    @Test func anotherFunctionIsNotProved() throws {
        let source = Graph.one(AdaptivePooling(kind: .average, layout: .nwc, outputSize: [2]).erased, [[nil, 4, 1]])
        func halves(_ kind: ReductionKind, _ end: Int) -> Graph {
            var graph = source
            graph.nodes = [
                Node(name: "a", operation: Crop(before: [0, 0, 0], after: [0, 4 - end, 0]).erased, inputs: ["x0"], output: "a"),
                Node(name: "b", operation: Crop(before: [0, 2, 0], after: [0, 0, 0]).erased, inputs: ["x0"], output: "b"),
                Node(name: "c", operation: Reduce(kind: kind, axes: [1], keepsAxes: true).erased, inputs: ["a"], output: "c"),
                Node(name: "d", operation: Reduce(kind: kind, axes: [1], keepsAxes: true).erased, inputs: ["b"], output: "d"),
                Node(name: "main", operation: Concatenate(axis: 1).erased, inputs: ["c", "d"], output: "main"),
            ]
            return graph
        }
        var origin = GraphComparison.Origin()
        origin.counterparts = ["main": "main"]
        #expect(try GraphComparison.compare(halves(.mean, 2), with: source, origin: origin, threads: 1) == .rounding)
        #expect(throws: ModelError.self) { try GraphComparison.compare(halves(.mean, 3), with: source, origin: origin, threads: 1) }
        #expect(throws: ModelError.self) { try GraphComparison.compare(halves(.maximum, 2), with: source, origin: origin, threads: 1) }
    }
}
