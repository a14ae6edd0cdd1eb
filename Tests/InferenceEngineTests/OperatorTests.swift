import ModelCore
import ModelGraph
import Testing

@testable import InferenceEngine

@Suite struct OperatorTests {
    @Test(arguments: [KernelLayout.io, .oi]) func dense(layout: KernelLayout) throws {
        for (rows, inputs, outputs) in [(1, 1, 1), (1, 700, 100), (3, 17, 33), (20, 256, 64), (50, 257, 31)] {
            var numbers = WholeNumbers(seed: rows)
            let shape = layout == .io ? [inputs, outputs] : [outputs, inputs]
            let kernel = (tensor: numbers.tensor(shape), layout: layout)
            try expectReference(.dense(Dense()), inputs: [[rows, inputs]], weights: ["kernel": kernel])
            let bias = (tensor: numbers.tensor([outputs]), layout: KernelLayout.vector)
            try expectReference(.dense(Dense()), inputs: [[rows, 2, inputs]], weights: ["kernel": kernel, "bias": bias])
        }
    }

    @Test(arguments: [false, true], [false, true]) func matMul(left: Bool, right: Bool) throws {
        let operation = MatMul(transposesLeft: left, transposesRight: right).erased
        for (outer, rows, depth, columns) in [
            ([1], 1, 1, 1), ([2, 3], 7, 5, 3), ([1], 130, 300, 70), ([5], 33, 513, 1), ([2, 2, 2], 1, 17, 40), ([40], 3, 2, 5),
        ] {
            let (a, b) = (left ? [depth, rows] : [rows, depth], right ? [columns, depth] : [depth, columns])
            try expectReference(operation, inputs: [outer + a, outer + b], seed: depth)
            let ones = outer.map { _ in 1 }
            try expectReference(operation, inputs: [outer + a, ones + b], seed: depth)
            try expectReference(operation, inputs: [ones + a, outer + b], seed: depth)
        }
    }

    @Test(
        arguments: [PoolingKind.maximum, .average, .l2],
        [Padding.valid, .same, .explicit(before: [1, 0], after: [1, 2], mode: .constant)])
    func pooling(kind: PoolingKind, padding: Padding) throws {
        for stride in 1...3 {
            for dilation in 1...2 {
                for counts in [false, true] {
                    for ceiling in [false, true] {
                        let operation = Pooling(
                            kind: kind, layout: .nhwc, window: [2, 3], strides: [stride, 2], dilations: [dilation, 1], padding: padding,
                            countIncludesPadding: counts, ceilMode: ceiling)
                        try expectReference(.pooling(operation), inputs: [[2, 7, 6, 5]], seed: stride)
                    }
                }
            }
        }
    }

    @Test func poolingOfOtherRanks() throws {
        for kind in [PoolingKind.maximum, .average] {
            let line = Pooling(kind: kind, layout: .nwc, window: [3], strides: [2], padding: .same)
            try expectReference(.pooling(line), inputs: [[2, 9, 40]])
            let space = Pooling(kind: kind, layout: .ndhwc, window: [2, 3, 2], strides: [1, 2, 2], padding: .same)
            try expectReference(.pooling(space), inputs: [[1, 3, 5, 4, 3]])
            let first = Pooling(kind: kind, layout: .nchw, window: [2, 2], strides: [2, 2], padding: .valid)
            try expectReference(.pooling(first), inputs: [[1, 3, 4, 6]])
        }
    }

    @Test func poolingWindowsOutsideTheInput() throws {
        let padding = Padding.explicit(before: [1, 1], after: [1, 1], mode: .constant)
        let operation = Pooling(kind: .maximum, layout: .nhwc, window: [2, 2], strides: [1, 1], dilations: [2, 2], padding: padding)
        try expectReference(.pooling(operation), inputs: [[1, 1, 1, 3]])
    }

    @Test(arguments: [PoolingKind.maximum, .average, .l2]) func globalPooling(kind: PoolingKind) throws {
        for keepsAxes in [false, true] {
            for (layout, shape) in [
                (DataLayout.nhwc, [2, 3, 4, 5]), (.nhwc, [1, 1, 1, 1]), (.nwc, [3, 8, 600]), (.ndhwc, [2, 2, 2, 4, 3]), (.nchw, [2, 3, 4, 5]),
            ] {
                try expectReference(.globalPooling(GlobalPooling(kind: kind, layout: layout, keepsAxes: keepsAxes)), inputs: [shape])
            }
        }
    }

    @Test(arguments: MergeKind.allCases) func merge(kind: MergeKind) throws {
        for count in kind == .subtract || kind == .divide ? 2...2 : 1...5 {
            try expectReference(.merge(Merge(kind)), inputs: [[Int]](repeating: [2, 3, 5], count: count), range: 1...9)
        }
        try expectReference(.merge(Merge(kind)), inputs: [[2, 150, 160], [2, 150, 160]], range: 1...9)
    }

    @Test(arguments: MergeKind.allCases) func mergeOfStretchedInputs(kind: MergeKind) throws {
        for shapes in [
            [[2, 3, 4, 5], [2, 1, 1, 5]], [[5], [2, 3, 5]], [[1, 3, 5], [2, 1, 5]], [[2, 3, 4], [2, 3, 1]], [[1], [2, 3]],
            [[2, 60, 70, 9], [2, 1, 1, 9]],
        ] {
            try expectReference(.merge(Merge(kind)), inputs: shapes, range: 1...9)
        }
        guard kind != .subtract, kind != .divide else { return }
        try expectReference(.merge(Merge(kind)), inputs: [[2, 1, 5], [2, 3, 5], [5], [2, 3, 5]], range: 1...9)
    }

    @Test func activations() throws {
        let functions: [ActivationFunction] = [
            .relu, .relu(negativeSlope: 0, maximum: 2, threshold: 0), .relu(negativeSlope: 0.25, maximum: nil, threshold: 0),
            .relu(negativeSlope: 0.25, maximum: 2, threshold: 1), .relu(negativeSlope: 0, maximum: -1, threshold: 0),
            .relu(negativeSlope: 0.5, maximum: nil, threshold: -1), .hardTanh(minimum: -1, maximum: 2), .hardShrink(lambda: 1),
            .softShrink(lambda: 1), .threshold(threshold: 1, value: -2), .hardSigmoid(slope: 0.25, offset: 0.5),
            .hardSilu(slope: 0.25, offset: 0.5), .sparsePlus, .sparseSigmoid,
        ]
        for function in functions {
            try expectReference(.activation(Activation(function)), inputs: [[2, 3, 11]])
            try expectReference(.activation(Activation(function)), inputs: [[100, 601]])
        }
    }

    @Test func notANumberStaysOne() throws {
        let input = Tensor<Float>(repeating: .nan, shape: [1, 4, 4, 2])
        for operation in [
            Operator.activation(Activation(.relu)),
            .pooling(Pooling(kind: .maximum, layout: .nhwc, window: [2, 2], strides: [1, 1], padding: .same)),
            .globalPooling(GlobalPooling(kind: .maximum, layout: .nhwc, keepsAxes: false)), .merge(Merge(.maximum)),
        ] {
            let result = try InferencePlan(graph(operation, inputs: [input.shape])).run(["x0": input])["result"]
            #expect(result?.scalars.allSatisfy(\.isNaN) == true)
        }
    }

    @Test func batchNormalization() throws {
        for (axis, shape) in [(3, [2, 3, 4, 5]), (1, [20, 130]), (1, [2, 5, 3, 3]), (2, [1, 200, 300])] {
            var numbers = WholeNumbers(seed: axis)
            let channels = shape[axis]
            var weights: [String: (tensor: Tensor<Float>, layout: KernelLayout)] = [
                "mean": (numbers.tensor([channels]), .vector),
                // Powers of four less epsilon, so that the division is exact.
                "variance": (numbers.tensor([channels], 0...2).map { ([1, 4, 16] as [Float])[Int($0)] - 0.25 }, .vector),
            ]
            let operation = Operator.batchNormalization(BatchNormalization(axis: axis, epsilon: 0.25))
            try expectReference(operation, inputs: [shape], weights: weights)
            weights["gamma"] = (numbers.tensor([channels]), .vector)
            weights["beta"] = (numbers.tensor([channels]), .vector)
            try expectReference(operation, inputs: [shape], weights: weights)
        }
    }

    /// Elements that are a mean plus or minus a power of two, as many of each: every step is exact, whatever the order.
    private func balanced(_ shape: [Int], rows: (Int) -> Int) -> Tensor<Float> {
        Tensor(shape: shape) { position in
            let row = rows(position)
            return Float(row % 7 - 3) + (position % 2 == 0 ? 1 : -1) * Float([1, 2, 4][row % 3])
        }
    }

    /// The step is chosen when the sizes are known: those of the second input, which is not read.
    @Test(arguments: [[1, 3], [2, 7]]) func sized(others: [Int]) throws {
        let (high, wide) = (SizeExpression.size(SizeReference(input: 1, axis: 0)), SizeExpression.size(SizeReference(input: 1, axis: 1)))
        let resize = Resize(layout: .nhwc, target: .sizes([1, 1]), interpolation: .nearest).erased
        let pad = Pad(before: [0, 0, 0, 0], after: [0, 0, 0, 0]).erased
        try expectReference(Sized(resize, sizes: ["sizes": [high, wide]]).erased, inputs: [[2, 3, 4, 5], others])
        try expectReference(Sized(pad, sizes: ["before": [0, high, 0, 0], "after": [0, 0, wide, 0]]).erased, inputs: [[2, 3, 4, 5], others])
        try expectReference(Sized(Reshape(sizes: []).erased, sizes: ["sizes": [-1, 4, 5]]).erased, inputs: [[2, 3, 4, 5], others])
    }

    @Test(arguments: RowNormalizationKind.allCases) func rowNormalization(kind: RowNormalizationKind) throws {
        for (shape, axes) in [([3, 4], [1]), ([2, 3, 34], [2]), ([2, 3, 4, 6], [1, 2, 3]), ([4, 50, 128], [2]), ([2, 4, 3], [1])] {
            let length = axes.reduce(1) { $0 * shape[$1] }
            let sizes = axes.map { shape[$0] }
            var numbers = WholeNumbers(seed: length)
            let operation = Operator.rowNormalization(RowNormalization(kind: kind, axes: axes, epsilon: kind == .unit ? 1e-12 : 0))
            let scaled: [String: (tensor: Tensor<Float>, layout: KernelLayout)] = [
                "gamma": (numbers.tensor(sizes, 1...4), .other), "beta": (numbers.tensor(sizes, 5...9), .other),
            ]
            // The norm of a row is exact where its length is a power of four.
            guard kind != .unit || [4, 16, 64].contains(length) else { continue }
            // The other kinds do not subtract the mean.
            let input = balanced(shape) { kind == .standard ? $0 / length : 3 }
            for weights in [[:], scaled] { try expectReference(operation, on: [input], weights: weights) }
        }
        let plain = RowNormalization(kind: kind, axes: [1], epsilon: 1)
        try expectReference(.rowNormalization(plain), inputs: [[2, 5]], range: 0...0)
        let sixteen = Tensor<Float>(shape: [3, 16]) { $0 % 2 == 0 ? 2 : -2 }
        let unit = RowNormalization(kind: kind, axes: [1], epsilon: kind == .unit ? 1 : 0)
        try expectReference(.rowNormalization(unit), on: [sixteen], weights: [:])
    }

    @Test func groupNormalization() throws {
        for (shape, groups) in [([2, 3, 4, 6], 3), ([1, 4, 2, 5], 0), ([2, 8, 4, 130], 65), ([1, 2, 300], 1), ([3, 16, 40], 2), ([2, 6], 3)] {
            let channels = shape[shape.count - 1]
            let size = groups == 0 ? 1 : channels / groups
            let elements = shape.dropFirst().dropLast().reduce(1, *)
            let input = Tensor<Float>(shape: shape) { position in
                let (sample, channel) = (position / (elements * channels), position % channels)
                let row = sample * channels + channel / size
                // Alternates along the channels of a group, or along the elements where it has an odd number of them.
                let turn = size % 2 == 0 ? channel % size : position / channels
                return Float(row % 7 - 3) + (turn % 2 == 0 ? 1 : -1) * Float([1, 2, 4][row % 3])
            }
            var numbers = WholeNumbers(seed: channels)
            let weights: [String: (tensor: Tensor<Float>, layout: KernelLayout)] = [
                "gamma": (numbers.tensor([channels], 1...4), .vector), "beta": (numbers.tensor([channels], 5...9), .vector),
            ]
            let operation = Operator.groupNormalization(GroupNormalization(axis: shape.count - 1, groups: groups, epsilon: 0))
            try expectReference(operation, on: [input], weights: [:])
            try expectReference(operation, on: [input], weights: weights)
        }
        try expectReference(.groupNormalization(GroupNormalization(axis: 1, groups: 2, epsilon: 1)), inputs: [[2, 4, 3]], range: 2...2)
    }

    @Test func concatenation() throws {
        for axis in 0..<4 {
            let shapes = (1...3).map { size in (0..<4).map { $0 == axis ? size : $0 + 2 } }
            try expectReference(.concatenate(Concatenate(axis: axis)), inputs: shapes)
        }
        try expectReference(.concatenate(Concatenate(axis: 2)), inputs: [[50, 60, 7], [50, 60, 9]])
    }

    @Test func padding() throws {
        for mode in [PaddingMode.constant, .reflect, .symmetric, .replicate, .circular] {
            let operation = Pad(before: [0, 2, 0, 1], after: [0, 1, 2, 0], mode: mode, value: 7)
            try expectReference(.pad(operation), inputs: [[2, 3, 4, 5]])
        }
        try expectReference(.pad(Pad(before: [1, 1], after: [2, 0], value: -1)), inputs: [[3, 4]])
        try expectReference(.pad(Pad(before: [0, 3, 3, 0], after: [0, 3, 3, 0])), inputs: [[1, 100, 101, 3]])
    }

    @Test(arguments: [false, true], [false, true]) func cumulativeSums(isExclusive: Bool, isReverse: Bool) throws {
        for axis in 1...3 {
            let operation = CumulativeSum(axis: axis, isExclusive: isExclusive, isReverse: isReverse)
            for shape in [[2, 3, 4, 5], [1, 70, 61, 33]] { try expectReference(operation.erased, inputs: [shape]) }
        }
    }

    @Test func relabelling() throws {
        try expectReference(.flatten(Flatten()), inputs: [[2, 3, 4]])
        try expectReference(.reshape(Reshape(sizes: [2, -1])), inputs: [[2, 3, 4]])
        try expectReference(.identity(Identity()), inputs: [[2, 3, 4]])
    }

    @Test func prelu() throws {
        for (shape, alpha) in [
            ([2, 3, 4, 5], [3, 4, 5]), ([2, 3, 4, 5], [1, 1, 5]), ([2, 3, 4, 5], [1, 1, 1]), ([2, 3, 4, 5], [3, 1, 5]), ([2, 3, 4, 5], [3, 4, 1]),
            ([2, 300], [300]), ([2, 300], [1]), ([5], []), ([1, 90, 80, 37], [1, 1, 37]),
        ] {
            var numbers = WholeNumbers(seed: alpha.count)
            try expectReference(.prelu(PReLU()), inputs: [shape], weights: ["alpha": (numbers.tensor(alpha), .other)])
        }
    }

    @Test func rescaling() throws {
        try expectReference(.rescaling(Rescaling(scale: [0.5], offset: [1])), inputs: [[2, 5]])
        try expectReference(.rescaling(Rescaling(scale: [0.5], offset: [1])), inputs: [[]])
        try expectReference(.rescaling(Rescaling(scale: [0.5, 2, 4], offset: [1])), inputs: [[1, 101, 99, 3]])
        try expectReference(.rescaling(Rescaling(scale: [2], offset: [1, 2, 3])), inputs: [[2, 7, 3]])
        try expectReference(.rescaling(Rescaling(scale: [2], offset: (0..<200).map(Double.init))), inputs: [[7, 200]])
    }

    @Test func theRestIsTheReference() throws {
        try expectReference(.softmax(Softmax(axes: [1])), inputs: [[2, 5, 1]], range: 0...0)
        try expectReference(.softmax(Softmax(kind: .sparsemaxKeras, axes: [1])), inputs: [[2, 5]])
        let area = Resize(layout: .nhwc, target: .sizes([2, 3]), interpolation: .area)
        try expectReference(.resize(area), inputs: [[1, 4, 6, 2]])
        try expectReference(.activation(Activation(.celu(alpha: -1))), inputs: [[2, 5]], range: 0...3)
    }
}
