import ModelCore
import ModelGraph
import Testing

@testable import InferenceEngine

@Suite struct MoverTests {
    private func permutations(_ count: Int) -> [[Int]] {
        guard count > 0 else { return [[]] }
        return permutations(count - 1).flatMap { shorter in
            (0..<count).map { position in Array(shorter[..<position]) + [count - 1] + shorter[position...] }
        }
    }

    @Test func everyTransposition() throws {
        for shape in [[3], [2, 3], [1, 5, 4], [2, 3, 4], [2, 1, 3, 4], [2, 3, 4, 5], [2, 3, 1, 4, 3]] {
            for permutation in permutations(shape.count) {
                try expectReference(.transpose(Transpose(permutation: permutation)), inputs: [shape], "\(shape), \(permutation)")
            }
        }
        try expectReference(.transpose(Transpose(permutation: [])), inputs: [[]])
    }

    @Test func largeTranspositions() throws {
        try expectReference(.transpose(Transpose(permutation: [0, 2, 3, 1])), inputs: [[1, 35, 40, 37]])
        try expectReference(.transpose(Transpose(permutation: [0, 3, 1, 2])), inputs: [[2, 40, 37, 35]])
        try expectReference(.transpose(Transpose(permutation: [1, 0])), inputs: [[301, 203]])
        try expectReference(.transpose(Transpose(permutation: [2, 0, 1])), inputs: [[40, 33, 70]])
    }

    @Test func cropping() throws {
        try expectReference(.crop(Crop(before: [0, 1], after: [0, 1])), inputs: [[2, 5]])
        try expectReference(.crop(Crop(before: [0, 1, 2, 0], after: [0, 2, 0, 0])), inputs: [[2, 5, 6, 3]])
        try expectReference(.crop(Crop(before: [1, 0, 0, 1], after: [0, 0, 3, 1])), inputs: [[2, 5, 6, 7]])
        try expectReference(.crop(Crop(before: [0, 3, 4, 0], after: [0, 2, 1, 0])), inputs: [[1, 70, 60, 16]])
        try expectReference(.crop(Crop(before: [0, 3, 4, 0], after: [0, 2, 1, 0], steps: [1, 2, 3, 1])), inputs: [[1, 70, 61, 16]])
        try expectReference(.crop(Crop(before: [0, 0, 1, 2], after: [0, 1, 0, 1], steps: [2, 1, 5, 3])), inputs: [[3, 7, 9, 11]])
        try expectReference(.crop(Crop(before: [0, 1], after: [0, 1], steps: [1, 2])), inputs: [[2, 8]])
    }

    @Test(arguments: [Interpolation.nearest, .linear]) func resizing(interpolation: Interpolation) throws {
        func check(_ layout: DataLayout, _ shape: [Int], _ target: ResizeTarget) throws {
            let operation = Resize(layout: layout, target: target, interpolation: interpolation)
            try expectReference(.resize(operation), inputs: [shape], "\(shape), \(target)")
        }
        // Factors that are powers of two, so that the weights and sums of linear interpolation are exact.
        for factors in [[1, 1], [2, 2], [4, 1], [1, 2], [2, 4]] {
            for shape in [[2, 3, 4, 5], [1, 1, 1, 1], [1, 1, 6, 33], [2, 5, 1, 3]] { try check(.nhwc, shape, .factors(factors)) }
        }
        for factor in 1...2 {
            try check(.nwc, [2, 7, 5], .factors([factor]))
            try check(.ndhwc, [2, 3, 4, 5, 3], .factors([factor, 2, 3 - factor]))
        }
        try check(.ndhwc, [1, 4, 1, 5, 3], .factors([4, 2, 2]))
        try check(.nhwc, [1, 4, 6, 3], .sizes([2, 3]))
        try check(.nhwc, [1, 40, 60, 3], .sizes([20, 120]))
        try check(.nchw, [1, 2, 3, 4], .factors([2, 2]))
        guard interpolation == .nearest else { return }
        try check(.nhwc, [1, 7, 5, 3], .sizes([3, 11]))
        try check(.nhwc, [2, 30, 50, 16], .factors([3, 3]))
    }

    @Test(arguments: [DataLayout.nwc, .nhwc, .ndhwc]) func transposedConvolution(layout: DataLayout) throws {
        let rank = layout.spatialRank
        let kernelLayout = try #require(KernelLayout.transposedWindowFirst(spatialRank: rank))
        let explicit = Padding.explicit(before: [Int](repeating: 1, count: rank), after: [Int](repeating: 0, count: rank), mode: .constant)
        for padding in [Padding.valid, .same, explicit] {
            for window in 1...4 {
                for (stride, dilation) in [(1, 1), (2, 1), (3, 1), (1, 2), (2, 2)] {
                    for (channels, outputs, groups) in [(3, 5, 1), (4, 6, 2), (6, 6, 6)] {
                        // Sizes differ along the axes.
                        let sizes = [4, 5, 3].suffix(rank), windows = [2, window, 3].suffix(rank).map { min($0, rank == 3 ? 2 : 4) }
                        var numbers = WholeNumbers(seed: window)
                        var weights = ["kernel": (tensor: numbers.tensor(windows + [outputs / groups, channels], -2...2), layout: kernelLayout)]
                        if stride != 2 { weights["bias"] = (numbers.tensor([outputs]), .vector) }
                        let operation = TransposedConvolution(
                            layout: layout, strides: [1, stride, stride].suffix(rank), dilations: [dilation, 1, dilation].suffix(rank),
                            groups: groups, padding: padding, outputPadding: [])
                        try expectReference(
                            .transposedConvolution(operation), inputs: [[2] + sizes + [channels]], weights: weights, "\(operation), \(windows)")
                    }
                }
            }
        }
    }

    @Test func largerTransposedConvolution() throws {
        var numbers = WholeNumbers(seed: 3)
        let operation = TransposedConvolution(layout: .nhwc, strides: [2, 2], dilations: [1, 1], groups: 1, padding: .same, outputPadding: [])
        let kernel = (tensor: numbers.tensor([3, 3, 40, 70], -2...2), layout: KernelLayout.hwoi)
        try expectReference(.transposedConvolution(operation), inputs: [[1, 13, 14, 70]], weights: ["kernel": kernel])
    }
}
