import ModelCore
import ModelGraph
import ReferenceEngine
import Testing

@Suite struct ConvolutionTests {
    /// A convolution of channels-last data.
    private func convolution(
        _ rank: Int, strides: [Int]? = nil, dilations: [Int]? = nil, groups: Int = 1, padding: Padding = .valid
    ) throws -> Convolution {
        let ones = [Int](repeating: 1, count: rank)
        let layout = try #require(DataLayout.channelsLast(spatialRank: rank))
        return Convolution(layout: layout, strides: strides ?? ones, dilations: dilations ?? ones, groups: groups, padding: padding)
    }

    private func kernel(_ values: Tensor<Float>, _ layout: KernelLayout) -> [String: ReferenceWeight] {
        ["kernel": ReferenceWeight(values: values, layout: layout)]
    }

    @Test func oneDimensionWithBias() throws {
        let x = try tensor([1, 4, 2], [1, 2, 3, 4, 5, 6, 7, 8])
        var weights = kernel(try tensor([2, 2, 1], [1, 10, 100, 1000]), .wio)
        weights["bias"] = try vector([0.5])
        let y = try evaluate(convolution(1), x, weights: weights)
        #expect(try y == tensor([1, 3, 1], [4321.5, 6543.5, 8765.5]))
    }

    @Test func biasOfEachChannel() throws {
        let x = try tensor([1, 1, 1, 1], [2])
        var weights = kernel(try tensor([1, 1, 1, 3], [1, 2, 3]), .hwio)
        weights["bias"] = try vector([10, 20, 30])
        #expect(try evaluate(convolution(2), x, weights: weights).scalars == [12, 24, 36])
    }

    @Test func strideDilationAndAsymmetricPadding() throws {
        let x = try tensor([1, 5, 1], [1, 2, 3, 4, 5])
        let padding = Padding.explicit(before: [1], after: [2], mode: .constant)
        let operation = try convolution(1, strides: [2], dilations: [2], padding: padding)
        // Windows at -1, 1, 3: taps 2 apart.
        let y = try evaluate(operation, x, weights: kernel(tensor([2, 1, 1], [1, 10]), .wio))
        #expect(y.scalars == [20, 42, 4])
    }

    @Test func causalSeesNoLaterInput() throws {
        let x = try tensor([1, 4, 1], [1, 2, 3, 4])
        let operation = try convolution(1, dilations: [2], padding: .causal)
        let y = try evaluate(operation, x, weights: kernel(tensor([2, 1, 1], [10, 1]), .wio))
        #expect(y.scalars == [1, 2, 13, 24])
    }

    @Test(arguments: [1, 2, 3], [1, 2])
    func layoutsAgreeInEveryBit(rank: Int, groups: Int) throws {
        let sizes = Array([5, 6, 4].prefix(rank))
        let window = Array([3, 2, 2].prefix(rank))
        let x = fractions([2] + sizes + [4], seed: rank)
        let k = fractions(window + [4 / groups, 6], seed: groups)
        var last = try convolution(rank, strides: Array([2, 1, 1].prefix(rank)), groups: groups, padding: .same)
        let bias = try vector([1, 2, 3, 4, 5, 6])
        let expected = try evaluate(
            last, x, weights: ["kernel": ReferenceWeight(values: k, layout: try #require(.windowFirst(spatialRank: rank))), "bias": bias])

        let outputFirst = ReferenceWeight(
            values: k.transposed([rank + 1, rank] + Array(0..<rank)), layout: try #require(KernelLayout.outputFirst(spatialRank: rank)))
        #expect(try evaluate(last, x, weights: ["kernel": outputFirst, "bias": bias]).bits == expected.bits)

        let toFirst = [0, rank + 1] + Array(1...rank)
        last.layout = try #require(DataLayout.channelsFirst(spatialRank: rank))
        let y = try evaluate(last, x.transposed(toFirst), weights: ["kernel": outputFirst, "bias": bias])
        #expect(y.bits == expected.transposed(toFirst).bits)
    }

    @Test func doubleEqualsFloatOnIntegers() throws {
        let x = integers([1, 5, 5, 2], seed: 1)
        let weights = kernel(integers([3, 3, 2, 4], seed: 2), .hwio)
        let operation = try convolution(2, padding: .same)
        #expect(try evaluateWidely(operation, x, weights: weights).scalars == evaluate(operation, x, weights: weights).scalars.map(Double.init))
    }

    @Test func groupsAreConvolutionsSideBySide() throws {
        let x = fractions([2, 4, 5, 6], seed: 3)
        let k = fractions([2, 3, 2, 9], seed: 4)
        let whole = try evaluate(convolution(2, groups: 3), x, weights: kernel(k, .hwio))
        for group in 0..<3 {
            let part = try evaluate(
                convolution(2), x.part(2 * group..<2 * group + 2, axis: 3), weights: kernel(k.part(3 * group..<3 * group + 3, axis: 3), .hwio))
            #expect(part.bits == whole.part(3 * group..<3 * group + 3, axis: 3).bits)
        }
    }

    @Test func depthwiseIsOneFilterSetPerChannel() throws {
        let x = fractions([1, 4, 4, 3], seed: 5)
        let k = fractions([3, 3, 1, 6], seed: 6)
        let whole = try evaluate(convolution(2, groups: 3, padding: .same), x, weights: kernel(k, .hwio))
        for channel in 0..<6 {
            let part = try evaluate(
                convolution(2, padding: .same), x.part(channel / 2..<channel / 2 + 1, axis: 3),
                weights: kernel(k.part(channel..<channel + 1, axis: 3), .hwio))
            #expect(part.bits == whole.part(channel..<channel + 1, axis: 3).bits)
        }
    }

    @Test(arguments: 1...4)
    func dilationIsAKernelWithZerosBetween(dilation: Int) throws {
        let x = integers([1, 17, 2], seed: 7)
        let k = integers([3, 2, 2], seed: 8)
        let stuffed = Tensor<Float>(shape: [2 * dilation + 1, 2, 2]) { position in
            position / 4 % dilation == 0 ? k.scalars[position / 4 / dilation * 4 + position % 4] : 0
        }
        let dilated = try evaluate(convolution(1, dilations: [dilation], padding: .same), x, weights: kernel(k, .wio))
        #expect(try dilated == evaluate(convolution(1, padding: .same), x, weights: kernel(stuffed, .wio)))
    }

    /// Every small case against the sum written out.
    @Test(arguments: 1...7, 1...4)
    func samePaddingPutsTheOddCellAfter(size: Int, window: Int) throws {
        let x = integers([1, size, 1], seed: size)
        let k = integers([window, 1, 1], seed: window)
        for stride in 1...4 {
            for dilation in 1...2 {
                let extent = (window - 1) * dilation + 1
                let count = (size + stride - 1) / stride
                let before = max((count - 1) * stride + extent - size, 0) / 2
                let expected = (0..<count).map { output in
                    (0..<window).reduce(Float(0)) { sum, tap in
                        let source = output * stride - before + tap * dilation
                        return (0..<size).contains(source) ? sum + x.scalars[source] * k.scalars[tap] : sum
                    }
                }
                let operation = try convolution(1, strides: [stride], dilations: [dilation], padding: .same)
                #expect(try evaluate(operation, x, weights: kernel(k, .wio)).scalars == expected)
            }
        }
    }

    @Test(arguments: PaddingMode.allCases)
    func paddingModesAreThoseOfPad(mode: PaddingMode) throws {
        let x = integers([1, 5, 4, 2], seed: 9)
        let k = integers([3, 3, 2, 2], seed: 10)
        let padded = try evaluate(Pad(before: [0, 1, 2, 0], after: [0, 3, 1, 0], mode: mode), x)
        let expected = try evaluate(convolution(2), padded, weights: kernel(k, .hwio))
        let operation = try convolution(2, padding: .explicit(before: [1, 2], after: [3, 1], mode: mode))
        #expect(try evaluate(operation, x, weights: kernel(k, .hwio)) == expected)
    }

    @Test func paddingTimesInfinityIsNothing() throws {
        let x = try tensor([1, 2, 1], [1, 2])
        let y = try evaluate(convolution(1, padding: .same), x, weights: kernel(tensor([3, 1, 1], [.infinity, 1, 0]), .wio))
        #expect(y.scalars == [1, .infinity])
    }
}
