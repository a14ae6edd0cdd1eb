import ModelCore
import ModelGraph
import ReferenceEngine
import Testing

@testable import Verification

/// What a certificate costs, counted in operations on numbers: what is prepared takes a few for each number of the inputs, and an element takes a few for
/// each number that it is made of. So no element makes others be computed again, and no row is walked over for each of its elements.
@Suite(.serialized) struct CertificateCostTests {
    struct Example: Sendable, CustomTestStringConvertible {
        let operation: Operator
        var inputs = [[2, 9, 10, 16]]
        var weights: [String: [Int]] = [:]
        /// The numbers that an element is made of, at most.
        var terms = 1
        let testDescription: String
    }

    static let examples: [Example] = [
        rows(.standard, [3]), rows(.standard, [1]), rows(.standard, [1, 2, 3]), rows(.rootMeanSquare, [3]), rows(.unit, [3]), rows(.unit, [1, 2, 3]),
        groups(8), groups(1), groups(0),
        Example(operation: Softmax(axes: [3]).erased, testDescription: "softmax over channels"),
        Example(operation: Softmax(axes: [1, 2]).erased, testDescription: "softmax over pixels"),
        Example(operation: Softmax(kind: .logSoftmax, axes: [3]).erased, testDescription: "log_softmax"),
        reduce(.sum, [1, 2], 90), reduce(.mean, [1, 2, 3], 1440), reduce(.mean, [3], 16), reduce(.maximum, [1, 2], 90), reduce(.minimum, [0], 2),
        window(GlobalPooling(kind: .average, layout: .nhwc, keepsAxes: false).erased, 90, "global average"),
        window(GlobalPooling(kind: .l2, layout: .nhwc, keepsAxes: false).erased, 90, "global norm"),
        window(AdaptivePooling(kind: .average, layout: .nhwc, outputSize: [2, 3]).erased, 20, "adaptive average"),
        window(Pooling(kind: .average, layout: .nhwc, window: [9, 9], strides: [1, 1], padding: .same).erased, 81, "average of large windows"),
        window(Pooling(kind: .maximum, layout: .nhwc, window: [9, 9], strides: [1, 1], padding: .same).erased, 81, "maximum of large windows"),
        window(Resize(layout: .nhwc, target: .sizes([18, 7]), interpolation: .linear).erased, 4, "resizing, linear"),
        window(Resize(layout: .nhwc, target: .sizes([18, 7]), interpolation: .cubicReplicated(coefficient: -0.75)).erased, 16, "resizing, cubic"),
        Example(operation: Dot(axes: [2, 1]).erased, inputs: [[2, 12, 20], [2, 20, 8]], terms: 20, testDescription: "dot"),
        Example(
            operation: MatMul(transposesRight: true).erased, inputs: [[2, 3, 9, 20], [2, 1, 8, 20]], terms: 20, testDescription: "matrix product"),
        Example(operation: CumulativeSum(axis: 2).erased, terms: 10, testDescription: "cumulative sum"),
        Example(operation: Dense().erased, weights: ["kernel": [16, 8], "bias": [8]], terms: 17, testDescription: "dense"),
        Example(
            operation: Convolution(layout: .nhwc, strides: [1, 1], dilations: [1, 1], groups: 1, padding: .same).erased,
            weights: ["kernel": [3, 3, 16, 8]], terms: 144, testDescription: "convolution"),
        Example(
            operation: TransposedConvolution(
                layout: .nhwc, strides: [1, 1], dilations: [1, 1], groups: 1, padding: .valid, outputPadding: [0, 0]
            ).erased,
            weights: ["kernel": [3, 3, 16, 8]], terms: 144, testDescription: "transposed convolution"),
        Example(operation: Rescaling(scale: [2], offset: [1]).erased, testDescription: "rescaling"),
        Example(operation: GatedLinearUnit(axis: 3).erased, testDescription: "gated linear unit"),
        Example(
            operation: Standardization(isInverse: false, epsilon: 0.1).erased, weights: ["mean": [16], "variance": [16]],
            testDescription: "standardization"),
        Example(
            operation: Merge(.multiply).erased, inputs: [[2, 9, 10, 16], [2, 1, 1, 16], [1, 16]], terms: 3, testDescription: "product of three"),
        Example(operation: Merge(.add).erased, inputs: [[2, 9, 10, 16], [2, 9, 10, 16]], terms: 2, testDescription: "sum"),
        Example(
            operation: BatchNormalization(axis: 3, epsilon: 0.1).erased, weights: ["mean": [16], "variance": [16], "gamma": [16], "beta": [16]],
            testDescription: "batch normalisation"),
        Example(operation: Activation(.silu).erased, testDescription: "silu"),
        Example(operation: PReLU().erased, weights: ["alpha": [1, 1, 16]], testDescription: "prelu"),
    ]

    private static func rows(_ kind: RowNormalizationKind, _ axes: [Int]) -> Example {
        let sizes = axes.map { [2, 9, 10, 16][$0] }
        let weights = kind == .unit ? [:] : ["gamma": sizes, "beta": sizes]
        return Example(
            operation: RowNormalization(kind: kind, axes: axes, epsilon: 0.1).erased, weights: weights, testDescription: "\(kind) over \(axes)")
    }

    private static func groups(_ groups: Int) -> Example {
        Example(
            operation: GroupNormalization(axis: 3, groups: groups, epsilon: 0.1).erased, weights: ["gamma": [16], "beta": [16]],
            testDescription: "\(groups) groups")
    }

    private static func reduce(_ kind: ReductionKind, _ axes: [Int], _ terms: Int) -> Example {
        Example(operation: Reduce(kind: kind, axes: axes, keepsAxes: false).erased, terms: terms, testDescription: "\(kind) over \(axes)")
    }

    private static func window(_ operation: Operator, _ terms: Int, _ name: String) -> Example {
        Example(operation: operation, terms: terms, testDescription: name)
    }

    @Test(arguments: examples) func aCertificateTakesAFewOperationsForEachNumber(_ example: Example) throws {
        var random = RandomStream(seed: 1)
        let inputs = example.inputs.map { shape in Tensor<Float>(shape: shape, generating: { _ in random.nextFloat() }) }
        let weights = example.weights.mapValues { shape in
            ReferenceWeight(
                values: Tensor(shape: shape, generating: { _ in abs(random.nextFloat()) + 0.1 }), layout: Self.layouts[shape.count] ?? .other)
        }
        let numbers = inputs.reduce(0) { $0 + $1.count } + weights.values.reduce(0) { $0 + $1.values.count }
        let wide = inputs.map(Counted.widening)

        let (exact, prepared) = try Counted.counting { try Counted.evaluation(of: example.operation, inputs: wide, weights: weights) }
        let (bound, boundsPrepared) = try Counted.counting { try ErrorBound.of(example.operation, inputs: wide, weights: weights) }
        #expect(prepared <= 8 * numbers, "preparing elements took \(prepared) operations for \(numbers) numbers")
        #expect(boundsPrepared <= 8 * numbers, "preparing bounds took \(boundsPrepared) operations for \(numbers) numbers")

        let positions = stride(from: 0, to: exact.count, by: 7)
        let (values, evaluated) = Counted.counting { positions.map { exact.element($0) } }
        let results = values.map(\.double)
        let (bounds, bounded) = Counted.counting { zip(positions, results).map { bound.value($0, $1) } }
        #expect(bounds.allSatisfy { $0.isFinite && $0 >= 0 })
        let most = (10 + 8 * example.terms) * bounds.count
        #expect(evaluated <= most, "\(bounds.count) elements of \(example.terms) terms took \(evaluated) operations")
        #expect(bounded <= most, "\(bounds.count) bounds of \(example.terms) terms took \(bounded) operations")
        // It is the same computation.
        let definition = try Definition(example.operation, inputs, weights)
        for (index, position) in positions.enumerated() where example.weights.isEmpty || index % 3 == 0 {
            let element = definition.element(position)
            #expect(element.exact == results[index])
            #expect(element.bound == bounds[index])
        }
    }

    @Test func aBoundIsComputedOnceForAllElementsAndForNoneNotAtAll() throws {
        var count = 0
        var bound = LazyBound { () throws(ModelError) in
            count += 1
            return ErrorBound { position, _ in Double(position) }
        }
        #expect(count == 0)
        for position in 0..<9 { #expect(try bound.value(position, 0) >= Double(position)) }
        #expect(count == 1)
    }

    /// Kernels by the number of their axes.
    private static let layouts: [Int: KernelLayout] = [1: .vector, 2: .io, 4: .hwio]

    @Test func everyOperatorThatComputesIsAmongTheExamples() {
        // These only move values, or are sums of products with a kernel as others are.
        let others: Set = [
            "concatenate", "constant", "crop", "embedding", "flatten", "flip", "fold_batch", "identity", "locally_connected", "pad", "reshape",
            "transpose", "unfold_batch",
            // Another operator, once sizes are known.
            "sized",
        ]
        let names = Set(Self.examples.map(\.operation.name))
        #expect(Set(Operator.definitions.keys).subtracting(others).subtracting(names) == [])
    }
}
