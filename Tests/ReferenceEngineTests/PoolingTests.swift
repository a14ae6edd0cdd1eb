import ModelCore
import ModelGraph
import ReferenceEngine
import Testing

@Suite struct PoolingTests {
    private func pooling(
        _ kind: PoolingKind, window: Int, stride: Int = 1, dilation: Int = 1, padding: Padding = .valid, counting: Bool = false, ceiling: Bool = false
    ) -> Pooling {
        Pooling(
            kind: kind, layout: .nwc, window: [window], strides: [stride], dilations: [dilation], padding: padding, countIncludesPadding: counting,
            ceilMode: ceiling)
    }

    private func row(_ values: [Float]) throws -> Tensor<Float> { try tensor([1, values.count, 1], values) }

    @Test func paddingNeverWins() throws {
        #expect(try evaluate(pooling(.maximum, window: 3, padding: .same), row([-3, -1, -2])).scalars == [-1, -1, -1])
    }

    @Test func anAverageIsOfRealCells() throws {
        let x = try row([3, 6, 9])
        #expect(try evaluate(pooling(.average, window: 3, padding: .same), x).scalars == [4.5, 6, 7.5])
        #expect(try evaluate(pooling(.average, window: 3, padding: .same, counting: true), x).scalars == [3, 6, 5])
    }

    @Test func theNormIsOfRealCells() throws {
        #expect(try evaluate(pooling(.l2, window: 2, stride: 2, padding: .same), row([3, 4, 5])).scalars == [5, 5])
    }

    @Test func cellsPastThePaddingNeverCount() throws {
        let x = try row([6, 6, 6, 6, 6, 6])
        let one = Padding.explicit(before: [1], after: [1], mode: .constant)
        // Windows at -1, 2, 5: the last has one real cell and one in the padding, and hangs one over.
        #expect(try evaluate(pooling(.average, window: 3, stride: 3, padding: one, counting: true, ceiling: true), x).scalars == [4, 6, 3])
        #expect(try evaluate(pooling(.average, window: 3, stride: 3, padding: one, ceiling: true), x).scalars == [6, 6, 6])
        #expect(try evaluate(pooling(.maximum, window: 3, stride: 3, padding: one, ceiling: true), x).shape == [1, 3, 1])
        #expect(try evaluate(pooling(.maximum, window: 3, stride: 3, padding: one), x).shape == [1, 2, 1])
    }

    @Test func dilationSkipsCells() throws {
        #expect(try evaluate(pooling(.maximum, window: 2, dilation: 2), row([5, 9, 1, 2])).scalars == [5, 9])
    }

    @Test func aWindowWithNothingInside() throws {
        // Taps at -1 and 2 of an input of one element.
        let padding = Padding.explicit(before: [1], after: [2], mode: .constant)
        #expect(try evaluate(pooling(.maximum, window: 2, dilation: 3, padding: padding), row([1])).scalars == [-.infinity])
        #expect(try evaluate(pooling(.average, window: 2, dilation: 3, padding: padding), row([1])).scalars[0].isNaN)
        #expect(try evaluate(pooling(.average, window: 2, dilation: 3, padding: padding, counting: true), row([1])).scalars == [0])
    }

    @Test(arguments: PoolingKind.allCases)
    func nanIsNotLost(kind: PoolingKind) throws {
        let y = try evaluate(pooling(kind, window: 2), row([.nan, 1, 2, .nan])).scalars
        #expect(y[0].isNaN && !y[1].isNaN && y[2].isNaN)
    }

    @Test func theOrderOfZerosDoesNotShow() throws {
        #expect(try evaluate(pooling(.maximum, window: 2), row([0, -0.0, 0])).bits == [0, 0])
        #expect(try evaluate(pooling(.maximum, window: 2), row([-0.0, -0.0])).scalars.map(\.sign) == [.minus])
    }

    /// Every small case against windows written out.
    @Test(arguments: 1...7, 1...4)
    func allSmallCases(size: Int, window: Int) throws {
        let x = integers([1, size, 1], seed: size)
        for stride in 1...3 {
            for padding in 0..<window where size + 2 * padding >= window {
                for ceiling in [false, true] {
                    let explicit = Padding.explicit(before: [padding], after: [padding], mode: .constant)
                    let windows = starts(size, window, stride, padding, ceiling)
                    let inside = windows.map { start in (start..<start + window).filter { (0..<size).contains($0) }.map { x.scalars[$0] } }
                    let counted = windows.map { start in (start..<start + window).count { $0 < size + padding } }
                    let maximum = try evaluate(pooling(.maximum, window: window, stride: stride, padding: explicit, ceiling: ceiling), x)
                    #expect(maximum.scalars == inside.map { $0.max() ?? -.infinity })
                    let average = try evaluate(
                        pooling(.average, window: window, stride: stride, padding: explicit, counting: true, ceiling: ceiling), x)
                    #expect(average.scalars == zip(inside, counted).map { $0.reduce(0, +) / Float($1) })
                }
            }
        }
    }

    /// Where windows start: PyTorch's rule, a window more with `ceiling` if it starts before the padding after.
    private func starts(_ size: Int, _ window: Int, _ stride: Int, _ padding: Int, _ ceiling: Bool) -> [Int] {
        var starts: [Int] = []
        var start = -padding
        while start + window <= size + padding {
            starts.append(start)
            start += stride
        }
        if ceiling, start - stride + window < size + padding, start < size { starts.append(start) }
        return starts
    }

    @Test(arguments: PoolingKind.allCases)
    func layoutsAgreeInEveryBit(kind: PoolingKind) throws {
        let x = fractions([2, 5, 4, 3], seed: 1)
        var operation = Pooling(kind: kind, layout: .nhwc, window: [2, 3], strides: [2, 1], padding: .same)
        let last = try evaluate(operation, x)
        operation.layout = .nchw
        #expect(try evaluate(operation, x.transposed([0, 3, 1, 2])).bits == last.transposed([0, 3, 1, 2]).bits)
    }

    @Test(arguments: PoolingKind.allCases, [false, true])
    func globalPoolingIsOneWindow(kind: PoolingKind, keepsAxes: Bool) throws {
        let x = fractions([2, 5, 4, 3], seed: 2)
        let window = try evaluate(Pooling(kind: kind, layout: .nhwc, window: [5, 4], strides: [1, 1], padding: .valid), x)
        let last = try evaluate(GlobalPooling(kind: kind, layout: .nhwc, keepsAxes: keepsAxes), x)
        #expect(last.bits == window.bits)
        #expect(last.shape == (keepsAxes ? [2, 1, 1, 3] : [2, 3]))
        let first = try evaluate(GlobalPooling(kind: kind, layout: .nchw, keepsAxes: keepsAxes), x.transposed([0, 3, 1, 2]))
        #expect(first.bits == window.bits)
        #expect(first.shape == (keepsAxes ? [2, 3, 1, 1] : [2, 3]))
    }

    /// Of five elements, three windows cover 0 and 1, 1 to 3, 3 and 4; of two, each one of them twice at most.
    @Test func adaptiveWindowsOverlap() throws {
        let x = try #require(Tensor<Float>(shape: [1, 5, 1], scalars: [1, 2, 4, 8, 32]))
        let mean = try evaluate(AdaptivePooling(kind: .average, layout: .nwc, outputSize: [3]), x)
        #expect(mean.scalars == [1.5, Float(14) / 3, 20])
        let greatest = try evaluate(AdaptivePooling(kind: .maximum, layout: .nwc, outputSize: [3]), x)
        #expect(greatest.scalars == [2, 8, 32])
        let more = try evaluate(AdaptivePooling(kind: .maximum, layout: .nwc, outputSize: [7]), x)
        #expect(more.scalars == [1, 2, 4, 4, 8, 32, 32])
    }

    @Test(arguments: PoolingKind.allCases)
    func adaptivePoolingAgreesWithPooling(kind: PoolingKind) throws {
        let x = fractions([2, 6, 4, 3], seed: 3)
        let window = try evaluate(Pooling(kind: kind, layout: .nhwc, window: [2, 4], strides: [2, 4], padding: .valid), x)
        let last = try evaluate(AdaptivePooling(kind: kind, layout: .nhwc, outputSize: [3, 1]), x)
        #expect(last.bits == window.bits)
        #expect(last.shape == [2, 3, 1, 3])
        let first = try evaluate(AdaptivePooling(kind: kind, layout: .nchw, outputSize: [3, 1]), x.transposed([0, 3, 1, 2]))
        #expect(first.bits == window.transposed([0, 3, 1, 2]).bits)
    }

    @Test(arguments: [[], [3], [0, 2], [2, -1], [Int.max, 2]])
    func adaptivePoolingRefusesSizes(outputSize: [Int]) {
        #expect(throws: ModelError.self) {
            try evaluate(AdaptivePooling(kind: .average, layout: .nhwc, outputSize: outputSize), fractions([1, 4, 4, 1], seed: 4))
        }
    }
}
