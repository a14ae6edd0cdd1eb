import ModelCore
import ModelGraph
import ReferenceEngine
import Testing

@Suite struct TransposedConvolutionTests {
    private func operation(
        _ rank: Int = 1, stride: Int = 1, dilation: Int = 1, groups: Int = 1, padding: Padding = .valid, outputPadding: [Int] = []
    ) throws -> TransposedConvolution {
        TransposedConvolution(
            layout: try #require(.channelsLast(spatialRank: rank)), strides: Array(repeating: stride, count: rank),
            dilations: Array(repeating: dilation, count: rank), groups: groups, padding: padding, outputPadding: outputPadding)
    }

    private func kernel(_ values: Tensor<Float>, _ layout: KernelLayout) -> [String: ReferenceWeight] {
        ["kernel": ReferenceWeight(values: values, layout: layout)]
    }

    @Test func everyInputAddsItsKernel() throws {
        let x = try tensor([1, 2, 1], [1, 10])
        var weights = kernel(try tensor([3, 1, 1], [1, 2, 3]), .woi)
        #expect(try evaluate(operation(), x, weights: weights).scalars == [1, 12, 23, 30])
        weights["bias"] = try vector([0.5])
        #expect(try evaluate(operation(stride: 2), x, weights: weights).scalars == [1.5, 2.5, 13.5, 20.5, 30.5])
    }

    @Test func aKernelShorterThanTheStrideLeavesOnlyTheBias() throws {
        let x = try tensor([1, 2, 1], [1, 2])
        var weights = kernel(try tensor([1, 1, 1], [3]), .woi)
        weights["bias"] = try vector([7])
        #expect(try evaluate(operation(stride: 3), x, weights: weights).scalars == [10, 7, 7, 13, 7, 7])
    }

    @Test func samePaddingCropsTheOddCellAfter() throws {
        let x = try tensor([1, 3, 1], [1, 1, 1])
        let weights = kernel(try tensor([4, 1, 1], [1, 10, 100, 1000]), .woi)
        // Full: 1 10 101 1010 101 1010 100 1000; 2 of them are left out, one at each end.
        #expect(try evaluate(operation(stride: 2, padding: .same), x, weights: weights).scalars == [10, 101, 1010, 101, 1010, 100])
        let odd = kernel(try tensor([3, 1, 1], [1, 10, 100]), .woi)
        #expect(try evaluate(operation(stride: 2, padding: .same), x, weights: odd).scalars == [1, 10, 101, 10, 101, 10])
        let padded = try operation(stride: 2, padding: .same, outputPadding: [0])
        #expect(try evaluate(padded, x, weights: odd).scalars == [10, 101, 10, 101, 10])
    }

    /// `<conv(y), x> == <y, convT(x)>` for every y and x: the transposed convolution is the gradient of the convolution.
    @Test(arguments: 1...4, [Padding.valid, .same])
    func isTheAdjointOfTheConvolution(window: Int, padding: Padding) throws {
        for (stride, dilation, size) in [(1, 1, 6), (1, 2, 9), (2, 1, 7), (2, 1, 8), (3, 1, 9), (3, 2, 11)] {
            let forward = Convolution(
                layout: .nhwc, strides: [stride, 1], dilations: [dilation, 1], groups: 1, padding: padding)
            let y = integers([2, size, 4, 3], seed: window * size)
            let k = integers([window, 2, 3, 5], seed: stride)
            let made = try evaluate(forward, y, weights: kernel(k, .hwio))
            let x = integers(made.shape, seed: dilation)
            // Crop what the forward convolution padded, and give back the rows that it did not reach.
            let extent = (window - 1) * dilation + 1
            let rows = Window(size: window, stride: stride, dilation: dilation).padding(padding, axis: 0, input: size)
            let columns = Window(size: 2, stride: 1).padding(padding, axis: 1, input: 4)
            let extra = size + rows.before + rows.after - ((made.shape[1] - 1) * stride + extent)
            let crop = Padding.explicit(before: [rows.before, columns.before], after: [rows.after, columns.after], mode: .constant)
            let backward = TransposedConvolution(
                layout: .nhwc, strides: [stride, 1], dilations: [dilation, 1], groups: 1, padding: crop, outputPadding: [max(extra, 0), 0])
            // Forward [kh, kw, I, O] is backward [kh, kw, out, in] as it stands.
            let gradient = try evaluate(backward, x, weights: kernel(k, .hwoi))
            try #require(gradient.shape == y.shape)
            let left = zip(made.scalars, x.scalars).reduce(Float(0)) { $0 + $1.0 * $1.1 }
            let right = zip(y.scalars, gradient.scalars).reduce(Float(0)) { $0 + $1.0 * $1.1 }
            #expect(left == right)
        }
    }

    @Test(arguments: 1...3)
    func layoutsAgreeInEveryBit(rank: Int) throws {
        let x = fractions([2] + Array([3, 4, 2].prefix(rank)) + [4], seed: rank)
        let k = fractions(Array([3, 2, 2].prefix(rank)) + [5, 4], seed: 1)
        var transposed = try operation(rank, stride: 2, padding: .same)
        let expected = try evaluate(transposed, x, weights: kernel(k, try #require(.transposedWindowFirst(spatialRank: rank))))
        let inputFirst: [KernelLayout] = [.iow, .iohw, .iodhw]
        let weights = kernel(k.transposed([rank + 1, rank] + Array(0..<rank)), inputFirst[rank - 1])
        #expect(try evaluate(transposed, x, weights: weights).bits == expected.bits)
        let toFirst = [0, rank + 1] + Array(1...rank)
        transposed.layout = try #require(.channelsFirst(spatialRank: rank))
        #expect(try evaluate(transposed, x.transposed(toFirst), weights: weights).bits == expected.transposed(toFirst).bits)
    }

    @Test func groupsAreTransposedConvolutionsSideBySide() throws {
        let x = fractions([1, 3, 3, 4], seed: 1)
        let k = fractions([4, 3, 2, 2], seed: 2)
        let whole = try evaluate(operation(2, stride: 2, groups: 2), x, weights: kernel(k, .iohw))
        #expect(whole.shape == [1, 6, 6, 6])
        for group in 0..<2 {
            let inputs = 2 * group..<2 * group + 2
            let part = try evaluate(operation(2, stride: 2), x.part(inputs, axis: 3), weights: kernel(k.part(inputs, axis: 0), .iohw))
            #expect(part.bits == whole.part(3 * group..<3 * group + 3, axis: 3).bits)
        }
    }
}
