import ModelCore
import ModelGraph
import ReferenceEngine
import Testing

@Suite("Lectures: convolution") struct ConvolutionLectures {
    @Test("2-D cross-correlation")
    func crossCorrelation() throws {
        let y = try evaluate(convolution(), image([[0, 1, 2], [3, 4, 5], [6, 7, 8]]), weights: filter([[0, 1], [2, 3]]))
        #expect(rows(y) == [[19, 25], [37, 43]])
    }

    @Test("strides of 3 (height) and 2 (width), padding 1")
    func stridesAndPadding() throws {
        let operation = convolution(strides: [3, 2], padding: .explicit(before: [1, 1], after: [1, 1], mode: .constant))
        let y = try evaluate(operation, image([[0, 1, 2], [3, 4, 5], [6, 7, 8]]), weights: filter([[0, 1], [2, 3]]))
        #expect(rows(y) == [[0, 8], [6, 8]])
    }

    @Test("feature map")
    func featureMap() throws {
        let x = try image([[1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], [0, 1, 1, 0, 0]])
        let y = try evaluate(convolution(), x, weights: filter([[1, 0, 1], [0, 1, 0], [1, 0, 1]]))
        #expect(y.scalars[0] == 4)
        #expect(rows(y) == [[4, 3, 4], [2, 4, 3], [2, 3, 4]])
    }

    @Test("true convolution is cross-correlation with the kernel flipped on both axes")
    func trueConvolution() throws {
        let f: [[Float]] = [[0, 1, 2, 5], [3, 4, 5, 1], [6, 7, 8, 2]]
        let g: [[Float]] = [[1, 2, 3], [4, 5, 6]]
        // s[i, j] = sum of f[i - m, j - n] g[m, n], where every f is inside.
        let expected = (1..<3).map { i in
            (2..<4).map { j in
                (0..<2).reduce(Float(0)) { sum, m in (0..<3).reduce(sum) { $0 + f[i - m][j - $1] * g[m][$1] } }
            }
        }
        let stored = try #require(Tensor(shape: [2, 3, 1, 1], scalars: g.flatMap(\.self)))
        let flipped = try WeightSource(stored).flipped(axes: [0, 1]).tensor()
        let y = try evaluate(convolution(), image(f), weights: ["kernel": ReferenceWeight(values: flipped, layout: .hwio)])
        #expect(rows(y) == expected)
    }

    struct Border: Sendable {
        let mode: PaddingMode
        let result: [Float]
    }

    @Test(
        "1-D convolution with zero padding and copies of the outer values",
        arguments: [Border(mode: .constant, result: [210, 432, 654]), Border(mode: .replicate, result: [211, 432, 654])])
    func oneDimension(_ border: Border) throws {
        // z_i = sum over j of k_j x[j + i - 2], j = 1, 2, 3, at i = 1, 3, 5.
        let operation = Convolution(
            layout: .nwc, strides: [2], dilations: [1], groups: 1, padding: .explicit(before: [1], after: [1], mode: border.mode))
        let x = try #require(Tensor<Float>(shape: [1, 6, 1], scalars: [1, 2, 3, 4, 5, 6]))
        let k = try #require(Tensor<Float>(shape: [3, 1, 1], scalars: [1, 10, 100]))
        let z = try evaluate(operation, x, weights: ["kernel": ReferenceWeight(values: k, layout: .wio)])
        #expect(z.scalars == border.result)
    }

    @Test("grouped convolution: two convolutions side by side, each on half the channels, concatenated")
    func groupedConvolution() throws {
        let x = Tensor<Float>(shape: [1, 5, 6, 4]) { Float($0 * 5 % 13 - 6) }
        let halves = (0..<2).map { half in Tensor<Float>(shape: [1, 5, 6, 2]) { x.scalars[$0 / 2 * 4 + 2 * half + $0 % 2] } }
        let k = Tensor<Float>(shape: [3, 3, 2, 6]) { Float($0 * 7 % 11 - 5) }
        let kernels = (0..<2).map { half in Tensor<Float>(shape: [3, 3, 2, 3]) { k.scalars[$0 / 3 * 6 + 3 * half + $0 % 3] } }
        let sides = try zip(halves, kernels).map {
            try evaluate(convolution(), $0, weights: ["kernel": ReferenceWeight(values: $1, layout: .hwio)])
        }
        let whole = try evaluate(convolution(groups: 2), x, weights: ["kernel": ReferenceWeight(values: k, layout: .hwio)])
        #expect(try whole == evaluate(Concatenate(axis: 3), sides[0], sides[1]))
    }

    @Test("grouped convolution with as many groups as channels: one filter set per channel")
    func depthwiseConvolution() throws {
        let x = try #require(Tensor<Float>(shape: [1, 1, 2, 3], scalars: [1, 2, 3, 4, 5, 6]))
        let k = try #require(Tensor<Float>(shape: [1, 2, 1, 3], scalars: [1, 1, 1, 10, 100, 1000]))
        let y = try evaluate(convolution(groups: 3), x, weights: ["kernel": ReferenceWeight(values: k, layout: .hwio)])
        #expect(y.scalars == [41, 502, 6003])
    }
}
